import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { Decimal } from 'decimal.js';
import { jsonBytes, toJson } from '../../../pipeline/values/boundary.js';
import { canonicalJson, utf8Bytes } from '../../../pipeline/values/canonical.js';
import { addAmounts, amountText, compareAmounts, formatCost, parseAmount, subtractAmounts } from '../../../pipeline/values/decimal.js';
import { formatDuration, parseDuration } from '../../../pipeline/values/duration.js';
import { fingerprint } from '../../../pipeline/values/fingerprint.js';
import { sha256Hex } from '../../../pipeline/values/sha256.js';

describe('money', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    ['10.0', '10'],
    [10.5, '10.5'],
    [0.15, '0.15'],
    [1.2, '1.2'],
    [0.005, '0.005'],
    [new Decimal(1).dividedBy(3), '0.3333333333'],
    [new Decimal('0.1').plus('0.2'), '0.3'],
    [1e-10, '0.0000000001'],
    [null, 'null'],
    [Infinity, 'Infinity'],
    [NaN, 'NaN'],
    ['text', 'text'],
    ['0.00000000005', '0.0000000001'],
  ])('8.2 formatCost(%s) is %s', (value, text) => expect(formatCost(value)).toBe(text));

  it.each([
    ['5', '5'],
    [0.1, '0.1'],
    [1e-12, '0.000000000001'],
    ['0.40', '0.4'],
    ['-0', '0'],
    [1e21, '1000000000000000000000'],
  ])('B01 %s is an amount', (value, text) => expect(amountText(parseAmount(value)!)).toBe(text));

  it.each([-1, '-1', NaN, Infinity, 'x', '1e5', '', null, undefined, {}, true, '1.'])('B01 %s is none', (value) =>
    expect(parseAmount(value)).toBeNull(),
  );

  it('sums and differences are exact', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 10n ** 15n }), { maxLength: 300 }), (parts) => {
        const text = (units: bigint) => amountText(new Decimal(units.toString()).dividedBy('1000000000000'));
        const total = parts.reduce((sum, part) => addAmounts(sum, text(part)), '0');
        expect(total).toBe(text(parts.reduce((sum, part) => sum + part, 0n)));
        expect(parts.reduce((left, part) => subtractAmounts(left, text(part)), total)).toBe('0');
      }),
      { numRuns: 200 },
    );
    expect(addAmounts('1000000000000000', '0.0000000001')).toBe('1000000000000000.0000000001');
    expect(compareAmounts('0.1', '0.10000000001')).toBe(-1);
    expect(subtractAmounts('2', '0')).toBe('2');
  });
});

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    [1500, 1500],
  ])('%s is %i ms', (value, milliseconds) => expect(parseDuration(value)).toBe(milliseconds));

  it.each([0, -5, '0s', '-5s', 'soon', 1.5, '1.5s', 1e12, '999999999d', '', null, NaN, '5 s', '5S'])('Y23 %s is none', (value) =>
    expect(parseDuration(value)).toBeNull(),
  );

  it.each([
    [500, '500ms'],
    [1500, '1500ms'],
    [90_000, '90s'],
    [3_600_000, '1h'],
    [172_800_000, '2d'],
    [0, '0ms'],
  ])('%i ms print %s', (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));
});

class Money {
  constructor(readonly value: number) {}
}
class Euro extends Money {}

