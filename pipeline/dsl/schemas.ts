import type { JsonSchema } from '../values/json.js';

/** A JSON Schema, or what can say itself as one: a zod 4 schema. */
export type SchemaSource = JsonSchema | JsonSchemaMaker;
interface JsonSchemaMaker {
  toJSONSchema(options?: { readonly io?: 'input' | 'output' }): object;
}

/** The keys of a step, agent or pipeline that hold a schema. */
type SchemaKey = 'inputSchema' | 'outputSchema' | 'contextSchema' | 'form';

/** The same options, where a schema may be given in either form. */
export type WithSchemas<T> = { [K in keyof T]: K extends SchemaKey ? SchemaSource | Extract<T[K], null | undefined> : T[K] };

const SCHEMA_KEYS: readonly string[] = ['inputSchema', 'outputSchema', 'contextSchema', 'form'] satisfies SchemaKey[];

/**
 * The part of a document that options describe, frozen. A schema that was given by a library is written as JSON Schema of what arrives,
 * before that library's defaults and transforms.
 */
export function write<T extends object>(options: WithSchemas<T>): Readonly<T> {
  const entries = Object.entries(options).map(([key, value]): [string, unknown] => [
    key,
    SCHEMA_KEYS.includes(key) ? writeSchema(value) : value,
  ]);
  // Every schema is now JSON Schema, which is all that `T` and its options differ in.
  return Object.freeze(Object.fromEntries(entries) as T);
}

function writeSchema(schema: unknown): unknown {
  if (!isMaker(schema)) return schema;
  // zod hangs its Standard Schema interface on the result; only what is JSON is the schema, and its dialect is the one that is understood.
  return JSON.parse(JSON.stringify({ ...schema.toJSONSchema({ io: 'input' }), $schema: undefined }));
}

function isMaker(schema: unknown): schema is JsonSchemaMaker {
  return typeof schema === 'object' && schema !== null && 'toJSONSchema' in schema && typeof schema.toJSONSchema === 'function';
}
