import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ExpressionError, evaluate, typeOf, type Names } from '../../../pipeline/expression/evaluate.js';
import { compareText, deepEqual } from '../../../pipeline/expression/values.js';
import { parseExpression } from '../../../pipeline/expression/parse.js';
import type { Expr } from '../../../pipeline/expression/ast.js';
import type { Json } from '../../../pipeline/values/json.js';

function valueOf(source: string, names: Names = {}): Json {
  const { ast, findings } = parseExpression(source);
  if (!ast) throw new Error(`${source}: ${findings[0]!.detail}`);
  return evaluate(ast, names);
}
const errorOf = (source: string, names: Names = {}): string => {
  try {
    valueOf(source, names);
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
  throw new Error(`${source} has a value`);
};

describe('the example rows', () => {
  it.each<[string, string, Names, Json]>([
    ['23.1 an optional path', "context.?notes.?missing.orValue('fallback')", { context: { notes: {} } }, 'fallback'],
    ['23.1 an index that is missing', 'context.notes["missing"]', { context: { notes: {} } }, null],
    ['23.2 a key of a branch', 'input.kind', { input: { kind: 'code' } }, 'code'],
    ['23.4 a sum', 'input.a + 1', { input: { a: 0.5 } }, 1.5],
    ['23.5 unlike types', '"1" == 1', {}, false],
  ])('%s', (_, source, names, value) => expect(valueOf(source, names)).toEqual(value));

  it('23.5 an order between unlike types is an error', () => expect(errorOf('1 < "2"')).toBe('Cannot compare number with string'));
});

describe('values', () => {
  const names: Names = { input: { a: { b: [1, 2, 3] }, s: 'Straße', e: '😀', n: null, list: ['x', 'y'] }, item: 5 };
  it.each<[string, Json]>([
    ['null', null],
    ['true && !false', true],
    ['3.0', 3],
    ['-2 - -3', 1],
    ['1e3 + .5', 1000.5],
    ['"a\\n\\t\\u0041" + \'b\'', 'a\n\tAb'],
    ['[1, [2], {}]', [1, [2], {}]],
    ['{"a": 1, \'b\': [2]}', { a: 1, b: [2] }],
    ['input.a.b[1]', 2],
    ['input.a.b[-1]', null],
    ['input.a.b[1.5]', null],
    ['input.a.b["length"]', null],
    ['input["a"]["b"][2]', 3],
    ['input.n["x"]', null],
    ['input.n.?x', null],
    ['item.?x', null],
    ['5 % 3 * 2 / 4', 1],
    ['2 + 3 * 4', 14],
    ['(2 + 3) * 4', 20],
    ['10 - 2 - 3', 5],
    ['1 < 2 == true', true],
    ['2 <= 2 && 2 >= 2 && 3 > 2 && 1 != 2', true],
    ['"a" < "b"', true],
    ['"Z" < "a"', true],
    ['1 in [1, 2]', true],
    ['{"a": 1} in [{"a": 1}]', true],
    ['"a" in {"a": 1}', true],
    ['1 in {"a": 1}', false],
    ['true ? 1 : false ? 2 : 3', 1],
    ['false ? 1 : false ? 2 : 3', 3],
    ['false && 1', false],
    ['true || 1', true],
    ['"a" + "b"', 'ab'],
    ['[1] + [2]', [1, 2]],
    ['[1, [2]] == [1, [2]] && {"a": 1} != {"a": 2}', true],
    ['[1] == {}', false],
    ['size("😀a")', 2],
    ['size([1]) + size({"a": 1})', 2],
    ['[type(null), type(true), type(1), type("a"), type([]), type({})]', ['null', 'boolean', 'number', 'string', 'list', 'map']],
    ['[string(3.0), string("a"), string(null), string([1])]', ['3', 'a', 'null', '[1]']],
    ['[number(" 12.5 "), number(3), number("-1e2")]', [12.5, 3, -100]],
    ['json({"a": [1]})', '{"a":[1]}'],
    ['has(input.a)', true],
    ['has(input.a.b)', true],
    ['has(input.x)', false],
    ['has(input.x.y)', false],
    ['has(item.y)', false],
    ['input.s.lower() + input.s.upper()', 'straßeSTRASSE'],
    ['" a ".trim()', 'a'],
    ['"abc".startsWith("ab") && "abc".endsWith("bc") && "abc".contains("b")', true],
    ['"a,b".split(",")', ['a', 'b']],
    ['"😀b".split("")', ['😀', 'b']],
    ['[1, "a", null].join("-")', '1-a-null'],
    ['[[1, 2].first(), [1, 2].last(), [].first(), [].last()]', [1, 2, null, null]],
    ['[1, 2].all(x, x > 0)', true],
    ['[1, 2].exists(x, x > 1)', true],
    ['[1, 2, 3].filter(x, x != 2)', [1, 3]],
    ['[1, 2].map(x, [3].map(y, x * y))', [[3], [6]]],
    ['[1, 2].map(x, [3].map(x, x))', [[3], [3]]],
    ['[min([3, 1, 2]), max([3, 1, 5]), sum([1, 2]), sum([])]', [1, 5, 3, 0]],
    ['keys({"b": 1, "a": 2})', ['b', 'a']],
    ['values({"b": 1, "a": 2})', [1, 2]],
    ['{"a": 1, "b": 1}.merge({"b": 2})', { a: 1, b: 2 }],
    ['[abs(-1), floor(1.5), ceil(1.5), round(2.5), round(-0.4)]', [1, 1, 2, 3, 0]],
    ['null.orValue(1) + (2).orValue(3)', 3],
    ['-0', 0],
    ['0 * -1', 0],
  ])('%s', (source, value) => expect(valueOf(source, names)).toEqual(value));
});

describe('errors', () => {
  it.each([
    ['E09 input.none', 'No such key: none'],
    ['input.none.more', 'No such key: none'],
    ['input.a.b', 'No such key: b'],
    ['E08 1 / 0', 'Division by zero'],
    ['1 % 0', 'Division by zero'],
    ['1e308 * 10', 'Result is not a finite number'],
    ['E08 null < 1', 'Cannot compare null with number'],
    ['true < false', 'Cannot compare boolean with boolean'],
    ['1 + "a"', 'Cannot add number and string'],
    ['"a" * 2', '* needs a number, got string'],
    ['2 - null', '- needs a number, got null'],
    ['-"a"', '- needs a number, got string'],
    ['!1', '! needs a boolean, got number'],
    ['1 && true', '&& needs a boolean, got number'],
    ['true && 1', '&& needs a boolean, got number'],
    ['false || ""', '|| needs a boolean, got string'],
    ['E12 "false" ? 1 : 2', '?: needs a boolean, got string'],
    ['1 in 2', 'in needs a list or a map, got number'],
    ['{1: 2}', "A map's key must be a string, got number"],
    ['size(1)', 'size needs a string, list or map, got number'],
    ['number("x1")', 'number cannot read "x1"'],
    ['number(null)', 'number needs a string, got null'],
    ['min([])', 'min of an empty list'],
    ['max(["a"])', 'max needs a number, got string'],
    ['sum(1)', 'sum needs a list, got number'],
    ['keys([])', 'keys needs a map, got list'],
    ['(1).lower()', 'lower needs a string, got number'],
    ['"a".join("")', 'join needs a list, got string'],
    ['[1].filter(x, x)', 'filter needs a boolean, got number'],
    ['(1).map(x, x)', 'map needs a list, got number'],
    ['has(nothing.a)', 'Unknown name: nothing'],
    ['nothing', 'Unknown name: nothing'],
  ])('%s', (source, message) => {
    expect(errorOf(source.replace(/^E\d\d /, ''), { input: { a: 1 } })).toBe(message);
  });

  it('an unchecked tree with an unknown function is an error, not a crash', () => {
    expect(() => evaluate(['call', 'constructor', []], {})).toThrow(ExpressionError);
    expect(() => evaluate(['nope'] as unknown as Expr, {})).toThrow('Unknown expression: nope');
  });
});

describe('hostile expressions', () => {
  const names: Names = { output: '__proto__', context: JSON.parse('{"__proto__": 7, "a": {}}') as Json, input: {} };

  it.each(['input.constructor', 'input.toString', 'input.hasOwnProperty', 'context.a.__proto__'])('E02 %s is a missing key', (source) => {
    expect(errorOf(source, names)).toMatch(/^No such key/);
  });

  it('E03 computed names reach own data only', () => {
    expect(valueOf('input["__pro" + "to__"]', names)).toBeNull();
    expect(valueOf('context[output]', names)).toBe(7);
    expect(valueOf('input[output]', names)).toBeNull();
    expect(valueOf('{"__proto__": 1}', names)).toEqual(JSON.parse('{"__proto__": 1}'));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('E22 odd indexes of a list give null', () => {
    const list = Array.from({ length: 10_000 }, (_, n) => n);
    for (const index of ['-1', '1e21', '"length"', '"0x0"', '10000']) expect(valueOf(`input[${index}]`, { input: list })).toBeNull();
  });

  it.each([
    ['E06 doubling by nested maps', 'input.map(a, input.map(b, input.map(c, input.map(d, 1))))', /needs more than 100000 steps/],
    ['E06 doubling by join', 'input.map(a, input.map(b, input.join("xxxxxxxxxx")).join("")).join("")', /more than/],
    ['E06 a text of texts', 'input.map(a, big)', /more than 1 MiB/],
    ['E06 added texts', 'big + big + big + big + big', /more than 1 MiB/],
    ['E06 added lists', 'many + many + many', /needs more than/],
    ['E06 a large text by itself', 'json([big, big, big, big, big])', /more than 1 MiB/],
    ['a large map', 'input.map(a, {big: big})', /more than 1 MiB/],
    ['comparing much', 'input.all(a, many == many2)', /needs more than/],
  ])('%s ends with an error', (_, source, message) => {
    const many = Array.from({ length: 40_000 }, (_, n) => n);
    const input = Array.from({ length: 100 }, (_, n) => n);
    expect(errorOf(source, { input, big: 'x'.repeat(262_140), many, many2: [...many] })).toMatch(message);
  });

  it('E10 order and equality are by code point', () => {
    expect(compareText('\ufffd', '😀')).toBeLessThan(0);
    expect(compareText('😀', '\ufffd')).toBeGreaterThan(0);
    expect(compareText('a', 'é')).toBeLessThan(0);
    expect(compareText('😀', 'a')).toBeGreaterThan(0);
    expect(compareText('a', '😀')).toBeLessThan(0);
    expect(compareText('ab', 'a')).toBe(1);
    expect(valueOf("'e\u0301' == '\u00e9'")).toBe(false);
  });

  it('has the same value or error twice, and throws nothing but its own error', () => {
    const tree = fc.letrec<{ expr: Expr }>((tie) => ({
      expr: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue().map((value): Expr => ['lit', value as Json]),
        fc.constantFrom<Expr>(['name', 'input'], ['name', 'x']),
        fc
          .tuple(fc.constantFrom('+', '-', '*', '/', '%', '==', '<', 'in'), tie('expr'), tie('expr'))
          .map(([op, a, b]): Expr => ['op', op as '+', a, b]),
        fc.tuple(tie('expr'), fc.string()).map(([a, key]): Expr => ['field', a, key]),
        fc.tuple(tie('expr'), tie('expr')).map(([a, b]): Expr => ['index', a, b]),
        fc
          .tuple(fc.constantFrom('size', 'keys', 'join', 'lower', 'merge'), tie('expr'), tie('expr'))
          .map(([f, a, b]): Expr => ['call', f, [a, b]]),
        fc.tuple(tie('expr'), tie('expr')).map(([a, b]): Expr => ['each', 'map', a, 'x', b]),
        fc.tuple(tie('expr'), tie('expr'), tie('expr')).map(([a, b, c]): Expr => ['if', a, b, c]),
      ),
    })).expr;
    const outcome = (ast: Expr, input: Json) => {
      try {
        return evaluate(ast, { input });
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        return error.message;
      }
    };
    fc.assert(
      fc.property(tree, fc.jsonValue(), (ast, input) => expect(outcome(ast, input as Json)).toEqual(outcome(ast, input as Json))),
      { numRuns: 2000 },
    );
  });

  it('types and deep equality hold for any JSON', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        (value) => deepEqual(value as Json, JSON.parse(JSON.stringify(value)) as Json) && typeOf(value as Json) !== undefined,
      ),
    );
  });
});
