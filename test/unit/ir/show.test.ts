import { describe, expect, test } from '@jest/globals';
import { hasHidden, show, showText } from '../../../pipeline/ir/show.js';

describe('values in messages', () => {
  test.each<[unknown, string]>([
    [undefined, 'nothing'],
    [null, 'null'],
    ['a"b', '"a\\"b"'],
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [{ a: [1] }, '{"a":[1]}'],
    ['x'.repeat(100), `"${'x'.repeat(59)}…`],
  ])('%j', (value, text) => {
    expect(show(value)).toBe(text);
  });
  test.each(['\u0000', '\n', '\u001b', '\u0090', '\u202e', '\u2066', '\u2028'])(
    'Y19 the hidden character %j is written out',
    (character) => {
      expect(hasHidden(`a${character}`)).toBe(true);
      expect(showText(`a${character}b`)).toMatch(/^a\\u[0-9a-f]{4}b$/);
    },
  );
  test.each(['a b', 'é', '😀', '\u00a0'])('%j hides nothing', (text) => {
    expect(hasHidden(text)).toBe(false);
    expect(showText(text)).toBe(text);
  });
});
