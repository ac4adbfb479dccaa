import { Refused, isPlain, writeInstance, type Written } from './built-ins.js';
import type { Json } from './json.js';
import { utf8Bytes } from './canonical.js';

/**
 * What may cross a boundary: every value that leaves author code or enters a run is put into plain JSON here,
 * or refused with what it is and where it stands.
 */
export type Bounded = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly what: string; readonly path: string };

/** A class, or one of the four types of value that have none. */
export type SerializerType = 'number' | 'bigint' | 'symbol' | 'function' | (abstract new (...args: never[]) => unknown);
export type Serializers = readonly (readonly [type: SerializerType, serialize: Serialize])[];
type Serialize = (value: never) => unknown;

export interface BoundaryOptions {
  readonly serializers?: Serializers;
  /** Bytes of JSON; 1 MiB when absent. */
  readonly maxBytes?: number;
}

const MAX_DEPTH = 64;
const MAX_BYTES = 1024 * 1024;

/**
 * Plain JSON of any JavaScript value. Never throws; depth, cycles, shared references and sparse lists are bounded.
 * The JSON is to be read only: what the value shares, it shares too.
 */
export function toJson(value: unknown, { serializers = [], maxBytes = MAX_BYTES }: BoundaryOptions = {}): Bounded {
  const walk = new Walk(serializers, maxBytes);
  try {
    const { json, bytes } = walk.convert(value, '$', 0) ?? NULL;
    if (bytes > maxBytes) throw tooLarge(bytes, maxBytes);
    return { ok: true, value: json };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, what: error.what, path: error.path };
    throw error;
  }
}

const tooLarge = (bytes: number, maxBytes: number) => new Refused(`${bytes} bytes, more than ${sizeText(maxBytes)}`, '$');
const sizeText = (bytes: number) => (bytes % MAX_BYTES === 0 ? `${bytes / MAX_BYTES} MiB` : `${Math.floor(bytes / 1024)} KiB`);

const leaf = (json: null | boolean | number | string): Written => ({ json, bytes: jsonBytes(json), levels: 0 });
const NULL = leaf(null);

class Walk {
  readonly #ancestors = new Map<object, string>();
  /** Each object is converted once, however often it is reached: 40 lists that each hold the next one twice have 2^40 ends. */
  readonly #written = new Map<object, Written>();
  readonly #serializers: Serializers;
  readonly #maxBytes: number;
  #elements = 0;
  #objects = 0;

  constructor(serializers: Serializers, maxBytes: number) {
    this.#serializers = serializers;
    this.#maxBytes = maxBytes;
  }

  /** Undefined where nothing is to be written. `makers` are the serializers that led to the value and are not asked again. */
  convert(value: unknown, path: string, depth: number, makers: readonly Serialize[] = []): Written | undefined {
    if (typeof value !== 'object' || value === null) return this.#serialized(value, path, depth, makers);
    const above = this.#ancestors.get(value);
    if (above !== undefined) throw new Refused(`circular reference to ${above}`, path);
    const isShared = makers.length === 0;
    const before = isShared ? this.#written.get(value) : undefined;
    if (before && depth + before.levels <= MAX_DEPTH) return before;
    this.#ancestors.set(value, path);
    const written = this.#serialized(value, path, depth, makers);
    this.#ancestors.delete(value);
    if (written && isShared) this.#written.set(value, written);
    return written;
  }

  #serialized(value: unknown, path: string, depth: number, makers: readonly Serialize[]): Written | undefined {
    if (this.#serializers.length === 0) return this.#builtIn(value, path, depth);
    const serialize = guard(() => this.#find(value, makers), path);
    if (!serialize) return this.#builtIn(value, path, depth);
    const made = guard(() => serialize(value as never), path);
    const all = [...makers, serialize];
    return made === value ? this.#serialized(made, path, depth, all) : this.convert(made, path, depth, all);
  }

  #find(value: unknown, makers: readonly Serialize[]): Serialize | undefined {
    const usable = this.#serializers.filter(([, serialize]) => !makers.includes(serialize));
    if (typeof value !== 'object') return usable.find(([type]) => type === typeof value)?.[1];
    for (let prototype: unknown = value && Object.getPrototypeOf(value); prototype; prototype = Object.getPrototypeOf(prototype)) {
      const found = usable.find(([type]) => typeof type === 'function' && type.prototype === prototype);
      if (found) return found[1];
    }
    return undefined;
  }

