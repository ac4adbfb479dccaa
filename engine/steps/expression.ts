import type { ExpressionStep } from '../../pipeline/ir/types.js';
import { defineKind } from '../kind.js';
import type { Json } from '../state.js';

/** Evaluates `value` in the workflow: no activity, no usage, no further try. */
export const expression = defineKind<ExpressionStep, null>()(
  {
    enter: (step, frame, run) => run.evaluate(frame, step.value, null, 'evaluated', 'failed'),
    evaluated: (_, frame, run, output: Json) => run.finish(frame, { success: true, output, feedback: null, attempts: 1 }),
    failed: (_, frame, run, error: string) =>
      run.finish(frame, { success: false, output: null, feedback: `Expression failed: ${error}`, attempts: 1 }),
  },
  { parts: ({ value }) => ({ texts: { value: value ?? null }, lists: {} }) },
);
