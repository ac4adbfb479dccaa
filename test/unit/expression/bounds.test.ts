import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ExpressionError, evaluate, type Names } from '../../../pipeline/expression/evaluate.js';
import { parseExpression } from '../../../pipeline/expression/parse.js';
import { parseTemplate } from '../../../pipeline/expression/parse-template.js';
import { renderText, renderValue } from '../../../pipeline/expression/render.js';
import { characters, textBytes } from '../../../pipeline/expression/values.js';

/** The value, or the error as text; anything else that is thrown is thrown on. */
function outcome(make: () => unknown): unknown {
  try {
    return make();
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}
const evaluated = (source: string, names: Names) => outcome(() => evaluate(parseExpression(source).ast!, names));
const rendered = (source: string, names: Names) => outcome(() => renderText(parseTemplate(source).ast!, names, 'strict').text);

const range = (length: number) => Array.from({ length }, (_, index) => index);
/** Equal texts that are not the same text. */
const long = () => Array.from({ length: 262_000 }, () => 'a').join('');
const mapOf = (length: number) => Object.fromEntries(range(length).map((index) => [`k${index}`, index]));

const TOO_MANY_STEPS = 'Expression needs more than 100000 steps';
const TOO_LARGE = 'Result is more than 1 MiB';

const names = {
  ...{ many: range(20_000), a: long(), b: long(), half: `${'a'.repeat(65_000)}b${'a'.repeat(65_000)}` },
  ...{ digits: `1.${'1'.repeat(200_000)}`, m: mapOf(20_000), n: mapOf(20_001), wide: '語'.repeat(200_000) },
};

describe('E06 what an expression costs is known before it is done', () => {
  const double = (times: number, by = '[x,x]') => `["0123456789"]${`.map(x,${by})`.repeat(times)}`;

  it.each<[string, string, string]>([
    ['lists that share their parts, as a result', double(28), TOO_LARGE],
    ['… as JSON', `size(json(${double(27)}))`, TOO_MANY_STEPS],
    ['… as text', `size(string(${double(27)}))`, TOO_MANY_STEPS],
    ['… joined', `size(${double(27)}.join(""))`, TOO_MANY_STEPS],
    ['… compared', `${double(27)} == ${double(27)}`, TOO_MANY_STEPS],
    ['maps that share their parts, as JSON', `size(json(${double(27, "{'a':x,'b':x}")}))`, TOO_MANY_STEPS],
    ['texts', double(28, 'x+x'), TOO_LARGE],
    ['equal long texts', 'many.all(x, a == b)', TOO_MANY_STEPS],
    ['the order of long texts', 'many.all(x, a <= b)', TOO_MANY_STEPS],
    ['the search of a long text in a long text', 'a.contains(half)', TOO_MANY_STEPS],
    ['a split by a long text', 'a.split(half)', TOO_MANY_STEPS],
    ['beginnings', 'many.all(x, a.startsWith(b))', TOO_MANY_STEPS],
    ['ends', 'many.all(x, a.endsWith(b))', TOO_MANY_STEPS],
    ['cases', 'many.all(x, a.upper() != b.lower())', TOO_MANY_STEPS],
    ['a number in long text', 'many.all(x, number(digits) > 0)', TOO_MANY_STEPS],
    ['characters', 'many.all(x, size(a) > 0)', TOO_MANY_STEPS],
    ['keys', 'many.all(x, size(m) > 0)', TOO_MANY_STEPS],
    ['maps of other size', 'many.all(x, m != n)', TOO_MANY_STEPS],
    ['the least of many', 'many.all(x, min(many) == 0)', TOO_MANY_STEPS],
    ['the sum of many', 'many.all(x, sum(many) > 0)', TOO_MANY_STEPS],
    ['merged maps', 'many.all(x, m.merge(n) != {})', TOO_MANY_STEPS],
    ['a long separator', 'many.join(a)', TOO_MANY_STEPS],
  ])('%s', (_, source, error) => {
    expect(evaluated(source, names)).toBe(error);
  });

  it.each<[string, string, unknown]>([
    ['a large document as text', 'size(string(input))', 1_000_001],
    ['a large document passed on', 'size(input)', 200_000],
    ['a word in a large text', 'a.contains("b")', false],
    ['two large equal texts', 'a == b', true],
    ['lines of a large text', 'size(lines.split("\\n"))', 20_000],
  ])('and enough for %s', (_, source, value) => {
    const large = { input: Array.from({ length: 200_000 }, () => 1234), lines: range(20_000).join('\n') };
    expect(evaluated(source, { ...names, ...large })).toBe(value);
  });

  it('the bytes of a result are those of its JSON', () => {
    const whole = (unit: string, bytes: number) => unit.repeat((1024 * 1024 - 2) / bytes);
    for (const [unit, bytes] of [
      ['é', 2],
      ['"', 2],
      ['\u0001', 6],
      ['\n', 2],
    ] as const) {
      // prettier-ignore
      expect(evaluated('input', { input: whole(unit, bytes) })).toBe(whole(unit, bytes));
      expect(evaluated('input', { input: whole(unit, bytes) + unit })).toBe(TOO_LARGE);
      expect(evaluated('{input: 1}', { input: whole(unit, bytes) })).toBe(TOO_LARGE);
    }
  });

  it('bytes and characters are counted as they are written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(textBytes(text)).toBe(Buffer.byteLength(JSON.stringify(text)) - 2);
        expect(characters(text)).toBe([...text].length);
      }),
    );
    for (const text of ['\ud800', '\udc00\ud800', '\ud83d\ude00\ude00', '\ud83d\ud83d\ude00'])
      expect(characters(text)).toBe([...text].length);
  });
});

