import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { jsonBytes, toJson, type BoundaryOptions } from '../../../pipeline/values/boundary.js';

const at = (value: unknown, options: BoundaryOptions = {}) => {
  const json = toJson(value, options);
  return json.ok ? json.value : `${json.what} at ${json.path}`;
};
class Account {
  secret = 1;
  toJSON() {
    return 'from toJSON';
  }
}
class List extends Array<number> {}

describe('what crosses a boundary', () => {
  it.each<[string, unknown, unknown]>([
    ['null', null, null],
    ['a boolean', false, false],
    ['a text', 'é\u0000', 'é\u0000'],
    ['a number', 1e-7, 1e-7],
    ['-0 deep', { a: [-0] }, { a: [0] }],
    ['L12 1e999 of a model', JSON.parse('{"a": [1e999]}'), 'Infinity at $.a[0]'],
    ['L12 -1e999 of a model', JSON.parse('-1e999'), '-Infinity at $'],
    ['L12 9007199254740993 of a model', JSON.parse('9007199254740993'), 9007199254740992],
    ['undefined in lists and objects', [undefined, { a: undefined, b: null }], [null, { b: null }]],
    ['bytes of a part of a buffer', new Uint8Array([0, 1, 2, 3]).subarray(1, 3), 'AQI='],
    ['no bytes', new Uint8Array(0), ''],
    ['other typed arrays', new Float64Array(1), 'instance of Float64Array at $'],
    ['a view of bytes', new DataView(new ArrayBuffer(1)), 'instance of DataView at $'],
    ['a number object', [new Number(1)], 'instance of Number at $[0]'],
    ['a text object', new String('x'), 'instance of String at $'],
    ['a regular expression', /x/, 'instance of RegExp at $'],
    ['a class with toJSON', { a: new Account() }, 'instance of Account at $.a'],
    ['a class without name', new (class {})(), 'instance of Object at $'],
    ['a plain object with toJSON', { toJSON: () => 1 }, 'function at $.toJSON'],
    ['a class itself', Account, 'function at $'],
    ['a generator', (function* () {})(), 'instance of Generator at $'],
    ['a WeakMap', new WeakMap(), 'instance of WeakMap at $'],
    ['an object made from another', Object.create({ a: 1 }), 'instance of Object at $'],
    ['a list of a class', List.from([1, 2]), [1, 2]],
    ['a list with more than elements', Object.assign([1], { x: 2 }), [1]],
    ['keys that are not enumerable', Object.defineProperty({ a: 1 }, 'b', { value: () => 1 }), { a: 1 }],
    ['what a getter gives', { get a() { return [1]; } }, { a: [1] }], // prettier-ignore
    ['a path of odd keys', { 'a b': { '': { $x: [() => 1] } } }, 'function at $["a b"][""].$x[0]'],
    ['a path through __proto__', JSON.parse('{"__proto__": {"constructor": 1e999}}'), 'Infinity at $.__proto__.constructor'],
    ['a cycle to the top', (() => { const top: unknown[] = []; top.push({ a: top }); return top; })(), 'circular reference to $ at $[0].a'], // prettier-ignore
  ])('%s', (_, value, expected) => expect(at(value)).toEqual(expected));

  it('1 MiB exactly is no more than 1 MiB', () => {
    expect(at('x'.repeat(1024 * 1024 - 2))).toHaveLength(1024 * 1024 - 2);
    expect(at('é'.repeat(512 * 1024 - 1))).toHaveLength(512 * 1024 - 1);
    expect(at('x'.repeat(1024 * 1024 - 1))).toBe('1048577 bytes, more than 1 MiB at $');
    expect(at({ a: '"'.repeat(512 * 1024) })).toBe('1048584 bytes, more than 1 MiB at $');
    expect(at([1, 2], { maxBytes: 5 })).toEqual([1, 2]);
    expect(at([1, 2], { maxBytes: 4 })).toBe('5 bytes, more than 0 KiB at $');
  });

  it.each([65, 3_000, 6_000, 100_000])('L10 JSON of %d levels is refused where it is too deep', (depth) => {
    const value = JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown;
    expect(at(value)).toBe(`depth over 64 at $${'[0]'.repeat(64)}`);
  });

  it('L10 getters that make new parts without end are stopped', () => {
    const twins = (levels: number): unknown =>
      levels === 0 ? 1 : { get a() { return twins(levels - 1); }, get b() { return twins(levels - 1); } }; // prettier-ignore
    expect(at(twins(60), { maxBytes: 65_536 })).toBe('131075 bytes, more than 64 KiB at $');
    expect(at(twins(3))).toEqual({ a: { a: { a: 1, b: 1 }, b: { a: 1, b: 1 } }, b: { a: { a: 1, b: 1 }, b: { a: 1, b: 1 } } });
  });

  it('L11 data from a model never reaches a prototype', () => {
    const text = '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"toString":1}';
    const json = at(JSON.parse(text)) as object;
    expect(JSON.stringify(json)).toBe(text);
    expect(Object.getPrototypeOf(json)).toBe(Object.prototype);
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });
});

