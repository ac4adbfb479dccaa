import { expect, test } from '@jest/globals';
import { readUsage } from '../../../activities/agent/usage.js';
import type { JsonObject } from '../../../pipeline/values/json.js';

test.each<[string, unknown, unknown]>([
  ['missing', undefined, null],
  ['null', null, null],
  ['empty', {}, {}],
  ['no object', 12, { tokens: 12 }],
  ['negative', { prompt_tokens: -1 }, { inputTokens: -1 }],
  ['a fraction', { prompt_tokens: 1.5 }, { inputTokens: 1.5 }],
  ['a text', { prompt_tokens: '12' }, { inputTokens: '12' }],
  ['NaN', { prompt_tokens: NaN }, { inputTokens: 'NaN' }],
  ['1e30', { total_tokens: 1e30 }, { tokens: 1e30 }],
  ['infinite', { total_tokens: Infinity }, { tokens: 'Infinity' }],
  ['the prompt only', { prompt_tokens: 5 }, { inputTokens: 5 }],
  ['a null part', { prompt_tokens: 5, completion_tokens: null }, { inputTokens: 5, outputTokens: null }],
  ['a larger total', { prompt_tokens: 5, completion_tokens: 1, total_tokens: 9 }, { inputTokens: 5, outputTokens: 1, tokens: 9 }],
  [
    'a total below its parts',
    { prompt_tokens: 5, completion_tokens: 1, total_tokens: 2 },
    { inputTokens: 5, outputTokens: 1, tokens: '2 of 5 + 1' },
  ],
  ['more cached than sent', { prompt_tokens: 5, prompt_tokens_details: { cached_tokens: 6 } }, { inputTokens: '5 of which 6 cached' }],
  [
    'more reasoning than output',
    { completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 6 } },
    { outputTokens: '5 of which 6 reasoning' },
  ],
  ['an object as a part', { total_tokens: { a: 1 } }, { tokens: '[object Object]' }],
  ['a very long part', { total_tokens: 'x'.repeat(5_000) }, { tokens: 'x'.repeat(64) }],
  [
    'B03 a cost beside tokens',
    { prompt_tokens: 5, completion_tokens: 1, cost_usd: '1.23' },
    { inputTokens: 5, outputTokens: 1, costUsd: '1.23' },
  ],
])('B02 usage that is %s', (_, usage, expected) => {
  expect(readUsage('openai-compatible', { ...(usage !== undefined && { usage }) } as JsonObject)).toEqual(expected);
});

test('a cost counts only where the provider is known to report one', () => {
  expect(readUsage('openai', { usage: { total_tokens: 1, cost_usd: '5' } })).toEqual({ tokens: 1 });
});
