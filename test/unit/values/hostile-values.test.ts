import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { Decimal } from 'decimal.js';
import { toJson, type BoundaryOptions } from '../../../pipeline/values/boundary.js';

const at = (value: unknown, options: BoundaryOptions = {}) => {
  const json = toJson(value, options);
  return json.ok ? json.value : `${json.what} at ${json.path}`;
};

class Money {
  constructor(public value: unknown) {}
}
class Gauge extends Money {}

const throwing = (error: unknown) => Object.defineProperty({}, 'x', { enumerable: true, get: () => { throw error; } }); // prettier-ignore
const tagged = (tag: string) => new (class Impostor { get [Symbol.toStringTag]() { return tag; } })(); // prettier-ignore

describe('L10 values that mean harm', () => {
  it.each<[string, unknown, unknown]>([
    ['a getter that throws a text', throwing('no'), 'no at $'],
    ['a getter that throws nothing', throwing(undefined), 'undefined at $'],
    ['a getter that throws an object without prototype', throwing(Object.create(null)), 'an error without text at $'],
    ['an error whose message throws', throwing(Object.defineProperty({}, 'message', { get: () => { throw new Error('x'); } })), 'an error without text at $'], // prettier-ignore
    ['L25 an error with a message of 5 MB', throwing(new Error('x'.repeat(5_000_000))), `${'x'.repeat(1000)}… at $`],
    ['a plain object that calls itself a date', { [Symbol.toStringTag]: 'Date', a: 1 }, { a: 1 }],
    ['a plain object that calls itself a decimal', { toStringTag: '[object Decimal]' }, { toStringTag: '[object Decimal]' }],
    ['an instance that calls itself bytes', tagged('Uint8Array'), 'instance of Impostor at $'],
    ['an instance that calls itself a buffer', tagged('ArrayBuffer'), 'instance of Impostor at $'],
    ['an instance that calls itself a date', tagged('Date'), 'instance of Impostor at $'],
    ['a decimal of a gigabyte', { a: new Decimal('1e1000000000') }, '1000000009 bytes, more than 1 MiB at $'],
    ['a tiny decimal of a gigabyte', new Decimal('-1.5e-1000000000'), '1000000006 bytes, more than 1 MiB at $'],
    ['a list of four billion holes', new Array(4_294_967_295), '21474836476 bytes, more than 1 MiB at $'],
    ['what stands among the holes', Object.assign(new Array(4_294_967_295), { 7: () => 1 }), 'function at $[7]'],
  ])('%s', (_, value, expected) => expect(at(value)).toEqual(expected));

  it('a decimal and a long list are counted as their JSON is', () => {
    for (const value of ['-1.5e-20', '1e30', '-0', '123.456', '0.1', '-7']) {
      const text = JSON.stringify(at(new Decimal(value)));
      expect(at(new Decimal(value), { maxBytes: 0 })).toBe(`${text.length} bytes, more than 0 MiB at $`);
    }
    const list = Array.from({ length: 600_000 }, (_, index) => index);
    expect(at(list)).toBe(`${JSON.stringify(list).length} bytes, more than 1 MiB at $`);
  });

  it('a value that is reached 2^60 times is counted once', () => {
    let twice: unknown = 'x';
    for (let level = 0; level < 60; level++) twice = [twice, twice];
    expect(at(twice)).toMatch(/^\d+ bytes, more than 1 MiB at \$$/);
    let few: unknown = 'x';
    for (let level = 0; level < 10; level++) few = [few, few];
    expect(at(few)).toEqual(few);
  });

  it('what fits where it is first reached may be too deep elsewhere', () => {
    const shared = [[[]]];
    let deep: unknown = shared;
    for (let level = 0; level < 62; level++) deep = [deep];
    expect(at([shared, deep])).toBe(`depth over 64 at $[1]${'[0]'.repeat(63)}`);
  });

  it('a list that grows while it is read ends where it ended', () => {
    const list: unknown[] = [];
    Object.defineProperty(list, 0, { enumerable: true, get: () => list.push(1) });
    expect(at(list)).toHaveLength(1);
  });

  it('a proxy is refused where serializers look at its prototype, too', () => {
    const proxy = new Proxy({}, { getPrototypeOf: () => { throw new Error('trap'); } }); // prettier-ignore
    expect(at([proxy], { serializers: [[Money, () => 1]] })).toBe('trap at $[0]');
    const { proxy: revoked, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(at(revoked)).toMatch(/revoked/);
  });
});

describe('serializers', () => {
  it('end when they make each other’s values', () => {
    const serializers = [[Money, () => new Gauge(1)], [Gauge, () => new Money(1)]] as const; // prettier-ignore
    expect(at(new Money(1), { serializers })).toBe('instance of Money at $');
    expect(at(new Money(1), { serializers: [[Money, (money: Money) => money]] })).toBe('instance of Money at $');
  });

  it('leave cycles to be found', () => {
    const serializers = [[Money, ({ value }: Money) => ({ of: value, again: value })]] as const;
    const money = new Money(null);
    money.value = [money];
    expect(at({ money }, { serializers })).toBe('circular reference to $.money at $.money.of[0]');
    const plain: { self?: unknown } = {};
    plain.self = plain;
    expect(at(new Money(plain), { serializers: [[Money, ({ value }: Money) => value]] })).toBe('circular reference to $ at $.self');
  });
});

it('values of another realm are what they are here', () => {
  const foreign: unknown = runInNewContext(
    '({ when: new Date(0), bytes: new Uint8Array([1, 2]), buffer: new Uint8Array([1, 2]).buffer, list: [{ a: 1 }] })',
  );
  expect(at(foreign)).toEqual({ when: '1970-01-01T00:00:00.000Z', bytes: 'AQI=', buffer: 'AQI=', list: [{ a: 1 }] });
  expect(at(runInNewContext('new Map()'))).toBe('instance of Map at $');
  expect(at(runInNewContext('Promise.resolve(1)'))).toBe('promise at $');
});