describe('serializers', () => {
  it.each<[string, unknown, BoundaryOptions['serializers'], unknown]>([
    ['a registration beats a built-in row', new Date(0), [[Date, () => 'a date']], 'a date'],
    ['… of numbers', [1, NaN], [['number', (value: number) => String(value)]], ['1', 'NaN']],
    ['… of functions and symbols', [() => 1, Symbol('x')], [['function', () => 'f'], ['symbol', () => 's']], ['f', 's']], // prettier-ignore
    ['a base class', new (class Sub extends Account {})(), [[Account, ({ secret }: Account) => secret]], 1],
    ['its result goes through the same rules', new Account(), [[Account, () => ({ a: [() => 1] })]], 'function at $.a[0]'],
    ['a result of undefined is left out', { a: new Account() }, [[Account, () => undefined]], {}],
    ['what throws is located', [{ a: new Account() }], [[Account, () => { throw new Error('no account'); }]], 'no account at $[0].a'], // prettier-ignore
    ['a promise is no result', new Account(), [[Account, () => Promise.resolve(1)]], 'promise at $'],
  ])('%s', (_, value, serializers, expected) => expect(at(value, { serializers: serializers! })).toEqual(expected));
});

it('whatever it is given, toJson throws nothing and what it gives is plain JSON of the size it says', () => {
  type Make = () => unknown;
  const answers = [undefined, null, -1, '3', 1e9, NaN, {}, [], ['a', 'length'], Symbol.iterator, () => 1];
  const targets: readonly (() => object)[] = [() => ({ a: 1 }), () => [1, 2], () => () => 1, () => new Date(0), () => new Map()];
  const hostile = fc
    .tuple(
      fc.constantFrom(...targets),
      fc.constantFrom('get', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor', 'has'),
      fc.nat(answers.length - 1),
      fc.boolean(),
    )
    .map(([target, trap, index, isThrown]): Make => () => {
      const act = () => {
        if (isThrown) throw answers[index];
        return answers[index];
      };
      return new Proxy(target(), { [trap]: act });
    });
  const strange = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSparseArray: true,
    withTypedArray: true,
    withBoxedValues: true,
  });
  // Made inside the property: whoever prints a hostile value falls into its traps.
  const anything = fc.letrec<{ value: Make }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      strange.map(
        (value): Make =>
          () =>
            value,
      ),
      hostile,
      fc.array(tie('value'), { maxLength: 3 }).map(
        (makers): Make =>
          () =>
            makers.map((make) => make()),
      ),
      fc.array(fc.tuple(fc.constantFrom('a', '__proto__', 'constructor', 'length', 'toJSON'), tie('value')), { maxLength: 3 }).map(
        (entries): Make =>
          () =>
            Object.fromEntries(entries.map(([key, make]) => [key, make()])),
      ),
    ),
  })).value;
  fc.assert(
    fc.property(anything, (make) => {
      const json = toJson(make());
      if (!json.ok) return expect([typeof json.what, json.path[0]]).toEqual(['string', '$']);
      const text = JSON.stringify(json.value);
      expect(JSON.parse(text)).toEqual(json.value);
      expect(jsonBytes(json.value)).toBe(Buffer.byteLength(text));
    }),
    { numRuns: 2000 },
  );
});
