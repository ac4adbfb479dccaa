import type { Step } from '../../pipeline/ir/types.js';
import { defineKind } from '../kind.js';
import type { Done, Json } from '../state.js';

/** Outputs of finished steps that an expression can still read, and where the sequence stands. */
export interface Sequence {
  index: number;
  value: Json;
  outputs: { [name: string]: Json };
}

/** Steps one after another: the first gets the sequence's input, every later one the previous output. The first failure ends it. */
export const sequence = defineKind<readonly Step[], Sequence>()(
  {
    enter: (steps, frame, run) => {
      frame.own = { index: 0, value: frame.input, outputs: {} };
      if (steps.length === 0) return run.finish(frame, ended(frame.own));
      run.runStep(frame, 0, frame.input, 'stepped');
    },
    stepped: (steps, frame, run, done: Done) => {
      const { own } = frame;
      run.absorb(frame, done);
      const { result } = done;
      if (!result.success)
        return run.finish(frame, { success: false, output: null, feedback: result.feedback, attempts: reached(frame.steps) });
      run.adopt(frame, done.writes);
      own.value = result.output;
      own.index++;
      if (own.index === steps.length) return run.finish(frame, ended(own));
      run.runStep(frame, own.index, own.value, 'stepped');
    },
  },
  { isTransparent: true },
);

const ended = ({ value }: Sequence) => ({ success: true, output: value, feedback: null, attempts: 1 });

/** 0 when nothing in it was tried. */
const reached = (steps: readonly { attempts: number }[]): number => (steps.some((step) => step.attempts > 0) ? 1 : 0);
