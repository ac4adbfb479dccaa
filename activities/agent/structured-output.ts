import { jsonrepair } from 'jsonrepair';
import type { Json, JsonSchema } from '../../pipeline/values/json.js';
import { isObject } from '../../pipeline/values/json.js';

/**
 * How a model is asked for JSON, from the surest to the plainest: its own schema parameter, its JSON mode with the schema in the
 * prompt, the prompt alone. Whatever comes back is validated all the same.
 */
export const STRUCTURED_MODES = ['schema', 'json', 'prompt'] as const;
export type StructuredMode = (typeof STRUCTURED_MODES)[number];

/** The modes to try in order. Only a schema of an object can be asked for as JSON of a provider. */
export function modesFor(schema: JsonSchema, start: StructuredMode): readonly StructuredMode[] {
  if (!isObject(schema) || schema['type'] !== 'object') return ['prompt'];
  return STRUCTURED_MODES.slice(STRUCTURED_MODES.indexOf(start));
}

/** Whether a provider may be told to hold the schema strictly: every object in it closed and all its properties required. */
export function isStrict(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict);
  if (!isObject(schema)) return true;
  if (schema['type'] === 'object' || isObject(schema['properties'])) {
    const required = Array.isArray(schema['required']) ? schema['required'] : [];
    const properties = isObject(schema['properties']) ? Object.keys(schema['properties']) : [];
    if (schema['additionalProperties'] !== false || !properties.every((key) => required.includes(key))) return false;
  }
  return Object.values(schema).every(isStrict);
}

/** What the prompt says where the schema goes with it. */
export function schemaInstruction(schema: JsonSchema): string {
  return `Answer with JSON only, without any other text. It must match this JSON Schema:\n${JSON.stringify(schema)}`;
}

/** A reading of a model's text: `repaired` when it was not JSON as it stood. */
export interface Reading {
  readonly value: Json;
  readonly repaired: boolean;
}

/** The values that a text may stand for, best first: itself as JSON, the text, what can be cut out of it or repaired. */
export function* readings(text: string): Generator<Reading> {
  const exact = parse(text);
  if (exact !== undefined) yield { value: exact, repaired: false };
  yield { value: text, repaired: false };
  if (exact !== undefined || text.length > MAX_REPAIRED_CHARACTERS) return;
  const part = extract(text);
  const cut = parse(part);
  if (cut !== undefined) yield { value: cut, repaired: true };
  else if (/^\s*[[{]/.test(part)) {
    const repaired = repair(part);
    if (repaired !== undefined) yield { value: repaired, repaired: true };
  }
}

const MAX_REPAIRED_CHARACTERS = 1024 * 1024;

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(keepExactNumbers(text)) as Json; // JSON.parse makes nothing else
  } catch {
    return undefined;
  }
}

const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Numbers that would come out as another one or as infinite become texts: a schema refuses them, nothing alters them silently. */
function keepExactNumbers(text: string): string {
  if (!/\d{16}|[eE]\+?\d{2}/.test(text)) return text;
  return text.replace(STRING_OR_NUMBER, (token) => (token.startsWith('"') || isExact(token) ? token : `"${token}"`));
}

function isExact(token: string): boolean {
  const value = Number(token);
  if (!Number.isFinite(value)) return false;
  return !/^-?\d+$/.test(token) || Number.isSafeInteger(value) || BigInt(value) === BigInt(token);
}

function repair(text: string): Json | undefined {
  try {
    return parse(jsonrepair(text));
  } catch {
    // Beyond repair, or nested deeper than the repairer's stack.
    return undefined;
  }
}

/** The content of the first closed fence, else from the first bracket to the one that closes it, or to the end when none does. */
export function extract(text: string): string {
  const open = text.indexOf('```');
  const body = open < 0 ? -1 : text.indexOf('\n', open);
  const close = body < 0 ? -1 : text.indexOf('```', body);
  if (close >= 0) return text.slice(body + 1, close).trim();
  const start = text.search(/[[{]/);
  if (start < 0) return text;
  let depth = 0;
  let isInString = false;
  for (let i = start; i < text.length; i++) {
    const char = text[i];
    if (isInString) {
      if (char === '\\') i++;
      else if (char === '"') isInString = false;
    } else if (char === '"') isInString = true;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && --depth === 0) return text.slice(start, i + 1);
  }
  return text.slice(start);
}
