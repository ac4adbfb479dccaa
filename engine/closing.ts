import { fingerprint } from '../pipeline/values/fingerprint.js';
import { definitionOf, enclosing } from './frames.js';
import { contextOf, shownContext } from './context.js';
import { callCancelled } from './calls.js';
import { closeRequest } from './requests.js';
import type { RunResult, Status, StepResult } from './results.js';
import type { Run } from './run.js';
import type { Done, Frame } from './state.js';
import { KINDS } from './steps/index.js';
import { boundResult, resultOf } from './trace.js';

/** How long cancelled calls may take to report. Milliseconds. */
const CANCEL_GRACE = 10_000;
/** No step path begins with a slash, so no frame's timer has this id. */
const GRACE_TIMER = '/closing';

/** Begins to end a run that can't go on: nothing new starts, calls in flight are cancelled and awaited so that their usage counts. */
export function beginClosing(run: Run): void {
  const { state } = run;
  for (const id of Object.keys(state.requests)) closeRequest(run, id, 'cancelled', null);
  for (const id of Object.keys(state.timers)) run.cancelTimer(state.frames[state.timers[id]!.path]!);
  state.ready = [];
  if (Object.keys(state.calls).length === 0) return;
  run.command({ type: 'cancelCalls' });
  state.timers[GRACE_TIMER] = { path: '', then: '' };
  run.command({ type: 'startTimer', id: GRACE_TIMER, at: state.now + CANCEL_GRACE, summary: 'waiting for cancelled calls' });
}

/** The calls' time is up: what has not reported stays charged at its reservation. */
export function endGrace(run: Run): void {
  delete run.state.timers[GRACE_TIMER];
  for (const id of Object.keys(run.state.calls)) callCancelled(run, id);
}

/** Closes the run once nothing is in flight. */
export function closeIfDone(run: Run): void {
  const { state } = run;
  if (state.mode !== 'closing' || Object.keys(state.calls).length > 0) return;
  if (Object.hasOwn(state.timers, GRACE_TIMER)) {
    delete state.timers[GRACE_TIMER];
    run.command({ type: 'cancelTimer', id: GRACE_TIMER });
  }
  const ending = state.ending!;
  const root = foldFrames(run);
  const status: Status = ending.kind === 'cancelled' ? 'cancelled' : 'failed';
  const failure = ending.kind === 'failed' ? ending.failure : undefined;
  const result = runResult(run, root, status, null, failure);
  state.mode = 'closed';
  run.publish();
  run.command(ending.kind === 'cancelled' ? { type: 'cancel', result } : { type: 'fail', failure: ending.failure, result });
}

/** Ends a run whose last step has ended. */
export function closeRoot(run: Run, { result }: Done): void {
  const { state } = run;
  const root = state.frames['']!;
  state.mode = 'closed';
  run.publish();
  if (result.success) return run.command({ type: 'complete', result: runResult(run, root, 'completed', result.output) });
  const failed = result.steps.at(-1)!;
  const message = `Step '${failed.name}' failed: ${failed.feedback}`;
  run.log('warn', `Step '${failed.name}' failed. Halting pipeline execution.`);
  const failure = { type: 'StepFailed', message, stepPath: pathOfFailure(failed) } as const;
  state.ending = { kind: 'failed', failure, exitReason: 'stepFailed' };
  run.command({ type: 'fail', failure, result: runResult(run, root, 'failed', null, failure) });
}

/** From the failed step down along its first failed child. */
function pathOfFailure(step: StepResult): string {
  const inner = step.steps.find(({ status }) => status === 'failed');
  return inner ? pathOfFailure(inner) : step.path;
}

/** Records what was under way, from the leaves up, and gives back the root. A child stands after its parent in the table. */
function foldFrames(run: Run): Frame {
  const { state } = run;
  const faulty = pathsAtFault(run);
  for (const path of Object.keys(state.frames).reverse()) {
    const frame = state.frames[path]!;
    if (frame.parent === null) return frame;
    const parent = state.frames[frame.parent]!;
    run.absorb(parent, { result: interrupted(run, frame, faulty.has(path)), writes: null });
    if (KINDS[frame.kind].isTransparent) parent.branchContext = shownContext(state, contextOf(state, frame));
    delete state.frames[path];
  }
  // The root is the first frame, so the loop has returned it.
  throw new Error('A run without a root frame');
}

/** The step that ended the run and the containers around it. */
function pathsAtFault({ state }: Run): ReadonlySet<string> {
  const ending = state.ending!;
  const path = ending.kind === 'failed' ? ending.failure.stepPath : null;
  return new Set(path === null ? [] : [...enclosing(state, state.frames[path]!)].map((frame) => frame.path));
}

function interrupted(run: Run, frame: Frame, isAtFault: boolean): StepResult {
  const ending = run.state.ending!;
  const isFaulty = isAtFault && ending.kind === 'failed';
  if (isFaulty) frame.metadata['exitReason'] = ending.exitReason;
  const kind = KINDS[frame.kind];
  return resultOf(frame, definitionOf(run.pipeline, run.state, frame), kind, run.state.now, {
    status: isFaulty ? 'failed' : 'cancelled',
    output: null,
    feedback: isFaulty ? ending.failure.message : null,
    attempts: frame.try,
  });
}

export function runResult(
  run: Run,
  root: Frame | null,
  status: Status,
  output: RunResult['output'],
  failure?: RunResult['failure'],
): RunResult {
  const { state, pipeline } = run;
  const time = (at: number) => new Date(at).toISOString();
  return boundResult({
    runId: state.runId,
    pipeline: { name: pipeline.name, version: pipeline.version ?? null, fingerprint: fingerprint(pipeline) },
    status,
    success: status === 'completed',
    output,
    context: shownContext(state, root ? contextOf(state, root) : {}),
    usage: state.ledger.total,
    steps: root?.steps ?? [],
    ...(failure && { failure }),
    startedAt: time(state.startedAt),
    finishedAt: time(state.now),
  });
}
