import { addAmounts } from '../pipeline/values/decimal.js';
import type { Usage } from './results.js';

export const NO_USAGE: Usage = Object.freeze({ costUsd: '0', inputTokens: 0, outputTokens: 0, tokens: 0, calls: 0 });

/** Exact sum. */
export function addUsage(a: Usage, b: Usage): Usage {
  if (a === NO_USAGE || isNothing(a)) return b;
  if (b === NO_USAGE || isNothing(b)) return a;
  const unknownCalls = (a.unknownCalls ?? 0) + (b.unknownCalls ?? 0);
  const estimated = addEstimated(a.estimated, b.estimated);
  return {
    costUsd: addAmounts(a.costUsd, b.costUsd),
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    tokens: a.tokens + b.tokens,
    calls: a.calls + b.calls,
    ...(estimated && { estimated }),
    ...(unknownCalls > 0 && { unknownCalls }),
  };
}

function isNothing(usage: Usage): boolean {
  return usage.calls === 0 && usage.tokens === 0 && usage.costUsd === '0';
}

function addEstimated(a: Usage['estimated'], b: Usage['estimated']): Usage['estimated'] {
  if (!a || !b) return a ?? b;
  return { costUsd: addAmounts(a.costUsd, b.costUsd), tokens: a.tokens + b.tokens, calls: a.calls + b.calls };
}
