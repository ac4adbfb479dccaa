import { roleBelow, roleOfItems } from '../ir/roles.js';
import type { Role } from '../ir/roles.js';
import type { Json, JsonObject } from '../values/json.js';
import { isObject } from '../values/json.js';

/** A compiled pipeline as the document it was: each `{source, ast}` is its text again. A document stays as it is. */
export function toTexts(document: Json): Json {
  return restore(document, 'language');
}

function restore(part: Json, role: Role): Json {
  if (role === 'data') return part;
  if (Array.isArray(part)) return part.map((item) => restore(item, roleOfItems(role)));
  if (!isObject(part)) return part;
  if (role === 'language' && isCompiled(part)) return part['source'];
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, restore(value, roleBelow(role, key))]));
}

function isCompiled(part: JsonObject): part is JsonObject & { source: string } {
  return Object.keys(part).length === 2 && typeof part['source'] === 'string' && Object.hasOwn(part, 'ast');
}
