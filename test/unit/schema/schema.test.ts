import { describe, expect, it } from '@jest/globals';
import { checkSchema } from '../../../pipeline/schema/check-schema.js';
import { knownFields, schemaDefaults } from '../../../pipeline/schema/fields.js';
import { formatViolations, validate } from '../../../pipeline/schema/validate.js';
import type { Json, JsonSchema } from '../../../pipeline/values/json.js';

describe('violations', () => {
  it.each<[JsonSchema, Json, string]>([
    [{ type: 'string' }, 1, '$: expected string, got number'],
    [{ type: ['string', 'null'] }, [], '$: expected string or null, got array'],
    [{ type: 'integer' }, 1.5, '$: expected integer, got number'],
    [{ type: 'integer' }, 3.0, ''],
    [{ type: 'number' }, 3, ''],
    [{ type: 'object' }, null, '$: expected object, got null'],
    [{ enum: ['a', { b: 1 }] }, { b: 1 }, ''],
    [{ enum: ['a', 1] }, 'b', '$: must be one of ["a",1]'],
    [{ const: { a: 1 } }, { a: 2 }, '$: must be {"a":1}'],
    [{ required: ['a', 'b-c'] }, {}, '$.a: is required; $["b-c"]: is required'],
    [{ properties: { a: { type: 'string' } } }, { a: 1 }, '$.a: expected string, got number'],
    [{ properties: { a: true }, additionalProperties: false }, { a: 1, x: 1, y: 2 }, '$.x: is not allowed; $.y: is not allowed'],
    [{ additionalProperties: { type: 'number' } }, { a: 'x' }, '$.a: expected number, got string'],
    [{ items: { type: 'number' } }, [1, 'a', 'b'], '$[1]: expected number, got string; $[2]: expected number, got string'],
    [{ prefixItems: [{ type: 'string' }], items: false }, ['a', 1], '$[1]: is not allowed'],
    [{ prefixItems: [{ type: 'string' }, true] }, [1], '$[0]: expected string, got number'],
    [{ minItems: 2 }, [1], '$: must have at least 2 elements'],
    [{ maxItems: 0 }, [1], '$: must have at most 0 elements'],
    [
      { uniqueItems: true },
      [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
      '$: must be unique',
    ],
    [{ uniqueItems: false }, [1, 1], ''],
    [{ minLength: 2 }, '😀', '$: must have at least 2 characters'],
    [{ maxLength: 1 }, 'ab', '$: must have at most 1 characters'],
    [{ pattern: '^a' }, 'b', '$: does not match ^a'],
    [{ minimum: 2 }, 1, '$: must be >= 2'],
    [{ maximum: 2 }, 3, '$: must be <= 2'],
    [{ exclusiveMinimum: 2 }, 2, '$: must be > 2'],
    [{ exclusiveMaximum: 2 }, 2, '$: must be < 2'],
    [{ multipleOf: 0.1 }, 0.3, ''],
    [{ multipleOf: 2 }, 3, '$: must be a multiple of 2'],
    [{ minProperties: 1 }, {}, '$: must have at least 1 keys'],
    [{ maxProperties: 0 }, { a: 1 }, '$: must have at most 0 keys'],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 1, '$: matches no alternative'],
    [{ oneOf: [{ type: 'string' }, { type: 'null' }] }, 1, '$: matches no alternative'],
    [{ oneOf: [{ type: 'number' }, { minimum: 0 }] }, 1, '$: matches 2 alternatives'],
    [{ allOf: [{ minimum: 2 }, { maximum: 0 }] }, 1, '$: must be >= 2; $: must be <= 0'],
    [{ not: { type: 'number' } }, 1, '$: must not match'],
    [{ $ref: '#/$defs/n', $defs: { n: { type: 'string' } } }, 1, '$: expected string, got number'],
    [
      { $ref: '#/$defs/node', $defs: { node: { properties: { next: { $ref: '#/$defs/node' } }, required: ['v'] } } },
      { v: 1, next: { next: {} } },
      '$.next.next.v: is required; $.next.v: is required',
    ],
    [{ format: 'email', title: 'x', description: 'y' }, 1, ''],
    [false, 1, '$: is not allowed'],
    [true, 1, ''],
    [
      {
        minLength: 1,
        minimum: 1,
        minItems: 1,
        minProperties: 1,
        required: ['a'],
        properties: {},
        items: false,
        prefixItems: [],
        uniqueItems: true,
        pattern: 'x',
        additionalProperties: false,
      },
      true,
      '',
    ],
    [{ properties: { constructor: { type: 'string' } }, required: ['toString'] }, {}, '$.toString: is required'],
  ])('%j of %j', (schema, value, text) => expect(formatViolations(validate(schema, value))).toBe(text));

  it('stand in the order of the schema', () => {
    const schema = { required: ['b'], properties: { a: { type: 'string' } }, type: 'array' };
    expect(validate(schema, { a: 1 }).map(({ path }) => path)).toEqual(['$.b', '$.a', '$']);
  });
});

