import { Decimal, amountText } from './decimal.js';
import { base64 } from './base64.js';
import type { Json } from './json.js';
import { utf8Bytes } from './canonical.js';

/**
 * What may cross a boundary: every value that leaves author code or enters a run is put into plain JSON here,
 * or refused with what it is and where it stands.
 */
export type Bounded = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly what: string; readonly path: string };

/** A class, or one of the four types of value that have none. */
export type SerializerType = 'number' | 'bigint' | 'symbol' | 'function' | (abstract new (...args: never[]) => unknown);
export type Serializers = readonly (readonly [type: SerializerType, serialize: (value: never) => unknown])[];

export interface BoundaryOptions {
  readonly serializers?: Serializers;
  /** Bytes of JSON; 1 MiB when absent. */
  readonly maxBytes?: number;
}

const MAX_DEPTH = 64;
const MAX_BYTES = 1024 * 1024;

/** Plain JSON of any JavaScript value. Never throws, never hangs: depth and cycles are bounded. */
export function toJson(value: unknown, { serializers = [], maxBytes = MAX_BYTES }: BoundaryOptions = {}): Bounded {
  const walk = new Walk(serializers);
  try {
    const json = walk.convert(value, '$', 0);
    const bytes = jsonBytes(json ?? null);
    if (bytes > maxBytes) return { ok: false, what: `${bytes} bytes, more than ${sizeText(maxBytes)}`, path: '$' };
    return { ok: true, value: json ?? null };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, what: error.what, path: error.path };
    throw error;
  }
}

const sizeText = (bytes: number) => (bytes % MAX_BYTES === 0 ? `${bytes / MAX_BYTES} MiB` : `${Math.floor(bytes / 1024)} KiB`);

class Refused extends Error {
  constructor(
    readonly what: string,
    readonly path: string,
  ) {
    super(what);
  }
}

class Walk {
  readonly #ancestors = new Map<object, string>();
  readonly #serializers: Serializers;

  constructor(serializers: Serializers) {
    this.#serializers = serializers;
  }

  /** Undefined where nothing is to be written. `used` is the serializer that made the value, which is not asked again. */
  convert(value: unknown, path: string, depth: number, used: unknown = null): Json | undefined {
    const serialize = this.#find(value, used);
    if (serialize)
      return this.convert(
        this.#guard(() => serialize(value as never), path),
        path,
        depth,
        serialize,
      );
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'undefined':
        return undefined;
      case 'number':
        if (!Number.isFinite(value)) throw new Refused(String(value), path);
        return value === 0 ? 0 : value;
      case 'bigint':
      case 'symbol':
      case 'function':
        throw new Refused(typeof value, path);
      default:
        return value === null ? null : this.#guard(() => this.#object(value as object, path, depth), path);
    }
  }

  /** A getter, a proxy or a serializer that throws is a located refusal like any other. */
  #guard<T>(make: () => T, path: string): T {
    try {
      return make();
    } catch (error) {
      if (error instanceof Refused) throw error;
      throw new Refused(error instanceof Error ? error.message : String(error), path);
    }
  }

  #find(value: unknown, used: unknown): ((value: never) => unknown) | undefined {
    if (this.#serializers.length === 0) return undefined;
    const usable = this.#serializers.filter(([, serialize]) => serialize !== used);
    if (typeof value !== 'object') return usable.find(([type]) => type === typeof value)?.[1];
    for (let prototype: unknown = value && Object.getPrototypeOf(value); prototype; prototype = Object.getPrototypeOf(prototype)) {
      const found = usable.find(([type]) => typeof type === 'function' && type.prototype === prototype);
      if (found) return found[1];
    }
    return undefined;
  }

  #object(value: object, path: string, depth: number): Json {
    const above = this.#ancestors.get(value);
    if (above !== undefined) throw new Refused(`circular reference to ${above}`, path);
    const special = specialObject(value, path);
    if (special !== null) return special;
    if (depth >= MAX_DEPTH) throw new Refused('depth over 64', path);
    this.#ancestors.set(value, path);
    const json = Array.isArray(value) ? this.#array(value, path, depth) : this.#plain(value, path, depth);
    this.#ancestors.delete(value);
    return json;
  }

  #array(list: readonly unknown[], path: string, depth: number): Json[] {
    return Array.from(list, (item, index) => this.convert(item, `${path}[${index}]`, depth + 1) ?? null);
  }

  #plain(value: object, path: string, depth: number): Json {
    const json: { [key: string]: Json } = {};
    for (const key of Object.keys(value)) {
      const item = this.convert((value as Record<string, unknown>)[key], joinKey(path, key), depth + 1);
      // Plain assignment would call the `__proto__` setter.
      if (item !== undefined) Object.defineProperty(json, key, { value: item, enumerable: true, configurable: true, writable: true });
    }
    return json;
  }
}

/** `path.key`, or `path["key"]` where the key is no identifier. */
export function joinKey(path: string, key: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

/** Objects that are not walked: dates, bytes, decimals, and what is refused. Null for lists and plain objects of any realm. */
function specialObject(value: object, path: string): Json | null {
  if (Array.isArray(value)) return null;
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag === 'Date') return dateText(value as Date, path);
  if (tag === 'Uint8Array') return base64(value as Uint8Array);
  if (tag === 'ArrayBuffer') return base64(new Uint8Array(value as ArrayBuffer));
  if (isDecimal(value)) return decimalText(value, path);
  if (tag === 'Promise') throw new Refused('promise', path);
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || (tag === 'Object' && Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty')))
    return null;
  const name = (value.constructor as { name?: unknown } | undefined)?.name;
  throw new Refused(`instance of ${typeof name === 'string' && name !== '' ? name : tag}`, path);
}

function dateText(date: Date, path: string): string {
  if (Number.isNaN(date.getTime())) throw new Refused('invalid date', path);
  return date.toISOString();
}

/** Of any copy of decimal.js. */
function isDecimal(value: object): value is Decimal {
  return Object.prototype.toString.call(value) === '[object Decimal]' || Decimal.isDecimal(value);
}

function decimalText(value: Decimal, path: string): string {
  const amount = new Decimal(value.toString());
  if (!amount.isFinite()) throw new Refused(amount.toString(), path);
  return amountText(amount);
}

/** UTF-8 bytes of a value's JSON text, counted without making it. */
export function jsonBytes(value: unknown): number {
  if (typeof value === 'string') return stringBytes(value);
  if (typeof value !== 'object' || value === null) return value === undefined ? 0 : String(value).length;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + jsonBytes(item ?? null) + 1, value.length === 0 ? 2 : 1);
  let bytes = 1;
  for (const key of Object.keys(value)) {
    const item = (value as Record<string, unknown>)[key];
    if (item !== undefined) bytes += stringBytes(key) + 2 + jsonBytes(item);
  }
  return bytes === 1 ? 2 : bytes;
}

// eslint-disable-next-line no-control-regex -- JSON escapes control characters
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

function stringBytes(text: string): number {
  return ESCAPED.test(text) ? utf8Bytes(JSON.stringify(text)) : utf8Bytes(text) + 2;
}
