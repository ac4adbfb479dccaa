import type { Step } from '../pipeline/ir/types.js';
import { ExpressionError, evaluate } from '../pipeline/expression/evaluate.js';
import { renderValue } from '../pipeline/expression/render.js';
import { formatViolations, validate } from '../pipeline/schema/validate.js';
import { contextOf, shownContext, writeContext } from './context.js';
import { definitionOf, stepOf } from './frames.js';
import type { Done, End, Frame, Json } from './state.js';
import { KINDS } from './steps/index.js';
import { resultOf } from './trace.js';
import { NO_USAGE } from './usage.js';
import { openScope } from './usage-ledger.js';
import { rememberOutput } from './visible.js';
import type { Run } from './run.js';

/**
 * The life of every frame, the same for all kinds: limits, input, input schema, tries of the kind, context writes, result.
 * Calls here stay within one frame and one turn.
 */
export function beginStep(run: Run, frame: Frame): void {
  const kind = KINDS[frame.kind];
  if (kind.isTransparent) return run.push(frame.path, 'enter', null);
  const step = stepOf(run.pipeline, run.state, frame);
  openScope(run.state.ledger, frame.path, step.limits);
  const fault = takeInput(run, frame, step);
  if (fault === null) return attempt(run, frame);
  leave(run, frame, { success: false, output: null, feedback: fault, attempts: 0 });
}

/** Replaces what arrives by the step's own `input`; says what is wrong with it, if anything. */
function takeInput(run: Run, frame: Frame, step: Step): string | null {
  if (step.input) {
    try {
      frame.input = evaluateInput(run, frame, step.input);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return `Input expression failed: ${error.message}`;
    }
  }
  if (step.inputSchema === undefined) return null;
  const violations = validate(step.inputSchema, frame.input);
  return violations.length === 0 ? null : `Invalid input: ${formatViolations(violations)}`;
}

function evaluateInput(run: Run, frame: Frame, input: NonNullable<Step['input']>): Json {
  if ('expr' in input) return evaluate(input.expr.ast, run.names(frame));
  const { value, warnings } = renderValue(input.ast, run.names(frame), run.state.options.templates ?? 'strict');
  for (const warning of warnings) run.log('warn', warning);
  return value;
}

function attempt(run: Run, frame: Frame): void {
  frame.try++;
  frame.tryUsage = NO_USAGE;
  frame.counts = {};
  run.push(frame.path, 'enter', null);
}

/** Takes the end of a try: context writes, another try, or the result. */
export function finishFrame(run: Run, frame: Frame, end: End): void {
  const kind = KINDS[frame.kind];
  if (kind.isTransparent) return leave(run, frame, end);
  const step = stepOf(run.pipeline, run.state, frame);
  if (end.success) return leave(run, frame, written(run, frame, step, end));
  const total = kind.hasTries ? 1 + retriesOf(step) : 1;
  run.log('warn', `Step '${step.name}' attempt ${frame.try}/${total} failed: ${end.feedback}`);
  if (!end.retry || frame.try >= total) return leave(run, frame, end);
  frame.feedback = end.retry.texts === '' ? null : end.retry.texts;
  attempt(run, frame);
}

/** Tries after the first. */
const retriesOf = (step: Step): number => ('maxRetries' in step ? step.maxRetries : undefined) ?? 1;

function written(run: Run, frame: Frame, step: Step, end: End): End {
  const outcome = writeContext(run.pipeline, run.state, frame, step, end.output, end.contextPatch);
  if ('fault' in outcome) return { success: false, output: end.output, feedback: outcome.fault, attempts: end.attempts };
  for (const name of outcome.skipped) run.log('warn', `Context field '${name}' is not in the schema; skipped`);
  return end;
}

/** Hands the result to the parent and forgets the frame. */
function leave(run: Run, frame: Frame, end: End): void {
  const { state } = run;
  const definition = definitionOf(run.pipeline, state, frame);
  const kind = KINDS[frame.kind];
  const result = resultOf(frame, definition, kind, state.now, {
    status: end.success ? 'completed' : 'failed',
    output: end.output,
    feedback: end.feedback,
    attempts: end.attempts,
    ...(kind.isTransparent && { branchContext: shownContext(state, contextOf(state, frame)) }),
  });
  if (frame.parent === null) return run.closeRoot({ result, writes: null });
  const parent = state.frames[frame.parent]!;
  if (end.success) rememberOutput(run.pipeline, state, parent, result.name, result.output);
  const done: Done = { result, writes: end.success ? frame.writes : null };
  delete state.frames[frame.path];
  run.push(parent.path, frame.then, done);
}
