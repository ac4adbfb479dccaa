import { describe, expect, it } from '@jest/globals';
import { ExpressionError, evaluate, type Names } from '../../../pipeline/expression/evaluate.js';
import { FUNCTIONS, METHODS } from '../../../pipeline/expression/signatures.js';
import { parseExpression } from '../../../pipeline/expression/parse.js';
import { parseTemplate } from '../../../pipeline/expression/parse-template.js';
import { renderText, type TemplateMode } from '../../../pipeline/expression/render.js';
import type { Json } from '../../../pipeline/values/json.js';

function outcome(make: () => unknown): unknown {
  try {
    return make();
  } catch (error) {
    if (error instanceof ExpressionError) return `error: ${error.message}`;
    throw error;
  }
}
function evaluated(source: string, names: Names = {}): unknown {
  const { ast, findings } = parseExpression(source);
  expect(findings).toEqual([]);
  return outcome(() => evaluate(ast!, names));
}

const samples: { readonly [type: string]: string } = {
  null: 'null',
  boolean: 'true',
  number: '1',
  string: '"a"',
  list: '[1]',
  map: '{"b": 1}',
};

describe('every type of operand', () => {
  const accepted: { readonly [operator: string]: readonly string[] } = {
    '+': ['number number', 'string string', 'list list'],
    '-': ['number number'],
    '*': ['number number'],
    '/': ['number number'],
    '%': ['number number'],
    '<': ['number number', 'string string'],
    '<=': ['number number', 'string string'],
    '>': ['number number', 'string string'],
    '>=': ['number number', 'string string'],
    '&&': ['boolean boolean'],
    '||': ['boolean boolean'],
  };
  const pairs = Object.keys(samples).flatMap((left) => Object.keys(samples).map((right) => [left, right] as const));

  it.each(Object.entries(accepted))('E08 %s takes only its own', (operator, allowed) => {
    const has = pairs.filter(([left, right]) => {
      // `true || x` never looks at x.
      const first = operator === '||' && left === 'boolean' ? 'false' : samples[left]!;
      const result = evaluated(`${first} ${operator} ${samples[right]!}`);
      return !(typeof result === 'string' && result.startsWith('error: '));
    });
    expect(has.map((pair) => pair.join(' '))).toEqual(allowed);
  });

  it.each(pairs)('E08 %s == %s only for the same', (left, right) => {
    expect(evaluated(`${samples[left]!} == ${samples[right]!}`)).toBe(left === right);
    expect(evaluated(`${samples[left]!} != ${samples[right]!}`)).toBe(left !== right);
  });

  it.each(pairs.filter(([, right]) => right !== 'list' && right !== 'map'))('%s in %s is an error', (left, right) => {
    expect(evaluated(`${samples[left]!} in ${samples[right]!}`)).toBe(`error: in needs a list or a map, got ${right}`);
  });

  it.each(Object.entries(samples))('E12 %s as a condition', (type, sample) => {
    const isFine = type === 'boolean';
    expect(evaluated(`${sample} ? 1 : 2`)).toBe(isFine ? 1 : `error: ?: needs a boolean, got ${type}`);
    expect(evaluated(`!${sample}`)).toBe(isFine ? false : `error: ! needs a boolean, got ${type}`);
    expect(evaluated(`[1].all(x, ${sample})`)).toBe(isFine ? true : `error: all needs a boolean, got ${type}`);
    expect(evaluated(`[1].exists(x, ${sample})`)).toBe(isFine ? true : `error: exists needs a boolean, got ${type}`);
    expect(evaluated(`-(${sample})`)).toBe(type === 'number' ? -1 : `error: - needs a number, got ${type}`);
  });

  it.each(Object.entries(samples))('a.b demands and a.?b, a[k] ask of %s', (type, sample) => {
    expect(evaluated(`(${sample}).b`)).toBe(type === 'map' ? 1 : 'error: No such key: b');
    expect(evaluated(`(${sample}).?b`)).toBe(type === 'map' ? 1 : null);
    expect(evaluated(`(${sample})["b"]`)).toBe(type === 'map' ? 1 : null);
    expect(evaluated(`(${sample})[0]`)).toBe(type === 'list' ? 1 : null);
    expect(evaluated(`has((${sample}).b)`)).toBe(type === 'map');
    for (const key of Object.values(samples)) expect(evaluated(`has((${sample})[${key}].c)`)).toBe(false);
  });
});

