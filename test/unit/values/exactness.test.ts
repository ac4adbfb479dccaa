import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { jsonBytes } from '../../../pipeline/values/boundary.js';
import { base64 } from '../../../pipeline/values/base64.js';
import { canonicalJson } from '../../../pipeline/values/canonical.js';
import { addAmounts, compareAmounts, formatCost, parseAmount, amountText, subtractAmounts } from '../../../pipeline/values/decimal.js';
import { formatDuration, parseDuration } from '../../../pipeline/values/duration.js';
import { sha256Hex } from '../../../pipeline/values/sha256.js';

/** Plain text of so many units of 1e-12. */
function textOf(units: bigint): string {
  const digits = units.toString().padStart(13, '0');
  return `${digits.slice(0, -12)}.${digits.slice(-12)}`.replace(/\.?0+$/, '');
}

describe('money', () => {
  it('B20 a hundred thousand lines from 1e-12 to 1e3 USD add up to the last digit, in any order', () => {
    let seed = 1n;
    const lines = Array.from({ length: 100_000 }, () => {
      seed = (seed * 6364136223846793005n + 1442695040888963407n) & 0xffff_ffff_ffff_ffffn;
      return seed % 10n ** (1n + ((seed >> 40n) % 15n));
    });
    const total = textOf(lines.reduce((sum, line) => sum + line, 0n));
    const texts = lines.map(textOf);
    expect(texts.reduce(addAmounts, '0')).toBe(total);
    expect(texts.reverse().reduce(addAmounts, '0')).toBe(total);
    expect(texts.reduce(subtractAmounts, total)).toBe('0');
  });

  it('amounts at rest are compared by value', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n }), fc.bigInt({ min: 0n, max: 10n ** 18n }), (a, b) => {
        expect(compareAmounts(textOf(a), textOf(b))).toBe(a < b ? -1 : a > b ? 1 : 0);
        expect(amountText(parseAmount(textOf(a))!)).toBe(textOf(a));
      }),
    );
  });

  it.each<[unknown, string]>([
    ['-0', '0'],
    ['-0.00000000001', '0'],
    ['1.00000000005', '1.0000000001'],
    ['-1.00000000005', '-1.0000000001'],
    [1e21, '1000000000000000000000'],
    [-Infinity, '-Infinity'],
    [undefined, 'undefined'],
    [true, 'true'],
    ['', ''],
  ])('8.2 formatCost(%p) shows %s', (value, text) => expect(formatCost(value)).toBe(text));
});

it('a duration that is printed reads as itself', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 86_400_000 * 3650 }), (ms) => expect(parseDuration(formatDuration(ms))).toBe(ms)));
  expect([parseDuration('3650d'), parseDuration('3651d'), parseDuration('9'.repeat(30) + 's')]).toEqual([315_360_000_000, null, null]);
  expect([undefined, [], { ms: 1 }, true, '1w', '-1s', '+1s', ' 1s', '1s1m', '١s'].map(parseDuration)).toEqual(Array(10).fill(null));
});

describe('canonical JSON', () => {
  it('is the same for every order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { maxKeys: 5 }), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
      }),
    );
  });

  it('sorts by code unit, not by code point or locale, and keeps __proto__', () => {
    expect(canonicalJson({ '\uffff': 1, '😀': 2, é: 3, e: 4, Z: 5, 10: 6, 9: 7 })).toBe(
      '{"10":6,"9":7,"Z":5,"e":4,"é":3,"😀":2,"\uffff":1}',
    );
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"d":1,"c":2}}'))).toBe('{"__proto__":{"c":2,"d":1},"b":1}');
    expect(canonicalJson([-0, 1e21, 1e-7, 1.5, '\u2028"'])).toBe('[0,1e+21,1e-7,1.5,"\u2028\\""]');
  });
});

describe('bytes', () => {
  it('SHA-256 is right around the ends of its blocks and for long texts', () => {
    const digest = (text: string) => createHash('sha256').update(text).digest('hex');
    for (let length = 0; length <= 130; length++) expect(sha256Hex('é'.repeat(length))).toBe(digest('é'.repeat(length)));
    expect(sha256Hex('a'.repeat(1_000_000))).toBe('cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0');
    expect(sha256Hex('\ud800')).toBe(digest('\ud800'));
  });

  it('base64 is the one of everybody else', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => expect(base64(bytes)).toBe(Buffer.from(bytes).toString('base64'))));
  });

  it('JSON of numbers is counted as it is written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(-0, 1e21, 1e-7)), (value) =>
        expect(jsonBytes([value])).toBe(JSON.stringify([value]).length),
      ),
    );
  });
});
