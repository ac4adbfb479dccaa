import type { ConditionalStep } from '../../pipeline/ir/types.js';
import { isObject } from '../../pipeline/values/json.js';
import { typeOf } from '../../pipeline/expression/evaluate.js';
import { branchSegment } from '../../pipeline/values/path-segment.js';
import { defineKind, type Vocabulary } from '../kind.js';
import type { Done, Frame, Json } from '../state.js';

interface Conditional {
  readonly key: string;
  /** Null for the default. */
  readonly branch: string | null;
}

/** The condition gives a key; the branch of exactly that key runs, else the default, else the step fails. */
export const conditional = defineKind<ConditionalStep, Conditional>()(
  {
    enter: (step, frame, run) => run.evaluate(frame, step.condition, null, 'decided', 'undecided'),
    decided: (step, frame, run, value: Json) => {
      const key = keyOf(value);
      if (key === null) {
        const got = typeOf(value);
        return fails(frame, run, 0, `Condition of '${step.name}' must evaluate to a branch key (string, boolean or integer); got ${got}`);
      }
      const branch = Object.hasOwn(step.branches, key) ? key : null;
      frame.own = { key, branch };
      frame.metadata['executedBranchKey'] = value;
      run.log('info', `Condition evaluated to branch key '${key}'`);
      if (branch === null && !step.default) {
        run.log('warn', `No branch found for key '${key}' and no default branch provided`);
        return fails(frame, run, 0, `No branch found for key '${key}' and no default branch provided`);
      }
      if (branch === null) frame.metadata['defaultBranch'] = true;
      else frame.metadata['resolvedBranchKey'] = branch;
      if (!step.branchInputMapper) return runBranch(frame, run, frame.input);
      run.evaluate(frame, step.branchInputMapper, { key: value }, 'mapped', 'unmapped');
    },
    mapped: (_, frame, run, input: Json) => runBranch(frame, run, input),
    ran: (step, frame, run, done: Done) => {
      run.absorb(frame, done);
      frame.branchContext = done.result.branchContext ?? null;
      if (!done.result.success) return fails(frame, run, 1, `Failure in branch '${frame.own.key}': ${done.result.feedback}`);
      run.adopt(frame, done.writes);
      if (!step.branchOutputMapper) return succeeds(frame, run, done.result.output);
      const names = { key: frame.metadata['executedBranchKey']!, output: done.result.output };
      run.evaluate(frame, step.branchOutputMapper, names, 'outputMapped', 'outputUnmapped');
    },
    outputMapped: (_, frame, run, output: Json) => succeeds(frame, run, output),

    undecided: (_, frame, run, error: string) => fails(frame, run, 0, `Error executing conditional logic or branch: ${error}`),
    unmapped: (_, frame, run, error: string) => fails(frame, run, 0, `Branch input mapper raised an exception: ${error}`),
    outputUnmapped: (_, frame, run, error: string) => fails(frame, run, 1, `Branch output mapper raised an exception: ${error}`),
  },
  {
    parts: ({ condition, branches, branchInputMapper, branchOutputMapper, default: otherwise }) => ({
      texts: { condition: condition ?? null, branchInputMapper, branchOutputMapper },
      lists: {
        default: otherwise,
        ...Object.fromEntries(Object.entries(isObject(branches) ? branches : {}).map(([key, steps]) => [`branches/${key}`, steps])),
      },
    }),
  },
);

function keyOf(value: Json): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isInteger(value))) return String(value);
  return null;
}

function runBranch(frame: Frame<Conditional>, run: Vocabulary<'ran'>, input: Json): void {
  const { branch, key } = frame.own;
  run.log('info', `Executing branch for key '${key}'`);
  if (branch === null) run.runSequence(frame, ['default'], 'default', input, 'ran');
  else run.runSequence(frame, ['branches', branch], branchSegment(branch), input, 'ran');
}

const succeeds = (frame: Frame, run: Vocabulary, output: Json) => run.finish(frame, { success: true, output, feedback: null, attempts: 1 });
const fails = (frame: Frame, run: Vocabulary, attempts: number, feedback: string) =>
  run.finish(frame, { success: false, output: null, feedback, attempts });