describe('every function takes only its own types', () => {
  const takes: { readonly [name: string]: readonly string[] } = {
    ...{ size: ['string', 'list', 'map'], type: Object.keys(samples), string: Object.keys(samples), json: Object.keys(samples) },
    ...{ number: ['number'], min: ['list'], max: ['list'], sum: ['list'], keys: ['map'], values: ['map'] },
    ...{ abs: ['number'], floor: ['number'], ceil: ['number'], round: ['number'] },
    ...{ lower: ['string'], upper: ['string'], trim: ['string'], startsWith: ['string'], endsWith: ['string'], contains: ['string'] },
    ...{ split: ['string'], join: ['list'], first: ['list'], last: ['list'], merge: ['map'], orValue: Object.keys(samples) },
  };

  it('and the table below has them all', () => {
    expect(Object.keys(takes).sort()).toEqual([...Object.keys(FUNCTIONS).filter((name) => name !== 'has'), ...Object.keys(METHODS)].sort());
  });

  it.each(Object.entries(takes))('%s', (name, types) => {
    const argument = ['merge'].includes(name) ? '{}' : METHODS[name] === 1 ? '""' : '';
    const call = (sample: string) => (Object.hasOwn(METHODS, name) ? `(${sample}).${name}(${argument})` : `${name}(${sample})`);
    for (const [type, sample] of Object.entries(samples)) {
      const result = evaluated(call(sample));
      if (types.includes(type)) expect(String(result)).not.toMatch(/^error/);
      else expect(result).toMatch(new RegExp(`^error: ${name} (needs .*, got ${type}|cannot read "a")$`));
    }
  });

  it.each(['startsWith', 'endsWith', 'contains', 'split'])('%s needs a string as argument too', (name) => {
    expect(evaluated(`"a".${name}(1)`)).toBe(`error: ${name} needs a string, got number`);
  });
  it.each([
    ['[1].join(1)', 'join needs a string, got number'],
    ['{}.merge([])', 'merge needs a map, got list'],
    ['number("")', 'number cannot read ""'],
    ['number("1e999")', 'Result is not a finite number'],
    ['number("0x10")', 'number cannot read "0x10"'],
    ['number("1_000")', 'number cannot read "1_000"'],
    ['number("Infinity")', 'number cannot read "Infinity"'],
    ['sum([1e308, 1e308])', 'Result is not a finite number'],
    ['-1e308 - 1e308', 'Result is not a finite number'],
    ['1e308 / 1e-10', 'Result is not a finite number'],
  ])('%s is an error', (source, message) => expect(evaluated(source)).toBe(`error: ${message}`));
});

