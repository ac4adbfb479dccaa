import { contextOf, shownContext } from './context.js';
import { pendingRequests } from './requests.js';
import type { Snapshot, UsageView } from './results.js';
import type { Frame, RunState } from './state.js';
import { KINDS } from './steps/index.js';
import { limitUses } from './usage-ledger.js';

/** Where an open run stands. Reads only. */
export function snapshot(state: RunState): Snapshot {
  const root = Object.hasOwn(state.frames, '') ? state.frames['']! : null;
  const frames = Object.values(state.frames).filter((frame) => !KINDS[frame.kind].isTransparent);
  return {
    status: statusOf(state),
    steps: root?.steps ?? [],
    active: frames.map(active),
    context: shownContext(state, root ? contextOf(state, root) : {}),
    usage: state.ledger.total,
    requests: pendingRequests(state),
  };
}

function active({ path, kind, try: n, startedAt }: Frame): Snapshot['active'][number] {
  return { path, kind: kind as Snapshot['active'][number]['kind'], try: n, since: new Date(startedAt).toISOString() };
}

/** `paused` when only a person, or the deadline of one, can make the run go on. */
export function statusOf(state: RunState): Snapshot['status'] {
  if (state.mode === 'closed') return state.ending ? (state.ending.kind === 'cancelled' ? 'cancelled' : 'failed') : 'completed';
  const isWaiting = Object.keys(state.requests).length > 0 && Object.keys(state.calls).length === 0 && state.ready.length === 0;
  return isWaiting && state.mode === 'running' ? 'paused' : 'running';
}

export function usageView(state: RunState): UsageView {
  const { total, unsettled } = state.ledger;
  const lines = Object.entries(unsettled).map(([id, { path, costUsd, tokens }]) => ({ id, path, costUsd, tokens }));
  return { usage: total, limits: limitUses(state.ledger), unsettled: lines };
}
