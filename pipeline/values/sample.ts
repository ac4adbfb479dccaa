import { isObject, type Json, type JsonObject } from './json.js';

/** Forms of people are shallow; a schema that refers to itself ends here. */
const MAX_DEPTH = 8;

/** A value that shows the shape of a schema: its default, constant or first choice, else what is required of its type. Yes to a yes or no. */
export function sampleOf(schema: Json, depth = 0): Json {
  if (!isObject(schema) || depth > MAX_DEPTH) return true;
  if (schema['default'] !== undefined) return schema['default'];
  if (schema['const'] !== undefined) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0] ?? null;
  if (isObject(schema['properties'])) return sampleOfObject(schema, schema['properties'], depth);
  const type = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  switch (type) {
    case 'string':
      return 'ok';
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 1;
    case 'array':
      return isObject(schema['items']) && Number(schema['minItems'] ?? 0) > 0 ? [sampleOf(schema['items'], depth + 1)] : [];
    case 'object':
      return {};
    case 'null':
      return null;
    default:
      return true;
  }
}

function sampleOfObject(schema: JsonObject, properties: JsonObject, depth: number): Json {
  const required = Array.isArray(schema['required']) ? schema['required'] : Object.keys(properties);
  const shown = Object.entries(properties).filter(([name]) => required.includes(name));
  return Object.fromEntries(shown.map(([name, property]) => [name, sampleOf(property, depth + 1)]));
}