  #builtIn(value: unknown, path: string, depth: number): Written | undefined {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return leaf(value);
      case 'undefined':
        return undefined;
      case 'number':
        if (!Number.isFinite(value)) throw new Refused(String(value), path);
        return leaf(value === 0 ? 0 : value);
      case 'bigint':
      case 'symbol':
      case 'function':
        throw new Refused(typeof value, path);
      default:
        return value === null ? NULL : guard(() => this.#object(value as object, path, depth), path);
    }
  }

  #object(value: object, path: string, depth: number): Written {
    const isList = Array.isArray(value);
    if (!isList && !isPlain(value)) return writeInstance(value, path, this.#maxBytes);
    if (depth >= MAX_DEPTH) throw new Refused('depth over 64', path);
    // With its comma it takes three bytes at least. Getters could make new ones without end: far too many are not counted to the last.
    const least = ++this.#objects * 3 - 1;
    if (least > this.#maxBytes * 2) throw tooLarge(least, this.#maxBytes);
    return isList ? this.#list(value, path, depth) : this.#plain(value, path, depth);
  }

  #list(list: readonly unknown[], path: string, depth: number): Written {
    // Read once: a getter could make the list longer while it is read.
    const { length } = list;
    this.#elements += length;
    const json: Json[] = [];
    let bytes = length === 0 ? 2 : length + 1;
    let levels = 0;
    const take = (index: number) => {
      const written = this.convert(list[index], `${path}[${index}]`, depth + 1) ?? NULL;
      bytes += written.bytes;
      levels = Math.max(levels, written.levels);
      return written.json;
    };
    if (this.#elements * 2 <= this.#maxBytes) {
      for (let index = 0; index < length; index++) json.push(take(index));
    } else {
      // An element takes two bytes, so the value is refused in the end: holes, of which there may be billions, are only counted.
      const indexes = Object.keys(list).filter((key) => String(Number(key) >>> 0) === key);
      bytes += (length - indexes.length) * NULL.bytes;
      for (const index of indexes) take(Number(index));
    }
    return { json, bytes, levels: levels + 1 };
  }

  #plain(value: object, path: string, depth: number): Written {
    const json: { [key: string]: Json } = {};
    let bytes = 1;
    let levels = 0;
    for (const key of Object.keys(value)) {
      const written = this.convert((value as Record<string, unknown>)[key], joinKey(path, key), depth + 1);
      if (!written) continue;
      // Plain assignment would call the `__proto__` setter.
      Object.defineProperty(json, key, { value: written.json, enumerable: true, configurable: true, writable: true });
      bytes += stringBytes(key) + 2 + written.bytes;
      levels = Math.max(levels, written.levels);
    }
    return { json, bytes: Math.max(bytes, 2), levels: levels + 1 };
  }
}

/** A getter, a proxy or a serializer that throws is a located refusal like any other. */
function guard<T>(make: () => T, path: string): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(thrownText(error), path);
  }
}

const MAX_THROWN_TEXT = 1_000;

/** What author code throws may itself throw when it is read. */
function thrownText(error: unknown): string {
  try {
    const message = typeof error === 'object' && error !== null ? (error as { message?: unknown }).message : undefined;
    const text = typeof message === 'string' ? message : String(error);
    return text.length <= MAX_THROWN_TEXT ? text : `${text.slice(0, MAX_THROWN_TEXT)}…`;
  } catch {
    return 'an error without text';
  }
}

/** `path.key`, or `path["key"]` where the key is no identifier. */
export function joinKey(path: string, key: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
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
