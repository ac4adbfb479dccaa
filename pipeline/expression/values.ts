import type { Json } from '../values/json.js';

/** An evaluation that has no value. `isMissing`: a key was demanded that is not there. */
export class ExpressionError extends Error {
  constructor(
    message: string,
    readonly isMissing = false,
  ) {
    super(message);
  }
}

export type TypeName = 'null' | 'boolean' | 'number' | 'string' | 'list' | 'map';

export function typeOf(value: Json): TypeName {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' ? 'map' : (typeof value as 'boolean' | 'number' | 'string');
}

/** Own data only: what a prototype has is not there. */
export function own(map: { [key: string]: Json }, key: string): Json | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

export function isMap(value: Json): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Charges work before it is done, so that nothing grows past the steps of an evaluation; throws when there are none left. */
export type Spend = (amount: number) => void;

/** Deep JSON equality; unlike types are unequal. `spend` is told of every comparison. */
export function deepEqual(a: Json, b: Json, spend: Spend = () => undefined): boolean {
  spend(typeof a === 'string' && typeof b === 'string' && a.length === b.length ? 1 + a.length / 1000 : 1);
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, n) => deepEqual(item, b[n]!, spend));
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  const others = Object.keys(b);
  spend((keys.length + others.length) / 5);
  return keys.length === others.length && keys.every((key) => Object.hasOwn(b, key) && deepEqual(a[key]!, b[key]!, spend));
}

/** By code point, never by locale; UTF-16 order differs from it above the surrogates. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const [x, y] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (x === y) continue;
    const isSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;
    if (isSurrogate(x) !== isSurrogate(y)) return isSurrogate(x) ? (y >= 0xe000 ? 1 : x - y) : x >= 0xe000 ? -1 : x - y;
    return x - y;
  }
  return a.length - b.length;
}

/** Code points; half of a pair counts as one. */
export function characters(text: string): number {
  let count = text.length;
  for (let index = 1; index < text.length; index++) {
    const [before, unit] = [text.charCodeAt(index - 1), text.charCodeAt(index)];
    if (before >= 0xd800 && before <= 0xdbff && unit >= 0xdc00 && unit <= 0xdfff) count--;
  }
  return count;
}

/** UTF-8 bytes of a text in JSON, without its quotes. */
export function textBytes(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20) bytes += '\b\t\n\f\r'.includes(text[index]!) ? 1 : 5;
    else if (unit < 0x80) bytes += unit === 0x22 || unit === 0x5c ? 1 : 0;
    // A pair of surrogates takes four bytes.
    else bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}

/** `null` is empty, a text itself, anything else compact JSON. */
export function textOf(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
