import { escapePointer } from '../ir/pointer.js';
import type { Json } from '../values/json.js';
import { expected, mismatch } from './finding.js';
import type { Finding } from './finding.js';

const MAX_DEPTH = 320;
const MAX_NODES = 200_000;

export interface Plain {
  readonly document: Json;
  /** What is no JSON. */
  readonly findings: readonly Finding[];
  readonly notFinite: readonly Finding[];
}

/**
 * A copy of what an author hands in that is data and nothing else: no getters, no classes, no cycles, nothing shared.
 * Absent and `undefined` are the same. What can't be said in JSON is null, except that numbers
 * which are not finite stay as they are, for the grammar to name where it has something to say.
 */
export function toPlain(value: unknown): Plain {
  const findings: Finding[] = [];
  const notFinite: Finding[] = [];
  let nodes = 0;
  let isTooLarge = false;
  let document: Json;
  try {
    document = copy(value, '', 0);
  } catch {
    // Only a proxy can do that, and it is not ours.
    return { document: null, findings: [mismatch('', 'JSON', 'an object that throws when it is read')], notFinite: [] };
  }
  if (isTooLarge)
    return { document: null, findings: [mismatch('', `at most ${MAX_DEPTH} levels and ${MAX_NODES} values`, 'more')], notFinite: [] };
  return { document, findings, notFinite };

  function copy(part: unknown, pointer: string, depth: number): Json {
    nodes += 1;
    if (nodes > MAX_NODES || depth > MAX_DEPTH) isTooLarge = true;
    if (isTooLarge) return null;
    if (part === null || typeof part === 'string' || typeof part === 'boolean') return part;
    if (typeof part === 'number') {
      if (!Number.isFinite(part)) notFinite.push(expected(pointer, 'a finite number', part));
      return part === 0 ? 0 : part;
    }
    if (Array.isArray(part)) return Array.from(part, (item: unknown, index) => copy(item, `${pointer}/${index}`, depth + 1));
    if (isPlainObject(part)) return copyObject(part, pointer, depth);
    findings.push(mismatch(pointer, 'JSON', nameOf(part)));
    return null;
  }

  function copyObject(part: object, pointer: string, depth: number): Json {
    const entries: [string, Json][] = [];
    for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(part))) {
      if (!property.enumerable || ('value' in property && property.value === undefined)) continue;
      const below = `${pointer}/${escapePointer(key)}`;
      if ('value' in property) entries.push([key, copy(property.value, below, depth + 1)]);
      else findings.push(mismatch(below, 'JSON', 'a getter'));
    }
    return Object.fromEntries(entries);
  }
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // An object of another realm has another Object.prototype, whose own prototype is null as well.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return value === undefined ? 'nothing' : `a ${typeof value}`;
  const maker: unknown = Reflect.get(value, 'constructor');
  return `an instance of ${typeof maker === 'function' ? maker.name : 'a class'}`;
}
