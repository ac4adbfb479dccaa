import type { AgentStep } from '../../pipeline/ir/types.js';
import { isObject } from '../../pipeline/values/json.js';
import { ExpressionError } from '../../pipeline/expression/evaluate.js';
import { renderText } from '../../pipeline/expression/render.js';
import type { CallOutcome } from '../commands.js';
import { estimateTurn } from '../estimate.js';
import { defineKind, type Vocabulary } from '../kind.js';
import type { Frame } from '../state.js';
import { judge, withFeedback } from '../tries.js';

/** The system prompt is rendered once, before the first try. */
interface Asked {
  readonly system: string | null;
}

/** Asks a model. One turn a try; a failed try's texts go into the next one's input. */
export const agent = defineKind<AgentStep, Asked | null>()(
  {
    enter: (step, frame, run) => {
      const definition = agentOf(step, run);
      frame.own ??= renderSystem(definition.system, frame, run);
      if (frame.own === null) return;
      const timeout = step.timeout ?? definition.timeout;
      const { temperature, topK, topP, maxOutputTokens } = definition;
      const options = Object.entries({ temperature, topK, topP, maxOutputTokens }).filter(([, value]) => value !== undefined);
      run.call(
        frame,
        {
          type: 'callAgent',
          call: {
            turn: 1,
            agent: step.agent,
            model: definition.model,
            ...(frame.own.system !== null && { system: frame.own.system }),
            input: frame.feedback === null ? frame.input : withFeedback(frame.input, frame.feedback),
            ...(definition.outputSchema !== undefined && { outputSchema: definition.outputSchema }),
            ...(options.length > 0 && { options: Object.fromEntries(options) }),
            ...(timeout !== undefined && { timeout }),
          },
          estimate: (call) => estimateTurn(call, definition, step.estimate, run.state.options.prices),
        },
        'answered',
      );
    },
    answered: (step, frame, run, outcome: CallOutcome) => judge(run, frame, outcome, 'Agent', step.timeout ?? agentOf(step, run).timeout),
  },
  {
    hasTries: true,
    // Null is no text, so an agent that is not declared is a fault at its key.
    parts: ({ agent: id }, { agents }) => ({
      texts: isObject(agents) && Object.hasOwn(agents, String(id)) ? {} : { agent: null },
      lists: {},
    }),
  },
);

function agentOf(step: AgentStep, run: Vocabulary) {
  return run.pipeline.agents![step.agent]!;
}

/** Null when the step has ended because it can't be rendered. */
function renderSystem(system: { ast: Parameters<typeof renderText>[0] } | undefined, frame: Frame, run: Vocabulary): Asked | null {
  if (!system) return { system: null };
  try {
    const { text, warnings } = renderText(system.ast, run.names(frame), run.state.options.templates ?? 'strict');
    for (const warning of warnings) run.log('warn', warning);
    return { system: text };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    run.finish(frame, { success: false, output: null, feedback: `System prompt failed: ${error.message}`, attempts: 0 });
    return null;
  }
}
