import type { ToolStep } from '../../pipeline/ir/types.js';
import type { CallOutcome } from '../commands.js';
import { estimateTool } from '../estimate.js';
import { defineKind } from '../kind.js';
import { judge } from '../tries.js';

/** Calls a registered tool. Every try gets the same input; what was wrong with the last one is in the call's `feedback`. */
export const tool = defineKind<ToolStep, null>()(
  {
    enter: (step, frame, run) =>
      run.call(
        frame,
        {
          type: 'callTool',
          call: {
            role: 'tool',
            tool: step.tool,
            input: frame.input,
            ...(frame.feedback !== null && { feedback: frame.feedback }),
            ...(step.timeout !== undefined && { timeout: step.timeout }),
          },
          estimate: () => estimateTool(step.estimate),
        },
        'answered',
      ),
    answered: (step, frame, run, outcome: CallOutcome) => judge(run, frame, outcome, 'Tool', step.timeout),
  },
  { hasTries: true },
);
