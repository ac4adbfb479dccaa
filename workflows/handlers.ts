import { ApplicationFailure } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import type { Decision, Event } from '../engine/events.js';
import { pendingRequests, refuse } from '../engine/requests.js';
import type { Request, Snapshot, UsageView } from '../engine/results.js';
import { snapshot, usageView } from '../engine/snapshot.js';
import type { RunState } from '../engine/state.js';
import { boundSnapshot } from '../engine/trace.js';
import { DECIDE, QUERY_REQUESTS, QUERY_SNAPSHOT, QUERY_USAGE } from './messages.js';

export const decide = defineUpdate<void, [Decision]>(DECIDE);
/** The same decision by a sender that does not wait for an answer. */
export const decideSignal = defineSignal<[Decision]>(DECIDE);
export const snapshotQuery = defineQuery<Snapshot>(QUERY_SNAPSHOT);
export const requestsQuery = defineQuery<Request[]>(QUERY_REQUESTS);
export const usageQuery = defineQuery<UsageView>(QUERY_USAGE);

const EXAMPLE = 'Example: {"requestId": "approve", "data": {"approve": true}, "by": "ann"}';

/**
 * Called synchronously before anything else of a run: messages that come with the start are delivered inside these calls,
 * and an update without a handler would be rejected. A signal that is not valid is recorded and ignored; it must not throw.
 */
export function registerHandlers(state: RunState, feed: (event: Event) => void): void {
  setHandler(decide, (decision) => feed({ type: 'decisionReceived', at: Date.now(), decision, via: 'update' }), {
    validator: (decision) => {
      const refusal = refuse(state, decision);
      if (refusal !== null) throw ApplicationFailure.create({ type: 'DecisionRejected', message: refusal, nonRetryable: true });
    },
    description: `Decide an open request; rejected when it is unknown, settled or the data does not fit its form. ${EXAMPLE}`,
  });
  setHandler(decideSignal, (decision) => feed({ type: 'decisionReceived', at: Date.now(), decision, via: 'signal' }), {
    description: `Decide a request without waiting for an answer; kept when the request is not open yet, ignored when it is not valid. ${EXAMPLE}`,
  });
  setHandler(snapshotQuery, () => boundSnapshot(snapshot(state)), {
    description: 'Where the run stands: status, steps, context, usage, open requests.',
  });
  setHandler(requestsQuery, () => pendingRequests(state), { description: 'Open requests: id, message, form, data, deadline.' });
  setHandler(usageQuery, () => usageView(state), {
    description: 'Spend so far, and every limit with what is settled, unsettled and reserved.',
  });
}
