import type { JsonObject } from '../pipeline/ir/types.js';
import type { AgentCall, CallOutcome, Command, ToolCall, UsageReport } from './commands.js';
import { contextOf, shownContext } from './context.js';
import { charge, type CallEstimate } from './estimate.js';
import type { CallFailure } from './events.js';
import { enclosing, stepOf } from './frames.js';
import type { CallRequest } from './kind.js';
import type { Run } from './run.js';
import type { CallEntry, Frame, Reservation } from './state.js';
import { errorText, MAX_FRESH_CALLS, recordTry } from './tries.js';
import { addUsage } from './usage.js';
import { RUN_SCOPE, findBreach, hasCostLimit, leaveUnsettled, release, reserve, settle } from './usage-ledger.js';

/**
 * External calls: reserve and command in one act, settle once, deliver.
 * E2: an id is never commanded twice, and every command gets one closing event; an event without an entry has no effect.
 */
export function issueCall(run: Run, frame: Frame, request: CallRequest, then: string, failed: string | null): void {
  const callId = nameCall(frame, request);
  const step = run.reference(frame);
  if (request.type === 'callAgent') {
    const call: AgentCall = { callId, step, ...request.call };
    command(run, frame, { type: 'callAgent', id: callId, call }, request.estimate(call), then, failed, 0);
  } else {
    const call: ToolCall = { callId, step, ...request.call, context: snapshot(run, frame) };
    command(run, frame, { type: 'callTool', id: callId, call }, request.estimate(call), then, failed, 0);
  }
}

function nameCall(frame: Frame, { type, call }: CallRequest): string {
  if (type === 'callAgent') return `${frame.path}#${frame.try}.${call.turn}`;
  const role = `${call.role}:${call.tool}`;
  frame.counts[role] = (frame.counts[role] ?? 0) + 1;
  return `${frame.path}#${frame.try}/${role}.${frame.counts[role]}`;
}

/** The context as the callee gets it: all of it, or the fields that the step reads. */
function snapshot(run: Run, frame: Frame): JsonObject {
  const context = shownContext(run.state, contextOf(run.state, frame));
  const { reads } = stepOf(run.pipeline, run.state, frame);
  return reads
    ? Object.fromEntries(reads.filter((field) => Object.hasOwn(context, field)).map((field) => [field, context[field]!]))
    : context;
}

/** Counts all calls of a try; no role has this name. */
const MADE = '*';

type Callable = Extract<Command, { call: unknown }>;

function command(
  run: Run,
  frame: Frame,
  call: Callable,
  estimate: CallEstimate,
  then: string,
  failed: string | null,
  losses: number,
): void {
  const { state } = run;
  const reservation: Reservation = { ...estimate, scopes: scopesAround(run, frame) };
  if (reservation.paid) {
    if (reservation.costUsd === null && hasCostLimit(state.ledger, reservation.scopes)) {
      const message = `No price for model '${reservation.model}' and no estimate, but a cost limit applies`;
      untry(frame);
      return run.end(frame, { type: 'PricingNotConfigured', message, stepPath: null }, 'pricingNotConfigured');
    }
    const refusal = reserve(state.ledger, reservation);
    if (refusal) {
      untry(frame);
      return run.end(frame, refusal, 'reservationRefused');
    }
  }
  frame.counts[MADE] = (frame.counts[MADE] ?? 0) + 1;
  state.calls[call.id] = { path: frame.path, then, failed, command: call, losses, reservation };
  run.command(call);
}

/** A try has started when its first call was made. */
function untry(frame: Frame): void {
  if (!frame.counts[MADE]) frame.try--;
}

/** Accounts around a frame, innermost first. */
function scopesAround(run: Run, frame: Frame): string[] {
  const { scopes } = run.state.ledger;
  const around = [...enclosing(run.state, frame)].map(({ path }) => path).filter((path) => path !== '' && Object.hasOwn(scopes, path));
  return Object.hasOwn(scopes, RUN_SCOPE) ? [...around, RUN_SCOPE] : around;
}

