import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { loadYaml } from '../../../pipeline/yaml/load.js';

const load = (text: string | Uint8Array) => loadYaml(text, { file: 'pipeline.yaml' });
const messages = (text: string | Uint8Array) => load(text).diagnostics.map(({ message }) => message);
const bytes = (...parts: (string | readonly number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : [...part])));

const BOMB = ['a: &a [x, x, x, x, x, x, x, x, x]']
  .concat([...'bcdefghi'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(', ')}]`))
  .join('\n');
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('what is no pipeline file is refused with its place', () => {
  const cases: [name: string, text: string | Uint8Array, line: number, column: number, detail: RegExp][] = [
    ['Y01 no bytes at all', '', 1, 1, /^the document is empty$/],
    ['Y01 only comments', '# one\n# two\n', 1, 1, /^the document is empty$/],
    ['Y01 only a marker', '---\n', 1, 1, /^the document is empty$/],
    ['Y01 only a byte order mark', bytes([0xef, 0xbb, 0xbf]), 1, 1, /^the document is empty$/],
    ['Y02 a scalar', '\nhello\n', 2, 1, /^expected a mapping, got "hello"$/],
    ['Y02 a list', '- a\n- b\n', 1, 1, /^expected a mapping, got a list$/],
    ['Y02 a number', '12', 1, 1, /^expected a mapping, got 12$/],
    ['Y03 two documents', 'a: 1\n---\nb: 2\n', 2, 1, /^more than one document$/],
    ['Y03 two marked documents', '--- # one\na: |\n  ---\n---\nb: 2\n', 4, 1, /^more than one document$/],
    [
      'Y04 a key twice at depth 5',
      'a:\n  b:\n    c:\n      d:\n        retries: 1\n        retries: 9\n',
      6,
      9,
      /^duplicate key 'retries'$/,
    ],
    ['26.3 a key in both spellings', 'name: x\nlimits:\n  cost_usd: 1\n  costUsd: 2\n', 4, 3, /^duplicate key 'costUsd'$/],
    ['Y04 keys that are one text', 'context:\n  1: a\n  "1": b\n', 3, 3, /^duplicate key '1'$/],
    ['Y07 a merge key', 'a: &a {__proto__: {x: 1}}\nb:\n  <<: *a\n', 3, 3, /^merge keys are not supported$/],
    ['Y09 billion laughs', BOMB, 5, 28, /^more than 50000 nodes$/],
    ['Y10 an alias inside its anchor', 'a: &a [*a]', 1, 8, /^alias \*a contains itself$/],
    ['Y11 an alias without an anchor', 'a: 1\nb: *nothing\n', 2, 4, /^unknown alias \*nothing$/],
    ['Y12 !!js/function', 'a: !!js/function "x"', 1, 4, /^unknown tag !!js\/function$/],
    ['Y12 !!js/undefined', 'a: !!js/undefined ""', 1, 4, /^unknown tag/],
    ['Y12 !foo', 'a:\n  - !foo x', 2, 5, /^unknown tag !foo$/],
    ['Y12 !!binary', 'a: !!binary aGk=', 1, 4, /^unknown tag !!binary$/],
    ['Y12 !!set', 'a: !!set {x}', 1, 4, /^unknown tag !!set$/],
    ['Y12 a tag that is defined away', '%TAG !! tag:x.org,2000:\n---\na: !!str 1', 1, 1, /^tag directives are not supported$/],
    ['Y13 131,072 nested lists', nested(131_072), 1, 65, /^nested deeper than 64$/],
    ['Y13 65 levels', `a: ${nested(64)}`, 1, 67, /^nested deeper than 64$/],
    ['Y13 65 levels by way of aliases', `a: &a ${nested(40)}\nb: ${'['.repeat(24)}*a${']'.repeat(24)}`, 2, 28, /^nested deeper than 64$/],
    ['Y18 a tab as indentation', 'a:\n\tb: 1\n', 2, 1, /tab characters/],
    ['Y18 a fault after CRLF', 'a: 1\r\nb: {x: 1\r\n', 3, 1, /./],
    ['Y18 a fault after CR alone', 'a: 1\rb: *x\r', 2, 4, /^unknown alias \*x$/],
    ['Y19 NUL', 'name: "a\0b"', 1, 9, /null byte/],
    ['Y19 a C1 control character', 'name: a\u0090b', 1, 8, /non-printable/],
    ['Y19 a lone surrogate by escape', 'a: "\\ud800"', 1, 5, /^a lone surrogate is not text$/],
    ['Y19 a direction override in a key', 'context:\n  "a\u202eb": 1', 2, 3, /control or direction characters/],
    ['Y20 a byte that is no UTF-8', bytes('ab: ', [0xff], '\n'), 1, 5, /^byte 4 is not valid UTF-8$/],
    ['Y20 an overlong form', bytes('a: ', [0xc0, 0x80]), 1, 4, /^byte 3 is not valid UTF-8$/],
    ['Y20 an encoded surrogate', bytes('a: ', [0xed, 0xa0, 0x80]), 1, 4, /^byte 3 is not valid UTF-8$/],
    ['Y20 UTF-16LE', bytes([0xff, 0xfe], 'a\0:\0'), 1, 1, /UTF-16 \(byte 0\)/],
    ['Y20 Latin-1', bytes('a: 1\nb: caf', [0xe9], '\n'), 2, 7, /^byte 11 is not valid UTF-8$/],
    ['a key that is a list', '? [a]\n: 1\n', 1, 3, /^a key must be text$/],
    ['a key that is null', 'context:\n  ~: 1\n', 2, 3, /^a key must be text$/],
    ['a key that is a fraction', 'context:\n  1.5: 1\n', 2, 3, /put this number in quotes/],
  ];
  test.each(cases)('%s', (_, text, line, column, detail) => {
    const source = load(text);
    const first = source.diagnostics[0];
    expect(first).toMatchObject({ code: 'V-Y1', severity: 'error', position: { file: 'pipeline.yaml', line, column } });
    const prefix = `Invalid YAML at line ${line}, column ${column}: `;
    expect(first?.message.startsWith(prefix)).toBe(true);
    expect(first?.message.slice(prefix.length)).toMatch(detail);
  });

  test.each([
    ['a: [1', true],
    ['a: 1\na: 2', false],
    ['a: &a [*a]', false],
    ['', false],
  ])('%j can or cannot be parsed', (text, isSyntax) => expect(load(text).syntaxError).toBe(isSyntax));

  test('Y12 150,000 entries of an !!omap are refused by their size', () => {
    expect(messages(`a: !!omap [${'{a: 1}, '.repeat(150_000)}]`)).toEqual(['Invalid YAML at line 1, column 1: more than 256 KiB']);
  });
  test('Y17 a flat map of 400,000 keys is refused before it is parsed', () => {
    const text = Array.from({ length: 400_000 }, (_, index) => `key${index}: 1`).join('\n');
    expect(messages(text)).toEqual(['Invalid YAML at line 1, column 1: more than 256 KiB']);
  });
  test('256 KiB are counted in bytes', () => {
    expect(messages(`a: ${'é'.repeat(131_071)}`)).toEqual(['Invalid YAML at line 1, column 1: more than 256 KiB']);
    expect(messages(`a: ${'é'.repeat(131_070)}`)).toEqual([]);
  });
  test('all findings of a readable text are reported together', () => {
    expect(messages('a: !x 1\nb: 1\nb: 2\nc: {<<: 1}\n')).toHaveLength(3);
  });
});

describe('what is read', () => {
  test('Y13 64 levels are read', () => {
    expect(messages(`a: ${nested(63)}`)).toEqual([]);
  });
  test('Y06 names of prototypes are plain data', () => {
    const source = load('context: {__proto__: {x: 1}, constructor: 1, prototype: 2, toString: 3, hasOwnProperty: 4}');
    const context = (source.document as { context: object }).context;
    expect(Object.keys(context)).toEqual(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']);
    expect(Object.getPrototypeOf(context)).toBe(Object.prototype);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
  test('Y18 CRLF, CR and LF may be mixed; NEL and U+2028 are characters', () => {
    expect(load('a: 1\r\nb: 2\rc: 3\nd: "x\u0085y\u2028z"\n').document).toEqual({ a: 1, b: 2, c: 3, d: 'x\u0085y\u2028z' });
  });
  test('Y20 UTF-8 of every length, after a byte order mark', () => {
    expect(load(bytes([0xef, 0xbb, 0xbf], 'a: "é€😀"')).document).toEqual({ a: 'é€😀' });
  });
  test('Y21 scalars are those of YAML 1.2 core', () => {
    const text = '[no, off, y, yes, on, 012, 1_000, 0o17, 12:30, 1e3, ~, null, 2020-01-01, True, 0x1F, +5]';
    const values = ['no', 'off', 'y', 'yes', 'on', 12, '1_000', 15, '12:30', 1000, null, null, '2020-01-01', true, 31, 5];
    expect(load(`a: ${text}`).document).toEqual({ a: values });
    expect(load('a: [.nan, .inf]').document).toEqual({ a: [NaN, Infinity] });
  });
  test('core tags say what a scalar is', () => {
    expect(load('a: [!!str 12, !!int "3", ! 4, !!float 1, !!bool "true", !!null ""]').document).toEqual({
      a: ['12', 3, '4', 1, true, null],
    });
  });
  test('Y31 what looks like an environment variable is text', () => {
    expect(load('a: ${HOME}\nb: "${${X}}"\nc: "${X:-}}"').document).toEqual({ a: '${HOME}', b: '${${X}}', c: '${X:-}}' });
  });
  test('aliases are written out and share nothing', () => {
    const { a, b } = load('a: &a {x: [1]}\nb: *a').document as { a: { x: number[] }; b: { x: number[] } };
    expect(b).toEqual({ x: [1] });
    expect(b.x).not.toBe(a.x);
  });
  test('JSON is YAML', () => {
    expect(load('{"name": "x", "steps": [{"maxRetries": 2}]}').document).toEqual({ name: 'x', steps: [{ maxRetries: 2 }] });
  });
});

test('any text ends in a document or in a located finding', () => {
  const fragments = fc.constantFrom(
    'name: x\n',
    'steps:\n',
    '  - ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ': ',
    ', ',
    '"',
    "'",
    '&a ',
    '*a ',
    '!t ',
    '? ',
    '|\n',
    '>-\n',
    '# flujo: ignore V-X1\n',
    '---\n',
    '...\n',
    '<<: ',
    '\t',
    '\r\n',
    '\\u',
    '%TAG',
    'kind: agent',
    '\ufeff',
    '\u2028',
    '\0',
    '1e9',
    '~',
    'é😀',
    '\ud800',
    '@',
    '`',
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(fragments, { maxLength: 30 }).map((parts) => parts.join('')),
  );
  const inputs = fc.oneof(texts, fc.uint8Array({ maxLength: 60 }));
  fc.assert(
    fc.property(inputs, (input) => {
      const { document, diagnostics } = load(input);
      if (document === null) expect(diagnostics.length).toBeGreaterThan(0);
      for (const { position } of diagnostics) {
        expect(position?.line).toBeGreaterThan(0);
        expect(position?.column).toBeGreaterThan(0);
      }
    }),
    { numRuns: 2_000 },
  );
});
