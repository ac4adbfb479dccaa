import { formatViolations, validate } from '../pipeline/schema/validate.js';
import { callCancelled, callCompleted, callFailed } from './calls.js';
import { beginClosing, closeIfDone, endGrace, runResult } from './closing.js';
import type { Command } from './commands.js';
import { initialContext } from './context.js';
import { checkDefinition, checkOptions } from './definition.js';
import { tightest } from './estimate.js';
import type { Event } from './events.js';
import { createFrame } from './frames.js';
import type { RunOptions } from './options.js';
import { decide } from './requests.js';
import type { FailureType } from './results.js';
import { Run } from './run.js';
import { isObject } from '../pipeline/values/json.js';
import type { Json, Pipeline, RunState } from './state.js';
import { createLedger } from './usage-ledger.js';

/**
 * The state machine of a run. Pure and synchronous: no promise, no clock, nothing of Temporal or Node.
 * E1: `apply` is pure in (pipeline, state, event), and the state is plain JSON between any two events.
 */

/** Continuations of one `apply`; past it the run yields, so that no pipeline holds a worker for long. */
const FUEL = 100_000;

/** A run's state before anything has happened; `started` is its first event. `now` is in milliseconds since the epoch. */
export function start(pipeline: Pipeline, input: Json, options: RunOptions, run: { id: string; now: number }): RunState {
  return {
    stateVersion: 1,
    runId: run.id,
    input,
    options,
    startedAt: run.now,
    now: run.now,
    mode: 'running',
    frames: {},
    calls: {},
    timers: {},
    ledger: createLedger(tightest([options.limits, pipeline.limits, options.budget])),
    requests: {},
    closedRequests: [],
    earlyDecisions: [],
    hitlHistory: [],
    ready: [],
  };
}

/** The only way a run moves. Changes nothing outside `state`; the commands are to be carried out in order. */
export function apply(pipeline: Pipeline, state: RunState, event: Event, fuel = FUEL): Command[] {
  if (state.mode === 'closed') return [];
  const wasRunning = state.mode === 'running';
  const run = new Run(pipeline, state);
  state.now = event.at;
  take(run, event);
  run.drain(fuel);
  if (wasRunning && state.mode !== 'running') beginClosing(run);
  closeIfDone(run);
  return run.commands;
}

function take(run: Run, event: Event): void {
  switch (event.type) {
    case 'started':
      return begin(run);
    case 'resumed':
      return;
    case 'callCompleted':
      return callCompleted(run, event.id, event.outcome);
    case 'callFailed':
      return callFailed(run, event.id, event.failure);
    case 'callCancelled':
      return callCancelled(run, event.id);
    case 'timerFired':
      return timerFired(run, event.id);
    case 'decisionReceived':
      return decide(run, event.decision, event.via);
    case 'cancelRequested':
      return cancel(run);
  }
}

/** Checks what came in, then enters the first step. */
function begin(run: Run): void {
  const { pipeline, state } = run;
  const root = createFrame({ path: '', parent: null, kind: 'sequence', part: 0, then: '' }, state.now, state.input);
  state.frames[''] = root;
  run.publish();
  if (pipeline.inputSchema !== undefined) {
    const violations = validate(pipeline.inputSchema, state.input);
    if (violations.length > 0)
      return run.end(root, failure('InvalidInput', `Invalid input: ${formatViolations(violations)}`), 'invalidInput');
  }
  const initial = initialContext(pipeline, state.options);
  if ('fault' in initial)
    return run.end(root, failure('ContextInvalid', `Failed to initialize context: ${initial.fault}`), 'contextInvalid');
  root.writes = initial.context;
  run.push('', 'enter', null);
}

const failure = (type: FailureType, message: string) => ({ type, message, stepPath: null });

function timerFired(run: Run, id: string): void {
  const { timers } = run.state;
  if (!Object.hasOwn(timers, id)) return;
  const { path, then } = timers[id]!;
  if (run.state.mode === 'closing') return endGrace(run);
  delete timers[id];
  run.push(path, then, null);
}

function cancel(run: Run): void {
  const { state } = run;
  if (state.mode !== 'running') return;
  state.mode = 'closing';
  state.ending = { kind: 'cancelled' };
}

/** What a run that can't even start ends with: its definition is not one of ours, or our own code failed. */
export function refuseRun(pipeline: unknown, state: RunState, type: FailureType, message: string): Extract<Command, { type: 'fail' }> {
  state.mode = 'closed';
  const run = new Run(describable(pipeline), state);
  const why = failure(type, message);
  state.ending = { kind: 'failed', failure: why, exitReason: 'refused' };
  const root = Object.hasOwn(state.frames, '') ? state.frames['']! : null;
  return { type: 'fail', failure: why, result: runResult(run, root, 'failed', null, why) };
}

/** Enough of a pipeline to say in a result which it was. */
function describable(pipeline: unknown): Pipeline {
  const { name, version } = isObject(pipeline) ? pipeline : {};
  return { irVersion: 1, name: typeof name === 'string' ? name : '', ...(typeof version === 'string' && { version }), steps: [] };
}

export { checkDefinition, checkOptions };