describe('the rules', () => {
  it.each<[string, string, Json]>([
    ['&& and || stop at the first that decides', '(false && 1 / 0 > 0) || true || 1 / 0 > 0', true],
    ['?: evaluates one side only', 'true ? 1 : 1 / 0', 1],
    ['?: groups to the right', 'true ? false ? 1 : 2 : 3', 2],
    ['operators group to the left', '100 / 10 / 5', 2],
    ['unary binds tighter than binary', '-2 * -3 + -1', 5],
    ['! binds tighter than ==', '!true == false', true],
    ['< binds tighter than ==', 'true == 1 < 2', true],
    ['in binds tighter than ==', 'true == 1 in [1] && 1 in [1] == true', true],
    ['words of other languages are names', '[1].map(package, package + 1).map(const, const) == [2]', true],
    ['&& binds tighter than ||', 'true || true && false', true],
    ['+ binds tighter than <', '1 + 1 < 1 + 2', true],
    ['a literal may have a sign and members', '(-1).orValue(2) + [3][0]', 2],
    ['lists and maps may end with a comma', '[1, 2,] == [1, 2] && {"a": 1,} == {"a": 1}', true],
    ['a map literal keeps the last of equal keys', '{"a": 1, "a": 2}', { a: 2 }],
    ['names of keys may be any word', 'input.in.null.true.size', 1],
    ['equality is deep, whatever the order of keys', '{"a": [1, {"b": null}], "c": 2} == {"c": 2, "a": [1, {"b": null}]}', true],
    ['equality does not take a missing key for null', '{"a": null} == {"b": null}', false],
    ['lists of other length are unequal', '[1] == [1, 1]', false],
    [
      'minus zero is zero',
      '[0 * -1, -0, 0 / -5, -(0), 0 % -2, round(-0.2), ceil(-0.5), number("-0"), abs(-0)].map(x, string(x)).join("")',
      '000000000',
    ],
    ['3.0 prints 3', 'string(3.0) + json([1.50])', '3[1.5]'],
    ['numbers are doubles', '0.1 + 0.2 == 0.3', false],
  ])('%s', (_, source, value) => expect(evaluated(source, { input: { in: { null: { true: { size: 1 } } } } })).toEqual(value));

  it('E10 cases know no locale', () => {
    expect(evaluated('["I".lower(), "i".upper(), "ß".upper(), size("e\u0301")]')).toEqual(['i', 'I', 'SS', 2]);
  });

  it('a variable of a macro ends with it, also where has() looks past an error in it', () => {
    expect(evaluated('[1].map(input, input + 1) + [input]', { input: 5 })).toEqual([2, 5]);
    expect(
      evaluated('[has([{}].map(input, input.nope).first().x), input, [1].map(y, has([{}].map(y, y.z).x) || y == 1)]', { input: 5 }),
    ).toEqual([false, 5, [true]]);
  });

  it('values are passed on as they are, however deep, and never changed', () => {
    let input: Json = 'x';
    for (let level = 0; level < 64; level++) input = level % 2 ? [input] : { a: input };
    const before = JSON.stringify(input);
    expect(evaluated('input', { input })).toBe(input);
    expect(JSON.stringify(evaluated('[input].map(x, {"v": x})[0].v', { input }))).toBe(before);
    expect(evaluated('{"a": [1]}.merge(input).a == input.a', { input: { a: [2] } })).toBe(true);
    expect(JSON.stringify(input)).toBe(before);
  });
});

describe('E02 keys of prototypes', () => {
  const keys = ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__', 'length', 'toJSON'];

  it.each(keys)('%s is a key like others', (key) => {
    const empty = { input: {}, context: [], item: 'text' };
    const full = { input: JSON.parse(`{${JSON.stringify(key)}: {"a": 1}}`) as Json };
    for (const name of ['input', 'context', 'item']) {
      expect(evaluated(`${name}.${key}`, empty)).toBe(`error: No such key: ${key}`);
      expect(evaluated(`${name}.?${key}`, empty)).toBeNull();
      expect(evaluated(`${name}["${key}"]`, empty)).toBeNull();
      expect(evaluated(`has(${name}.${key})`, empty)).toBe(false);
    }
    expect(evaluated(`"${key}" in input`, empty)).toBe(false);
    expect(evaluated(`input.${key}.a + input["${key}"].a`, full)).toBe(2);
    expect(evaluated('keys(input) + keys({}.merge(input))', full)).toEqual([key, key]);
    expect(JSON.stringify(evaluated(`{"${key}": 1}`))).toBe(`{"${key}":1}`);
    expect(evaluated(key)).toBe(`error: Unknown name: ${key}`);
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });

  it.each([
    ['E01 output.constructor.constructor("return process")()', 'V-E2'],
    ['E01 output["constructor"]("x")', 'V-E1'],
    ['E01 output.?constructor("x")', 'V-E1'],
    ['E01 output.\\u0063onstructor', 'V-E1'],
    ['E01 "".sub.call("x")', 'V-E2'],
    ['E01 output?.constructor', 'V-E1'],
    ['E01 `${output}`', 'V-E1'],
    ['E01 (() => 1)()', 'V-E1'],
    ['E07 input =~ "(a+)+$"', 'V-E1'],
    ['E07 /(a+)+$/', 'V-E1'],
    ['E11 process.env("A")', 'V-E2'],
    ['E11 Date.now()', 'V-E2'],
    ['E19 "a".padStart(10)', 'V-E2'],
    ['E06 "a".repeat(1000000000)', 'V-E2'],
  ])('%s is refused', (source, code) => {
    expect(parseExpression(source.slice(4)).findings[0]).toMatchObject({ code });
  });

  it('E02 methods are no values', () => {
    for (const source of ['[].map', '"".sub', '{}.merge', '[].map.constructor']) {
      expect(evaluated(source)).toMatch(/^error: No such key: (map|sub|merge)$/);
    }
  });

  it('E03 a computed step name is data', () => {
    expect(evaluated('steps[output]', { steps: { a: { output: 1 } }, output: '__proto__' })).toBeNull();
    expect(evaluated('steps[output].output', { steps: { a: { output: 1 } }, output: 'a' })).toBe(1);
  });
});