/** A value came back. */
export function callCompleted(run: Run, id: string, outcome: CallOutcome): void {
  const entry = take(run, id);
  if (!entry) return;
  for (const warning of outcome.warnings ?? []) run.log('warn', `${id}: ${warning}`);
  account(run, id, entry, outcome.usage);
  close(run, id, entry, outcome);
}

/** The call ended without a value. */
export function callFailed(run: Run, id: string, { cause, error, billed, usage }: CallFailure): void {
  const entry = take(run, id);
  if (!entry) return;
  if (billed === 'no') {
    if (entry.reservation.paid) release(run.state.ledger, entry.reservation);
  } else account(run, id, entry, billed === 'yes' ? usage : null);
  const outcome: CallOutcome = cause === 'error' ? { outcome: 'failed', error } : { outcome: cause === 'timeout' ? 'timedOut' : 'lost' };
  close(run, id, entry, outcome);
}

/** Cancelled without a report: the whole reservation stays charged. */
export function callCancelled(run: Run, id: string): void {
  const entry = take(run, id);
  if (!entry) return;
  account(run, id, entry, null);
  close(run, id, entry, { outcome: 'aborted' });
}

function take(run: Run, id: string): CallEntry | null {
  const { calls } = run.state;
  if (!Object.hasOwn(calls, id)) return null;
  const entry = calls[id]!;
  delete calls[id];
  return entry;
}

/** Settles a report, or leaves the reservation charged where none came; then checks the limits. */
function account(run: Run, id: string, entry: CallEntry, report: UsageReport | null | undefined): void {
  const { state } = run;
  const frame = state.frames[entry.path];
  const charged = charge(entry.reservation, report, state.options.prices);
  if (!charged) return;
  const { usage, unsettled, rejected } = charged;
  if (rejected !== null) run.log('warn', `Usage report of '${entry.path}' rejected: ${rejected}. Charged at the reservation`);
  if (unsettled) leaveUnsettled(state.ledger, id, entry.reservation, usage, { path: entry.path, try: frame?.try ?? 0 });
  else settle(state.ledger, entry.reservation, usage);
  run.publish();
  if (!frame) return;
  frame.tryUsage = addUsage(frame.tryUsage, usage);
  frame.usage = addUsage(frame.usage, usage);
  const breach = findBreach(state.ledger, entry.reservation.scopes);
  if (breach) run.end(frame, breach, 'usageLimitExceeded');
}

/** Delivers the outcome, makes a lost call anew, or ends the run over a value that can't be kept. */
function close(run: Run, id: string, entry: CallEntry, outcome: CallOutcome): void {
  const frame = run.state.frames[entry.path];
  if (!frame) return;
  if (run.state.mode !== 'running') return void (entry.failed === null && recordTry(frame, outcome, null));
  if (outcome.outcome === 'notSerializable') {
    const { name } = run.reference(frame);
    const message = `Step '${name}' returned a value that cannot be serialized: ${outcome.what} at ${outcome.path}`;
    if (entry.failed === null) recordTry(frame, outcome, message);
    return run.end(frame, { type: 'NotSerializable', message, stepPath: null }, 'notSerializable');
  }
  if (outcome.outcome === 'lost' && entry.losses < MAX_FRESH_CALLS) return retryLost(run, frame, entry);
  if (entry.failed === null) return run.push(frame.path, entry.then, outcome);
  if (outcome.outcome !== 'ok') return run.push(frame.path, entry.failed, errorText(outcome, entry.command.call.timeout));
  if (outcome.contextPatch) run.log('warn', `${id}: a contextPatch of a mapper is ignored`);
  run.push(frame.path, entry.then, outcome.output);
}

function retryLost(run: Run, frame: Frame, entry: CallEntry): void {
  const { scopes: _, ...estimate } = entry.reservation;
  const losses = entry.losses + 1;
  const id = `${entry.command.call.callId}+${losses}`;
  run.log('warn', `${entry.command.call.callId}: the worker was lost in mid-call; calling anew (${losses} of ${MAX_FRESH_CALLS})`);
  command(run, frame, { ...entry.command, id }, estimate, entry.then, entry.failed, losses);
}
