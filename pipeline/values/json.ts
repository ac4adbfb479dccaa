/** Plain JSON: the only kind of value that crosses a boundary, stands in the context, or is seen by an expression. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type JsonObject = { [key: string]: Json };

/** A JSON Schema 2020-12 document, restricted to the keywords that `pipeline/schema` accepts. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
