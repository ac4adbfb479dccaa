import { expect, it } from '@jest/globals';
import { Validator, type Schema } from '@cfworker/json-schema';
import fc from 'fast-check';
import { checkSchema } from '../../../pipeline/schema/check-schema.js';
import { validate } from '../../../pipeline/schema/validate.js';
import type { Json } from '../../../pipeline/values/json.js';

/** Small worlds, so that schemas and values often meet. */
const name = fc.constantFrom('a', 'b', 'constructor');
const value = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<Json>(null, true, false, 0, 1, 2, 1.5, -3, '', 'a', 'ab', 'abc'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

const schema = fc.letrec<{ schema: object | boolean }>((tie) => {
  const one = tie('schema');
  const several = fc.array(one, { minLength: 1, maxLength: 3 });
  const count = fc.integer({ min: 0, max: 3 });
  const number = fc.constantFrom(-1, 0, 1, 1.5, 2);
  const type = fc.constantFrom('array', 'boolean', 'integer', 'null', 'number', 'object', 'string');
  return {
    schema: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.boolean(),
      fc.constantFrom({ $ref: '#/$defs/list' }, { $ref: '#/$defs/text' }),
      fc.record(
        {
          ...{ type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })), enum: fc.array(value, { minLength: 1, maxLength: 3 }) },
          ...{ const: value, required: fc.uniqueArray(name, { maxLength: 2 }), properties: fc.dictionary(name, one, { maxKeys: 2, noNullPrototype: true }) },
          ...{ additionalProperties: one, items: one, prefixItems: several, minItems: count, maxItems: count, uniqueItems: fc.boolean() },
          ...{ minLength: count, maxLength: count, pattern: fc.constantFrom('^a', 'b$', '^.{2}$') },
          ...{ minimum: number, maximum: number, exclusiveMinimum: number, exclusiveMaximum: number, multipleOf: fc.constantFrom(0.5, 1, 2) },
          ...{ minProperties: count, maxProperties: count, anyOf: several, oneOf: several, allOf: several, not: one },
        },
        { requiredKeys: [], noNullPrototype: true },
      ).map((all) => Object.fromEntries(Object.entries(all).filter((_, index) => (index * 7 + Object.keys(all).length) % 5 === 0))),
    ),
  };
}).schema; // prettier-ignore

const $defs = { list: { type: 'array', items: { $ref: '#/$defs/text' } }, text: { type: 'string', minLength: 1 } };

it('says of any value what another implementation says', () => {
  const verdicts = new Set<boolean>();
  fc.assert(
    fc.property(schema, value, (part, candidate) => {
      const whole = { $defs, allOf: [part] };
      expect(checkSchema(whole, { allowPattern: true })).toEqual([]);
      const isValid = validate(whole, candidate).length === 0;
      verdicts.add(isValid);
      expect(isValid).toBe(new Validator(whole as Schema, '2020-12', false).validate(candidate).valid); // its type knows no booleans inside
    }),
    { numRuns: 1500 },
  );
  expect(verdicts.size).toBe(2);
});