describe('the boundary', () => {
  const at = (value: unknown, options = {}) => {
    const json = toJson(value, options);
    return json.ok ? json.value : `${json.what} at ${json.path}`;
  };
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
  const cyclic = { a: { b: [] as unknown[] } };
  cyclic.a.b.push(cyclic.a);

  it.each<[string, unknown, unknown]>([
    ['25.1 NaN', NaN, 'NaN at $'],
    ['25.1 Infinity inside', { x: [1, Infinity] }, 'Infinity at $.x[1]'],
    ['-Infinity', -Infinity, '-Infinity at $'],
    ['25.2 a Buffer', Buffer.from('hi'), 'aGk='],
    ['25.2 a Set', new Set([1, 2]), 'instance of Set at $'],
    ['25.3 a Date', new Date(Date.UTC(2023, 0, 1, 12)), '2023-01-01T12:00:00.000Z'],
    ['25.4 65 nested arrays', nested(65), `depth over 64 at $${'[0]'.repeat(64)}`],
    ['64 nested arrays', nested(64), nested(64)],
    ['25.5 a class', new Money(5), 'instance of Money at $'],
    ['25.7 undefined', { a: undefined, b: [undefined] }, { b: [null] }],
    ['undefined alone', undefined, null],
    ['-0', [-0], [0]],
    ['a hole', [1, , 2], [1, null, 2]],
    ['bytes of an ArrayBuffer', new Uint8Array([1, 2]).buffer, 'AQI='],
    ['an invalid date', { when: new Date(NaN) }, 'invalid date at $.when'],
    ['a decimal', new Decimal('1.50'), '1.5'],
    ['a decimal that is none', new Decimal(NaN), 'NaN at $'],
    ['a function', { items: [1, 2, { when: () => 1 }] }, 'function at $.items[2].when'],
    ['a symbol', Symbol('x'), 'symbol at $'],
    ['a bigint', [1n], 'bigint at $[0]'],
    ['a promise', Promise.resolve(1), 'promise at $'],
    ['a Map', { 'a-b': new Map() }, 'instance of Map at $["a-b"]'],
    ['an Error', new TypeError('x'), 'instance of TypeError at $'],
    ['a URL', new URL('http://localhost'), 'instance of URL at $'],
    ['a cycle', cyclic, 'circular reference to $.a at $.a.b[0]'],
    ['an object without prototype', Object.assign(Object.create(null) as object, { a: 1 }), { a: 1 }],
    ['symbol keys', { [Symbol('x')]: 1, a: 2 }, { a: 2 }],
    ['toJSON is not asked', { toJSON: 1 }, { toJSON: 1 }],
    ['more than 1 MiB', 'x'.repeat(1024 * 1024), '1048578 bytes, more than 1 MiB at $'],
  ])('%s', (_, value, expected) => expect(at(value)).toEqual(expected));

  it('writes an object out each time it is reached', () => {
    const shared = { a: 1 };
    expect(at([shared, shared])).toEqual([{ a: 1 }, { a: 1 }]);
  });

  it('L11 keeps __proto__ as data', () => {
    const json = toJson(JSON.parse('{"__proto__": {"x": 1}}'));
    expect(JSON.stringify(json.ok && json.value)).toBe('{"__proto__":{"x":1}}');
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it('25.5 asks serializers, the nearest class first, and not the one that made the value', () => {
    const serializers = [
      [Money, (money: Money) => ({ amount: money.value })],
      [Euro, (euro: Euro) => new Money(euro.value * 2)],
      ['bigint', (value: bigint) => String(value)],
      ['number', (value: number) => value],
    ] as const;
    expect(at([new Money(5), new Euro(1), 10n, 3], { serializers })).toEqual([{ amount: 5 }, { amount: 2 }, '10', 3]);
    expect(at(new Money(5), { serializers: [[Money, () => { throw new Error('broken'); }]] })).toBe('broken at $'); // prettier-ignore
  });

  it('L10 hostile values are refused, never thrown', () => {
    let deep: unknown = 1;
    for (let n = 0; n < 100_000; n++) deep = [deep];
    expect(at(deep)).toMatch(/^depth over 64/);
    const getter = Object.defineProperty({}, 'x', { enumerable: true, get: () => { throw new Error('no'); } }); // prettier-ignore
    expect(at(getter)).toBe('no at $');
    expect(at(new Proxy({}, { ownKeys: () => { throw new Error('trap'); } }))).toBe('trap at $'); // prettier-ignore
  });

  it('gives JSON that survives a round trip', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withDate: true,
          withBigInt: true,
          withMap: true,
          withSparseArray: true,
          withNullPrototype: true,
          withTypedArray: true,
        }),
        (value) => {
          const json = toJson(value);
          if (json.ok) expect(JSON.parse(JSON.stringify(json.value))).toEqual(json.value);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('counts the bytes of JSON without making it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) =>
        expect(jsonBytes(value)).toBe(Buffer.byteLength(JSON.stringify(value))),
      ),
    );
    expect(jsonBytes(undefined)).toBe(0);
  });
});

describe('canonical JSON and hashes', () => {
  it('sorts keys by code unit', () => {
    expect(canonicalJson({ b: [1.0, { z: 1, a: undefined }], a: 'é', Z: null })).toBe('{"Z":null,"a":"é","b":[1,{"z":1}]}');
    fc.assert(fc.property(fc.jsonValue(), (value) => expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))));
  });

  it('SHA-256 is the one of everybody else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) =>
        expect(sha256Hex(text)).toBe(createHash('sha256').update(text).digest('hex')),
      ),
    );
  });

  it('UTF-8 bytes are counted right', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => expect(utf8Bytes(text)).toBe(Buffer.byteLength(text))));
    expect(utf8Bytes('\ud800')).toBe(3);
  });

  it('a fingerprint leaves out parsed forms and nothing else', () => {
    const text = { source: 'input', ast: ['name', 'input'] };
    expect(fingerprint({ a: text, b: [text] })).toBe(fingerprint({ a: { source: 'input' }, b: [{ source: 'input' }] }));
    expect(fingerprint({ context: text })).not.toBe(fingerprint({ context: { source: 'input' } }));
    for (const names of ['agents', 'branches'])
      expect(fingerprint({ [names]: { context: text, form: [text] } })).toBe(
        fingerprint({ [names]: { context: { source: 'input' }, form: [{ source: 'input' }] } }),
      );
    expect(fingerprint({ a: { ast: 1 } })).not.toBe(fingerprint({ a: {} }));
  });
});