describe('a schema', () => {
  it.each<unknown>([
    true,
    {},
    { type: 'object', properties: { a: { type: ['string', 'null'], minLength: 1 } }, required: ['a'], additionalProperties: false },
    { title: 'x', default: 1, $comment: 'c', format: 'date', examples: [] },
    { $defs: { n: { type: 'number' } }, items: { $ref: '#/$defs/n' }, not: false, anyOf: [true] },
    { const: null },
  ])('%j is accepted', (schema) => expect(checkSchema(schema, { allowPattern: false })).toEqual([]));

  it.each<[unknown, string, string]>([
    ['text', '', 'a JSON Schema (an object, true or false)'],
    [{ type: 'text' }, '/type', 'a type (array, boolean, integer, null, number, object, string) or a list of them'],
    [{ type: [] }, '/type', 'a type (array, boolean, integer, null, number, object, string) or a list of them'],
    [{ enum: [] }, '/enum', 'a list with at least one value'],
    [{ required: [1] }, '/required', 'a list of names'],
    [{ minItems: -1 }, '/minItems', 'a whole number >= 0'],
    [{ minimum: '1' }, '/minimum', 'a number'],
    [{ multipleOf: 0 }, '/multipleOf', 'a number > 0'],
    [{ uniqueItems: 1 }, '/uniqueItems', 'true or false'],
    [{ properties: [] }, '/properties', 'schemas by name'],
    [{ properties: { 'a/b': 1 } }, '/properties/a~1b', 'a JSON Schema (an object, true or false)'],
    [{ anyOf: [] }, '/anyOf', 'a list of schemas'],
    [{ items: 1 }, '/items', 'a JSON Schema (an object, true or false)'],
    [{ $ref: 'http://x' }, '/$ref', "a reference to '#/$defs/…'"],
    [{ $ref: '#/$defs/none' }, '/$ref', "a definition 'none' in $defs"],
    [{ $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } }, '/$defs/a/$ref', "a reference to '#/$defs/…'"],
    [{ pattern: 'x' }, '/pattern', 'a schema without pattern here'],
    [{ if: true }, '/if', 'a supported keyword'],
    [{ patternProperties: {} }, '/patternProperties', 'a supported keyword'],
  ])('%j is refused', (schema, pointer, expected) =>
    expect(checkSchema(schema, { allowPattern: false })[0]).toMatchObject({ pointer, expected }),
  );

  it('may use pattern where a worker checks it, if it is one', () => {
    expect(checkSchema({ pattern: '^a$' }, { allowPattern: true })).toEqual([]);
    expect(checkSchema({ pattern: '(' }, { allowPattern: true })[0]).toMatchObject({ expected: 'a regular expression' });
    expect(checkSchema({ pattern: 1 }, { allowPattern: true })[0]).toMatchObject({ expected: 'a regular expression' });
  });

  it('has a bounded depth', () => {
    let schema: unknown = {};
    for (let n = 0; n < 100; n++) schema = { not: schema };
    expect(checkSchema(schema, { allowPattern: false })[0]).toMatchObject({
      expected: 'a schema at most 64 levels deep',
      got: 'a deeper one',
    });
  });
});

describe('fields of a context schema', () => {
  it('are known unless it says otherwise', () => {
    expect(knownFields(undefined)).toBeNull();
    expect(knownFields({ properties: { a: true } })).toEqual(['a']);
    expect(knownFields({ properties: { a: true }, additionalProperties: false })).toEqual(['a']);
    expect(knownFields({ properties: { a: true }, additionalProperties: true })).toBeNull();
    expect(knownFields({})).toEqual([]);
  });

  it('have defaults', () => {
    expect(schemaDefaults({ properties: { a: { default: 1 }, b: { default: null }, c: {}, d: true } })).toEqual({ a: 1, b: null });
    expect(schemaDefaults(true)).toEqual({});
  });
});
