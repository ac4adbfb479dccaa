import { isObject, type Json, type JsonObject, type JsonSchema } from '../values/json.js';
import { joinKey } from '../values/boundary.js';
import { canonicalJson } from '../values/canonical.js';
import { Decimal } from '../values/decimal.js';
import { definitionName, definitionsOf } from './references.js';

/** One thing that is wrong with a value, in the order of the schema. `path` starts at `$`. */
export interface Violation {
  readonly path: string;
  readonly violation: string;
}

/** `{path}: {violation}; …` */
export function formatViolations(violations: readonly Violation[]): string {
  return violations.map(({ path, violation }) => `${path}: ${violation}`).join('; ');
}

/**
 * Checks a value against a schema that `checkSchema` has accepted. JSON Schema 2020-12, the keywords of `KEYWORDS`; others are ignored.
 * At most `MAX_VIOLATIONS` are told.
 * No code is generated and recursion is bounded by the value's depth, so it is the same in the workflow sandbox, at the worker and in clients.
 */
export function validate(schema: JsonSchema, value: Json): Violation[] {
  return new Check(schema).at(schema, value, '$', 0);
}

/** Nested keywords, for the sake of the stack; what lies deeper is a violation, since nobody has looked at it. */
const MAX_DEPTH = 512;

const MAX_VIOLATIONS = 1_000;

/** Those of all parts in order, until there are enough: a list may hold hundreds of thousands of wrong elements. */
function gather<T>(parts: readonly T[], violationsOf: (part: T, index: number) => Violation[]): Violation[] {
  const all: Violation[] = [];
  for (let index = 0; index < parts.length && all.length < MAX_VIOLATIONS; index++) {
    const violations = violationsOf(parts[index]!, index);
    if (violations.length > 0) all.push(...violations);
  }
  return all.length > MAX_VIOLATIONS ? all.slice(0, MAX_VIOLATIONS) : all;
}

type Keyword = (check: Check, argument: never, value: Json, path: string, depth: number, schema: JsonObject) => Violation[];

class Check {
  readonly #root: JsonSchema;
  /**
   * What each reference means, and what that said of each place.
   * Without it, alternatives that refer to one another double the work with every level of the value.
   */
  readonly #references = new Map<string, { readonly schema: unknown; readonly said: Map<string, Violation[]> }>();

  constructor(root: JsonSchema) {
    this.#root = root;
  }

  at(schema: unknown, value: Json, path: string, depth: number): Violation[] {
    if (schema === true) return [];
    if (schema === false || depth > MAX_DEPTH) return [{ path, violation: 'is not allowed' }];
    const keywords = schema as JsonObject;
    return gather(Object.keys(keywords), (name) => {
      const keyword = Object.hasOwn(KEYWORDS, name) ? KEYWORDS[name] : undefined;
      return keyword ? keyword(this, keywords[name] as never, value, path, depth + 1, keywords) : [];
    });
  }

  isValid(schema: unknown, value: Json, path: string, depth: number): boolean {
    return this.at(schema, value, path, depth).length === 0;
  }

  refer(reference: string, value: Json, path: string, depth: number): Violation[] {
    const { schema, said } = this.#resolve(reference);
    const before = said.get(path);
    if (before) return before;
    const violations = this.at(schema, value, path, depth);
    said.set(path, violations);
    return violations;
  }

