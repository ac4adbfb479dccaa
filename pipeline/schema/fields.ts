import { isObject, type JsonObject, type JsonSchema } from '../values/json.js';

/** The fields that a closed object schema knows; null when no field is unknown. Closed unless it sets `additionalProperties`. */
export function knownFields(schema: JsonSchema | undefined): readonly string[] | null {
  if (!isObject(schema)) return null;
  const additional = schema['additionalProperties'];
  if (additional !== undefined && additional !== false) return null;
  return isObject(schema['properties']) ? Object.keys(schema['properties']) : [];
}

/** The defaults of a schema's own properties. */
export function schemaDefaults(schema: JsonSchema | undefined): JsonObject {
  const properties = isObject(schema) && isObject(schema['properties']) ? schema['properties'] : {};
  const defaults = Object.entries(properties).flatMap(([name, property]) =>
    isObject(property) && property['default'] !== undefined ? [[name, property['default']] as const] : [],
  );
  return Object.fromEntries(defaults);
}
