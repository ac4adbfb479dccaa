import type { JsonObject, Step } from '../pipeline/ir/types.js';
import { jsonBytes } from '../pipeline/values/boundary.js';
import type { Kind } from './kind.js';
import type { RunResult, Snapshot, Status, StepResult } from './results.js';
import type { Frame, Json } from './state.js';
import { NO_USAGE } from './usage.js';

/** How results are recorded: of a step when its frame ends, of a run within its size. */
export interface Outcome {
  readonly status: Status;
  readonly output: Json;
  readonly feedback: string | null;
  readonly attempts: number;
  readonly branchContext?: JsonObject;
}

export function resultOf(frame: Frame, definition: Step | readonly Step[], kind: Kind, now: number, outcome: Outcome): StepResult {
  const context = outcome.branchContext ?? frame.branchContext;
  return {
    name: kind.isTransparent ? frame.path.slice(frame.path.lastIndexOf('/') + 1) : (definition as Step).name,
    path: frame.path,
    kind: frame.kind,
    status: outcome.status,
    success: outcome.status === 'completed',
    output: outcome.output,
    attempts: outcome.attempts,
    usage: frame.usage,
    latencyMs: now - frame.startedAt,
    feedback: outcome.feedback,
    metadata: frame.metadata,
    ...(kind.hasTries && { tries: frame.tries }),
    ...(context !== null && { branchContext: context }),
    steps: frame.steps,
  };
}

/** Bytes of JSON. */
export const MAX_RESULT_BYTES = 512 * 1024;

/** Leaves out, as far as needed and in this order: nested steps, outputs of steps, tries, the context. The run's output always stays. */
export function boundResult(result: RunResult, limit = MAX_RESULT_BYTES): RunResult {
  let bounded = result;
  for (const [part, cut] of CUTS) {
    if (jsonBytes(bounded) <= limit) return bounded;
    bounded = { ...cut(bounded), omitted: { ...bounded.omitted, [part]: true } };
  }
  return bounded;
}

const CUTS: readonly (readonly [part: keyof NonNullable<RunResult['omitted']>, cut: (result: RunResult) => RunResult])[] = [
  ['steps', (result) => ({ ...result, steps: boundSteps(result.steps, (step) => ({ ...step, steps: [] })) })],
  ['outputs', (result) => ({ ...result, steps: boundSteps(result.steps, (step) => ({ ...step, output: null })) })],
  ['tries', (result) => ({ ...result, steps: boundSteps(result.steps, ({ tries: _, ...step }) => step) })],
  ['context', (result) => ({ ...result, context: {}, steps: boundSteps(result.steps, ({ branchContext: _, ...step }) => step) })],
];

function boundSteps(steps: readonly StepResult[], cut: (step: StepResult) => StepResult): StepResult[] {
  return steps.map((step) => cut(step));
}

/** A query's answer has the same bound. */
export function boundSnapshot(snapshot: Snapshot, limit = MAX_RESULT_BYTES): Snapshot {
  const { steps, context } = boundResult({ ...NO_RESULT, steps: snapshot.steps, context: snapshot.context }, limit);
  return { ...snapshot, steps, context };
}

const NO_RESULT: RunResult = Object.freeze({
  runId: '',
  pipeline: { name: '', version: null, fingerprint: '' },
  status: 'completed',
  success: true,
  output: null,
  context: {},
  usage: NO_USAGE,
  steps: [],
  startedAt: '',
  finishedAt: '',
});
