import { agentStep } from './agent.js';
import { conditionalStep } from './conditional.js';
import { expressionStep } from './expression.js';
import { hitlStep } from './hitl.js';
import { toolStep } from './tool.js';

/** One maker of steps per kind: a name, unique in its sequence, and the options of the kind. */
export const step = {
  agent: agentStep,
  tool: toolStep,
  expression: expressionStep,
  conditional: conditionalStep,
  hitl: hitlStep,
} as const;
