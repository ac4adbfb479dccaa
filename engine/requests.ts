import type { JsonSchema } from '../pipeline/ir/types.js';
import { formatViolations, validate } from '../pipeline/schema/validate.js';
import { toJson } from '../pipeline/values/boundary.js';
import type { Decision } from './events.js';
import type { Request } from './results.js';
import type { Run } from './run.js';
import type { ClosedRequest, Frame, Json, RequestEntry, RunState } from './state.js';

/**
 * What people are asked, in one table at the root of the state: a request has the same address at any depth.
 * H1: the first valid decision in history order wins; a request gets exactly one outcome.
 */
const KEPT = 1000;

export function openRequest(run: Run, frame: Frame, request: { message: string; form: Json; deadline: number | null }, then: string): void {
  const { state } = run;
  state.requests[frame.path] = { path: frame.path, then, data: frame.input, createdAt: state.now, ...request };
  run.publish();
  const early = state.earlyDecisions.filter(({ requestId }) => requestId === frame.path);
  if (early.length === 0) return;
  state.earlyDecisions = state.earlyDecisions.filter(({ requestId }) => requestId !== frame.path);
  const valid = early.find((decision) => refuse(state, decision) === null);
  if (valid) accept(run, valid);
  else run.log('warn', `${early.length} early decision(s) for '${frame.path}' were not valid and are dropped`);
}

/** Why a decision can't be taken, or null. Reads only: it serves as the update's validator. */
export function refuse(state: RunState, decision: unknown): string | null {
  if (state.mode === 'closed') return 'Run is closed';
  if (!isDecision(decision)) return 'A decision is {"requestId": text, "data": any JSON, "by": text (optional)}';
  const { requestId, data } = decision;
  if (!Object.hasOwn(state.requests, requestId)) return refuseClosed(state, requestId);
  const json = toJson(data);
  if (!json.ok) return `Decision cannot be serialized: ${json.what} at ${json.path}`;
  const { form } = state.requests[requestId]!;
  const violations = form === null ? [] : validate(form as JsonSchema, json.value);
  return violations.length === 0 ? null : `Invalid decision for '${requestId}': ${formatViolations(violations)}`;
}

function isDecision(value: unknown): value is Decision {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'data')) return false;
  const { requestId, by } = value as { requestId?: unknown; by?: unknown };
  return typeof requestId === 'string' && (by === undefined || by === null || typeof by === 'string');
}

function refuseClosed(state: RunState, requestId: string): string {
  const closed = state.closedRequests.findLast(({ id }) => id === requestId);
  if (!closed) return `Unknown request '${requestId}'`;
  if (closed.outcome !== 'decided') return `Request '${requestId}' is already ${closed.outcome}`;
  return `Request '${requestId}' is already decided by ${closed.by ?? 'unknown'} at ${new Date(closed.at).toISOString()}`;
}

/** Takes a decision, keeps a signal that came before its request, or ignores one that is not valid. */
export function decide(run: Run, decision: unknown, via: 'update' | 'signal'): void {
  const { state } = run;
  const refusal = refuse(state, decision);
  if (refusal === null) return accept(run, decision as Decision);
  const isEarly = via === 'signal' && state.mode === 'running' && isDecision(decision) && refusal.startsWith('Unknown request');
  if (!isEarly) return run.log('warn', `Decision ignored: ${refusal}`);
  if (state.earlyDecisions.length < KEPT) state.earlyDecisions.push(decision);
  else run.log('warn', `Decision ignored: ${KEPT} decisions for requests not yet open are kept already`);
}

function accept(run: Run, { requestId, data, by }: Decision): void {
  const request = run.state.requests[requestId]!;
  closeRequest(run, requestId, 'decided', by ?? null, data);
  run.push(request.path, request.then, data);
}

/** Gives a request its outcome; a remembered decision goes to the history, also of a branch that is dropped later. */
export function closeRequest(run: Run, id: string, outcome: ClosedRequest['outcome'], by: string | null, decision?: Json): void {
  const { state } = run;
  const { message } = state.requests[id]!;
  delete state.requests[id];
  state.closedRequests = [...state.closedRequests, { id, outcome, by, at: state.now }].slice(-KEPT);
  if (decision !== undefined) {
    const at = new Date(state.now).toISOString();
    const entry = { requestId: id, message, decision, by, at, ...(outcome === 'timed out' && { timedOut: true as const }) };
    state.hitlHistory = [...state.hitlHistory, entry].slice(-KEPT);
  }
  run.publish();
}

export function pendingRequests(state: RunState): Request[] {
  return Object.entries(state.requests).map(([id, request]) => describe(id, request));
}

function describe(id: string, { path, message, form, data, createdAt, deadline }: RequestEntry): Request {
  const time = (at: number) => new Date(at).toISOString();
  return { id, stepPath: path, message, form, data, createdAt: time(createdAt), deadline: deadline === null ? null : time(deadline) };
}
