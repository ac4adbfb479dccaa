import type { UsageReport } from '../../engine/commands.js';
import { isObject } from '../../pipeline/values/json.js';
import type { JsonObject } from '../../pipeline/values/json.js';
import { reportPart } from '../failures.js';
import type { ProviderKind } from './requirements.js';

/**
 * The report in a provider's answer: null when there is none. A part that the provider left out is left out, one that is malformed
 * stays malformed, and counts that contradict each other are made a text, so that the ledger refuses the report as a whole.
 */
export function readUsage(kind: ProviderKind, body: JsonObject): UsageReport | null {
  const usage = body[kind === 'google' ? 'usageMetadata' : 'usage'];
  if (usage === undefined || usage === null) return null;
  if (!isObject(usage)) return { tokens: reportPart(usage) };
  return checked(READERS[kind](usage));
}

interface RawUsage {
  input?: unknown;
  output?: unknown;
  total?: unknown;
  cost?: unknown;
  /** Parts that are already counted in input and output. */
  cached?: unknown;
  reasoning?: unknown;
}

const READERS: { readonly [K in ProviderKind]: (usage: JsonObject) => RawUsage } = {
  openai: readChat,
  'openai-compatible': (usage) => ({ ...readChat(usage), cost: usage['cost_usd'] }),
  anthropic: (usage) => ({
    // The count excludes what went through the cache.
    input: isMissing(usage['input_tokens'])
      ? usage['input_tokens']
      : plus(usage['input_tokens'], usage['cache_creation_input_tokens'], usage['cache_read_input_tokens']),
    output: usage['output_tokens'],
  }),
  google: (usage) => ({
    input: plus(usage['promptTokenCount'], usage['toolUsePromptTokenCount']),
    output: plus(usage['candidatesTokenCount'], usage['thoughtsTokenCount']),
    total: usage['totalTokenCount'],
    cached: usage['cachedContentTokenCount'],
  }),
};

function readChat(usage: JsonObject): RawUsage {
  return {
    input: usage['prompt_tokens'],
    output: usage['completion_tokens'],
    total: usage['total_tokens'],
    cached: field(usage['prompt_tokens_details'], 'cached_tokens'),
    reasoning: field(usage['completion_tokens_details'], 'reasoning_tokens'),
  };
}

function field(value: unknown, key: string): unknown {
  return isObject(value) ? value[key] : undefined;
}

/** The sum of the counts that are there; undefined when none is, the first malformed one when one is. */
function plus(...counts: unknown[]): unknown {
  let sum: number | undefined;
  for (const count of counts) {
    if (isMissing(count)) continue;
    if (typeof count !== 'number') return count;
    sum = (sum ?? 0) + count;
  }
  return sum;
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}

function checked({ input, output, total, cost, cached, reasoning }: RawUsage): UsageReport {
  const report = (value: unknown, contradiction: string | null) => (contradiction ?? reportPart(value)) as string | number | boolean | null;
  return {
    ...(cost !== undefined && { costUsd: reportPart(cost) }),
    ...(total !== undefined && { tokens: report(total, isLess(total, plus(input, output)) ? `${total} of ${input} + ${output}` : null) }),
    ...(input !== undefined && { inputTokens: report(input, isLess(input, cached) ? `${input} of which ${cached} cached` : null) }),
    ...(output !== undefined && {
      outputTokens: report(output, isLess(output, reasoning) ? `${output} of which ${reasoning} reasoning` : null),
    }),
  };
}

function isLess(a: unknown, b: unknown): boolean {
  return typeof a === 'number' && typeof b === 'number' && a < b;
}
