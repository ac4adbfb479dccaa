import { describe, expect, test } from '@jest/globals';
import { priceRows } from '../../../pricing/index.js';

const AT = new Date('2026-11-01T00:00:00Z');

test.each<[string, string, object | undefined]>([
  ['a flat price', 'openai:gpt-4o-mini', { inputPerMillion: '0.15', outputPerMillion: '0.6' }],
  ['the first tier of a price that rises', 'google:gemini-2.5-pro', { inputPerMillion: '1.25', outputPerMillion: '10' }],
  ['another provider', 'anthropic:claude-sonnet-4-5', { inputPerMillion: '3', outputPerMillion: '15' }],
  ['B04 an unknown model', 'openai:no-such-model', undefined],
  ['B04 an unknown provider', 'nope:gpt-5', undefined],
  ['a scripted model', 'scripted:gpt-4o-mini', undefined],
  ['a known model of another provider', 'anthropic:gpt-4o-mini', undefined],
  ['B04 a price for one side only', 'openai:text-embedding-3-small', undefined],
  ['a bare name', 'gpt-5', undefined],
])('the row of %s', (_, model, row) => {
  expect(priceRows([model, model], {}, AT)).toEqual(row ? { [model]: row } : {});
});

test('an override wins, as exact decimal text, and only the models asked for have rows', () => {
  const overrides = {
    'openai:gpt-4o-mini': { inputPerMillion: 0.1, outputPerMillion: '1e-7' },
    'own:free': { inputPerMillion: 0, outputPerMillion: '0.10' },
    'own:other': { inputPerMillion: 1, outputPerMillion: 1 },
  };
  expect(priceRows(['openai:gpt-4o-mini', 'own:free'], overrides, AT)).toEqual({
    'openai:gpt-4o-mini': { inputPerMillion: '0.1', outputPerMillion: '0.0000001' },
    'own:free': { inputPerMillion: '0', outputPerMillion: '0.1' },
  });
});

describe('B04 an override is refused, asked for or not', () => {
  test.each<[object, string]>([
    [{ inputPerMillion: 1 }, 'output_per_million is missing'],
    [{ inputPerMillion: -1, outputPerMillion: 1 }, 'input_per_million must be a number of USD per million tokens, 0 or more, got -1'],
    [{ inputPerMillion: 'cheap', outputPerMillion: 1 }, 'got "cheap"'],
    [{ inputPerMillion: NaN, outputPerMillion: 1 }, 'got null'],
    [{ inputPerMillion: 1, outputPerMillion: Infinity }, 'output_per_million must be'],
    [{ inputPerMillion: '', outputPerMillion: 1 }, 'got ""'],
    [{ inputPerMillion: true, outputPerMillion: 1 }, 'got true'],
  ])('%j', (row, message) => {
    const refused = () => priceRows([], { 'own:m': row }, AT);
    expect(refused).toThrow(expect.objectContaining({ name: 'PriceError', model: 'own:m' }));
    expect(refused).toThrow(message);
    expect(refused).toThrow('[prices."own:m"] ');
  });
});
