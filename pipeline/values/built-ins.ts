import { Decimal, amountText } from './decimal.js';
import { base64 } from './base64.js';
import type { Json } from './json.js';

/** JSON of one value, with what bounds it: UTF-8 bytes of its text, and levels of lists and objects in it. */
export interface Written {
  readonly json: Json;
  readonly bytes: number;
  readonly levels: number;
}

/** Why a value can't be put into JSON, and where it stands. */
export class Refused extends Error {
  constructor(
    readonly what: string,
    readonly path: string,
  ) {
    super(what);
  }
}

/** A plain object of any realm: its prototype is null or that realm's `Object.prototype`. What it calls itself doesn't matter. */
export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty'));
}

/** Text of a date, of bytes or of a decimal, of any realm; any other instance is refused. A text over `maxBytes` is counted, not made. */
export function writeInstance(value: object, path: string, maxBytes: number): Written {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const time = tag === 'Date' ? ofInternals(() => Date.prototype.getTime.call(value)) : null;
  if (Number.isNaN(time)) throw new Refused('invalid date', path);
  if (time !== null) return asciiText(Date.prototype.toISOString.call(value));
  if (tag === 'Uint8Array' && ArrayBuffer.isView(value)) return asciiText(base64(value as Uint8Array));
  if (tag === 'ArrayBuffer' && ofInternals(() => byteLength?.call(value)) !== null)
    return asciiText(base64(new Uint8Array(value as ArrayBuffer)));
  if (Decimal.isDecimal(value)) return decimalText(value, path, maxBytes);
  if (tag === 'Promise') throw new Refused('promise', path);
  throw new Refused(`instance of ${className(value) ?? tag}`, path);
}

const asciiText = (text: string): Written => ({ json: text, bytes: text.length + 2, levels: 0 });

const byteLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')?.get;

/** A tag could be a class's own; a built-in method works on real ones only, those of other realms too. Null for an impostor. */
function ofInternals<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** `1e1000000000` is a few bytes as a decimal and a gigabyte as text. */
function decimalText(value: Decimal, path: string, maxBytes: number): Written {
  const amount = new Decimal(value.toString());
  if (!amount.isFinite()) throw new Refused(amount.toString(), path);
  const decimals = amount.decimalPlaces();
  const length = (amount.isNegative() ? 1 : 0) + Math.max(amount.e, 0) + 1 + (decimals > 0 ? decimals + 1 : 0);
  return length > maxBytes ? { json: null, bytes: length + 2, levels: 0 } : asciiText(amountText(amount));
}

function className(value: object): string | undefined {
  const name: unknown = (value.constructor as { name?: unknown } | undefined)?.name;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