describe('a missing value in a template', () => {
  const names: Names = { context: { list: [1], empty: '' } };
  const rendered = (source: string, mode: TemplateMode) => {
    const { ast, findings } = parseTemplate(source);
    expect(findings).toEqual([]);
    return outcome(() => renderText(ast!, names, mode));
  };
  const modes: readonly TemplateMode[] = ['strict', 'warn', 'ignore'];

  it.each([
    ['{{ context.nope or "x" }}', 'x'],
    ['{{ context.nope.deep or context.empty or null or "x" }}', 'x'],
    ['{{ context.nope or context.list }}', '[1]'],
    ['{{ context.nope | default("x") }}', 'x'],
    ['{{ context.empty or context.nope | default("x") }}', 'x'],
    ['{{ context.nope | default(null) }}', ''],
    ['{{ context.nope or null }}', ''],
    ['{{#if context.nope}}a{{else}}b{{/if}}', 'b'],
    ['{{#if context.nope or context.list}}a{{else}}b{{/if}}', 'a'],
    ['{{#each context.nope}}a{{/each}}', ''],
    ['{{#each context.nope or context.list}}{{ this }}{{/each}}', '1'],
    ['{{#each context.empty or context.nope}}a{{/each}}', ''],
  ])('%s counts as null in every mode', (source, text) => {
    for (const mode of modes) expect(rendered(source, mode)).toEqual({ text, warnings: [] });
  });

  it.each([
    ['a{{ context.nope }}b', 'context.nope'],
    ['a{{  context.nope.deep  }}b', 'context.nope.deep'],
    ['a{{ context.nope | upper }}b', 'context.nope'],
    ['a{{ context.nope | upper | default("x") }}b', 'context.nope'],
    ['a{{ context.empty or context.nope }}b', 'context.nope'],
    ['a{{ context.nope + 1 }}b', 'context.nope + 1'],
    ['a{{#if true}}{{ context.nope }}{{/if}}b', 'context.nope'],
    ['a{{#each [1, 2, 3]}}{{ this.nope }}{{/each}}b', 'this.nope'],
  ])('%s is decided by the mode', (source, expression) => {
    const message = `Undefined template variable: '${expression}'`;
    expect(rendered(source, 'strict')).toBe(`error: ${message}`);
    expect(rendered(source, 'warn')).toEqual({ text: 'ab', warnings: [message] });
    expect(rendered(source, 'ignore')).toEqual({ text: 'ab', warnings: [] });
  });

  it.each([
    ['{{#each context.empty}}a{{/each}}', '#each needs a list, got string'],
    ['{{#each context}}a{{/each}}', '#each needs a list, got map'],
    ['{{#each false}}a{{/each}}', '#each needs a list, got boolean'],
    ['{{ 1 / 0 | default("x") }}', 'Division by zero'],
  ])('%s is an error in every mode', (source, message) => {
    for (const mode of modes) expect(rendered(source, mode)).toBe(`error: ${message}`);
  });
});
