import type { StepKind } from '../../pipeline/ir/types.js';
import type { Kind } from '../kind.js';
import { agent } from './agent.js';
import { conditional } from './conditional.js';
import { expression } from './expression.js';
import { hitl } from './hitl.js';
import { sequence } from './sequence.js';
import { tool } from './tool.js';

/** The one table of kinds: what is not in it is not a step. */
export const KINDS: { readonly [kind in StepKind | 'sequence']: Kind } = { agent, conditional, expression, hitl, sequence, tool };