  #resolve(reference: string) {
    const known = this.#references.get(reference);
    if (known) return known;
    const name = definitionName(this.#root, reference);
    // Nothing passes a definition that isn't there.
    const resolved = { schema: name !== null && definitionsOf(this.#root)[name], said: new Map<string, Violation[]>() };
    this.#references.set(reference, resolved);
    return resolved;
  }
}

const found = (isFine: boolean, path: string, violation: string): Violation[] => (isFine ? [] : [{ path, violation }]);

function jsonType(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** A number without fraction is an integer. */
function hasType(value: Json, type: string): boolean {
  return type === 'integer' ? Number.isInteger(value) : jsonType(value) === type;
}

const equal = (a: Json, b: Json) => a === b || canonicalJson(a) === canonicalJson(b);

function bound(
  measure: (value: Json) => number | null,
  isFine: (size: number, limit: number) => boolean,
  text: (limit: number) => string,
): Keyword {
  return (_, limit: number, value, path) => {
    const size = measure(value);
    return size === null ? [] : found(isFine(size, limit), path, text(limit));
  };
}

const number = (value: Json) => (typeof value === 'number' ? value : null);
const characters = (value: Json) => (typeof value === 'string' ? [...value].length : null);
const elements = (value: Json) => (Array.isArray(value) ? value.length : null);
const keys = (value: Json) => (isObject(value) ? Object.keys(value).length : null);
const atLeast = (size: number, limit: number) => size >= limit;
const atMost = (size: number, limit: number) => size <= limit;

/** By decimal text, since 0.3 % 0.1 is not 0 in doubles. */
const isMultiple = (value: number, of: number) => new Decimal(value).mod(of).isZero();

const KEYWORDS: { readonly [name: string]: Keyword } = {
  type: (_, type: string | string[], value, path) => {
    const types = Array.isArray(type) ? type : [type];
    return found(
      types.some((each) => hasType(value, each)),
      path,
      `expected ${types.join(' or ')}, got ${jsonType(value)}`,
    );
  },
  enum: (_, values: Json[], value, path) =>
    found(
      values.some((each) => equal(each, value)),
      path,
      `must be one of ${JSON.stringify(values)}`,
    ),
  const: (_, constant: Json, value, path) => found(equal(constant, value), path, `must be ${JSON.stringify(constant)}`),
  required: (_, names: string[], value, path) =>
    isObject(value) ? names.flatMap((name) => found(Object.hasOwn(value, name), joinKey(path, name), 'is required')) : [],
  properties: (check, schemas: JsonObject, value, path, depth) =>
    isObject(value)
      ? gather(Object.keys(schemas), (name) =>
          Object.hasOwn(value, name) ? check.at(schemas[name], value[name]!, joinKey(path, name), depth) : [],
        )
      : [],
  additionalProperties: (check, schema: JsonSchema, value, path, depth, { properties }) => {
    if (!isObject(value)) return [];
    const known = isObject(properties) ? properties : {};
    const others = Object.keys(value).filter((name) => !Object.hasOwn(known, name));
    return gather(others, (name) => check.at(schema, value[name]!, joinKey(path, name), depth));
  },
  items: (check, schema: JsonSchema, value, path, depth, { prefixItems }) => {
    const first = Array.isArray(prefixItems) ? prefixItems.length : 0;
    return Array.isArray(value) ? gather(value.slice(first), (item, n) => check.at(schema, item, `${path}[${n + first}]`, depth)) : [];
  },
  prefixItems: (check, schemas: JsonSchema[], value, path, depth) =>
    Array.isArray(value)
      ? gather(schemas, (schema, n) => (n < value.length ? check.at(schema, value[n]!, `${path}[${n}]`, depth) : []))
      : [],
  minItems: bound(elements, atLeast, (limit) => `must have at least ${limit} elements`),
  maxItems: bound(elements, atMost, (limit) => `must have at most ${limit} elements`),
  uniqueItems: (_, isWanted: boolean, value, path) =>
    found(!isWanted || !Array.isArray(value) || new Set(value.map(canonicalJson)).size === value.length, path, 'must be unique'),
  minLength: bound(characters, atLeast, (limit) => `must have at least ${limit} characters`),
  maxLength: bound(characters, atMost, (limit) => `must have at most ${limit} characters`),
  pattern: (_, pattern: string, value, path) =>
    found(typeof value !== 'string' || new RegExp(pattern, 'u').test(value), path, `does not match ${pattern}`),
  minimum: bound(number, atLeast, (limit) => `must be >= ${limit}`),
  maximum: bound(number, atMost, (limit) => `must be <= ${limit}`),
  exclusiveMinimum: bound(
    number,
    (size, limit) => size > limit,
    (limit) => `must be > ${limit}`,
  ),
  exclusiveMaximum: bound(
    number,
    (size, limit) => size < limit,
    (limit) => `must be < ${limit}`,
  ),
  multipleOf: bound(number, isMultiple, (limit) => `must be a multiple of ${limit}`),
  minProperties: bound(keys, atLeast, (limit) => `must have at least ${limit} keys`),
  maxProperties: bound(keys, atMost, (limit) => `must have at most ${limit} keys`),
  anyOf: (check, schemas: JsonSchema[], value, path, depth) =>
    found(
      schemas.some((schema) => check.isValid(schema, value, path, depth)),
      path,
      'matches no alternative',
    ),
  oneOf: (check, schemas: JsonSchema[], value, path, depth) => {
    const count = schemas.filter((schema) => check.isValid(schema, value, path, depth)).length;
    return found(count === 1, path, count === 0 ? 'matches no alternative' : `matches ${count} alternatives`);
  },
  allOf: (check, schemas: JsonSchema[], value, path, depth) => gather(schemas, (schema) => check.at(schema, value, path, depth)),
  not: (check, schema: JsonSchema, value, path, depth) => found(!check.isValid(schema, value, path, depth), path, 'must not match'),
  $ref: (check, reference: string, value, path, depth) => check.refer(reference, value, path, depth),
};