describe('E17 what a template costs is bounded as a whole', () => {
  const TEMPLATE = 'Template needs more than 1000000 steps';
  it.each<[string, string, string]>([
    ['a loop over a list that each turn filters', '{{#each many}}{{ many.filter(x, x < 0) | length }}{{/each}}', TEMPLATE],
    ['a loop that reads all of a list each turn', '{{#each many}}{{ many | length }}{{/each}}', TEMPLATE],
    ['a loop that counts a long text each turn', '{{#each many}}{{ a | length }}{{/each}}', TEMPLATE],
    ['conditions of many turns', '{{#each many}}{{#if many.all(x, x >= 0)}}{{/if}}{{/each}}', TEMPLATE],
    ['many filters of a long text', `{{ a${' | upper'.repeat(1000)} }}`, TEMPLATE],
    ['a join by a long separator', `{{ many | join("${'x'.repeat(4000)}") }}`, 'Output is more than 1 MiB'],
    ['quotes that grow with every filter', `a{{ digits${' | json'.repeat(40)} }}`, 'Output is more than 1 MiB'],
    ['E18 text of wide characters', '{{ wide }}{{ wide }}', 'Output is more than 1 MiB'],
    ['a hole that costs too much by itself', '{{ many.filter(x, many.filter(y, y < x) == []) }}', TOO_MANY_STEPS],
  ])('%s', (_, source, error) => expect(rendered(source, names)).toBe(error));

  it('a value is bounded like a text', () => {
    const value = (source: string, input: string) =>
      outcome(() => renderValue(parseTemplate(source).ast!, { input }, 'strict').value) as string | number;
    expect(value('{{ input | json }}', '"'.repeat(500_000))).toBe('Output is more than 1 MiB');
    expect(value('{{ input | json | length }}', '"'.repeat(500_000))).toBe(1_000_002);
    expect(value(`{{ input${' | json'.repeat(40)} }}`, '"')).toBe('Output is more than 1 MiB');
    expect(value('{{ input | upper }}', 'a'.repeat(1_000_000))).toHaveLength(1_000_000);
  });

  it('a missing value costs what led to it', () => {
    const source = '{{#each many}}{{ many.filter(x, x < 0 || x == 4000).first().nope or "" }}{{/each}}';
    expect(rendered(source, { many: range(5_000) })).toBe(TEMPLATE);
  });

  it('E15 a list of a thousand documents is no trouble', () => {
    const text = rendered('{{#each input}}{{ index }}. {{ this.title | trim | upper }}\n{{/each}}', {
      input: range(10_000).map((index) => ({ title: ` t${index} ` })),
    });
    expect(String(text).split('\n')).toHaveLength(10_001);
  });
});

describe('sources are bounded', () => {
  it('an expression in a template as one by itself, with its own place', () => {
    expect(parseTemplate(`abc {{ "${'x'.repeat(4097)}" }}`).findings).toEqual([
      { code: 'V-E4', detail: 'Expression too complex', offset: 6 },
    ]);
    expect(parseTemplate(`abc {{#if ${'!'.repeat(40)}true }}{{/if}}`).findings[0]).toMatchObject({ code: 'V-E4', offset: 9 });
    expect(parseTemplate(`{{ "${'x'.repeat(4000)}" or "${'x'.repeat(4000)}" }}`).findings).toEqual([]);
  });

  it.each([
    ['4096 characters', "'".padEnd(4095, 'x') + "'"],
    ['300 nodes', `[${Array(299).fill('1').join(',')}]`],
    ['a depth of 32', '['.repeat(32) + ']'.repeat(32)],
  ])('%s are allowed, one more is not', (_, source) => {
    expect(parseExpression(source).findings).toEqual([]);
    const more = source.startsWith("'") ? `${source} ` : source.startsWith('[1') ? source.replace('[', '[1,') : `[${source}]`;
    expect(parseExpression(more).findings).toEqual([{ code: 'V-E4', detail: 'Expression too complex', offset: 0 }]);
  });
});
