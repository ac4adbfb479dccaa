import { describe, expect, it } from '@jest/globals';
import { checkSchema } from '../../../pipeline/schema/check-schema.js';
import { formatViolations, validate } from '../../../pipeline/schema/validate.js';
import type { Json, JsonSchema } from '../../../pipeline/values/json.js';

const faults = (schema: unknown) => checkSchema(schema, { allowPattern: false }).map(({ pointer, got }) => `${pointer}: ${got}`);
const to = (name: string) => ({ $ref: `#/$defs/${name}` });

describe('a reference', () => {
  it.each([
    ['a%20b', 'a b'],
    ['a%', 'a%'],
    ['a%20b', 'a%20b'],
    ['a~1b~0c', 'a/b~c'],
    ['__proto__', '__proto__'],
    ['constructor', 'constructor'],
  ])('to %s finds %s, when checked and when used', (written, name) => {
    const schema = { ...to(written), $defs: Object.fromEntries([[name, { type: 'string' }]]) };
    expect(faults(schema)).toEqual([]);
    expect(formatViolations(validate(schema, 1))).toBe('$: expected string, got number');
  });

  it.each(['toString', '__proto__', 'a/properties/b', '%zz'])('to %s finds nothing that is not there', (name) => {
    const schema = { ...to(name), $defs: { a: { properties: { b: {} } } } };
    expect(faults(schema)).toEqual(['/$ref: none']);
    expect(formatViolations(validate(schema, 1))).toBe('$: is not allowed');
  });

  it.each<[string, unknown]>([
    ['allOf', { allOf: [to('a')] }],
    ['anyOf', { anyOf: [{ type: 'string' }, to('a')] }],
    ['oneOf inside not', { not: { oneOf: [to('a')] } }],
    ['another definition', to('b')],
  ])('must not come back to itself through %s', (_, a) => {
    expect(faults({ ...to('a'), $defs: { a, b: to('a') } })).toContain("/$ref: a circle through 'a'");
  });

  it('may come back to itself inside the value', () => {
    const node = { anyOf: [{ type: 'null' }, { properties: { next: to('node') }, additionalProperties: to('node'), items: to('node') }] };
    expect(faults({ ...to('node'), $defs: { node } })).toEqual([]);
  });

  it('must not lead through more than 64 levels for one value', () => {
    const chain = (length: number) => ({
      ...to('d0'),
      $defs: Object.fromEntries(Array.from({ length }, (_, index) => [`d${index}`, index === length - 1 ? {} : to(`d${index + 1}`)])),
    });
    expect(faults(chain(60))).toEqual([]);
    expect(faults(chain(70))).toContain('/$ref: a longer chain of references');
    expect(faults(chain(20_000))).toContain('/$ref: a longer chain of references');
  });
});

describe('the work of a check is bounded', () => {
  const doubling = (last: JsonSchema) => ({
    ...to('d0'),
    $defs: Object.fromEntries(
      Array.from({ length: 31 }, (_, index) => [`d${index}`, index === 30 ? last : { allOf: [to(`d${index + 1}`), to(`d${index + 1}`)] }]),
    ),
  });

  it('when definitions refer to each other 2^30 times', () => {
    expect(faults(doubling({ type: 'string' }))).toEqual([]);
    expect(validate(doubling({ type: 'string' }), 'x')).toEqual([]);
    expect(validate(doubling({ type: 'string' }), 1)).toHaveLength(1_000);
  });

  it('when alternatives double with every level of the value', () => {
    const a = { type: 'object', properties: { next: { anyOf: [to('a'), to('b')] } } };
    let value: Json = 1;
    for (let level = 0; level < 60; level++) value = { next: value };
    expect(formatViolations(validate({ ...to('a'), $defs: { a, b: a } }, value))).toBe('$.next: matches no alternative');
  });

  it('when there is no end to what is wrong', () => {
    const violations = validate({ items: { type: 'string' } }, new Array<number>(200_000).fill(0));
    expect(violations).toHaveLength(1_000);
    expect(violations.at(-1)).toEqual({ path: '$[999]', violation: 'expected string, got number' });
  });

  it('and what nobody looked at is not allowed', () => {
    const a = { allOf: [{ allOf: [{ allOf: [{ allOf: [{ allOf: [{ allOf: [{ allOf: [{ items: to('a') }] }] }] }] }] }] }] };
    let value: Json = [];
    for (let level = 0; level < 62; level++) value = [value];
    expect(formatViolations(validate({ ...to('a'), $defs: { a } }, value))).toMatch(/^\$(\[0\])+: is not allowed$/);
  });
});

it.each([
  [9007199254740991, 2, false],
  [2251799813685249.5, 1, false],
  [19.99, 0.01, true],
  [0.0075, 0.0001, true],
  [1e300, 1e-7, true],
  [1e-7, 1e300, false],
  [0, 3, true],
  [-9, 3, true],
])('%d is a multiple of %d: %s', (value, of, is) => expect(validate({ multipleOf: of }, value).length === 0).toBe(is));
