import { describe, expect, test } from '@jest/globals';
import { isStrict, modesFor, readings } from '../../../activities/agent/structured-output.js';
import type { JsonSchema } from '../../../pipeline/values/json.js';

/** The readings of a text beside the text itself. */
const read = (text: string) => [...readings(text)].filter(({ value }) => value !== text);

describe('a text is read as', () => {
  test.each<[string, string, unknown, boolean]>([
    ['JSON', ' {"a": 1} ', { a: 1 }, false],
    ['the content of a fence', 'Sure:\n```json\n{"a": 1}\n```\nDone', { a: 1 }, true],
    ['the first balanced bracket', 'The answer is {"a": "}"} as asked', { a: '}' }, true],
    ['the first of two objects', '{"a": 1}{"b": 2}', { a: 1 }, true],
    ['a list', 'x [1, 2] y', [1, 2], true],
    ['JSON with a trailing comma', '{"a": 1,}', { a: 1 }, true],
    ['JSON with single quotes and a comment', "{'a': 'b' /* c */}", { a: 'b' }, true],
    ['an object cut off after prose', 'Here: {"a": [1, 2', { a: [1, 2] }, true],
  ])('%s', (_, text, value, repaired) => {
    expect(read(text)).toEqual([{ value, repaired }]);
  });

  test.each(['', 'plain prose', '```\nopen fence', '}{'.slice(0, 1)])('itself only: %j', (text) => {
    expect(read(text)).toEqual([]);
  });

  test.each<[string, string]>([
    ['open brackets', '['.repeat(900_000)],
    ['an open fence of blanks', '```\n' + ' '.repeat(900_000)],
    ['quotes', '{' + '"'.repeat(100_001)],
    ['digits', '{"a": ' + '9'.repeat(900_000)],
  ])('something without a crash: 1 MB of %s', (_, text) => {
    expect([...readings(text)].length).toBeGreaterThan(0);
  });

  test('a large exact number in a text of digits stays a text', () => {
    expect(read('{"id": 12345678901234567890, "s": "12345678901234567890"}')).toEqual([
      { value: { id: '12345678901234567890', s: '12345678901234567890' }, repaired: false },
    ]);
  });
});

test.each<[string, JsonSchema, string[]]>([
  ['an object', { type: 'object' }, ['schema', 'json', 'prompt']],
  ['a list', { type: 'array' }, ['prompt']],
  ['anything', true, ['prompt']],
])('a schema of %s is asked for by %j', (_, schema, modes) => {
  expect(modesFor(schema, 'schema')).toEqual(modes);
});

const closed = (properties: object, required: string[]) => ({ type: 'object', properties, required, additionalProperties: false });
test.each<[string, unknown, boolean]>([
  ['closed, all required', closed({ a: { type: 'string' } }, ['a']), true],
  ['an optional property', closed({ a: {}, b: {} }, ['a']), false],
  ['an open object inside', closed({ a: { type: 'object' } }, ['a']), false],
  ['an open object in a list', closed({ a: { type: 'array', items: { type: 'object' } } }, ['a']), false],
  ['an open object in a definition', { ...closed({}, []), $defs: { x: { properties: {} } } }, false],
])('a strict request is made for: %s', (_, schema, expected) => {
  expect(isStrict(schema)).toBe(expected);
});
