import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ExpressionError, evaluate } from '../../../pipeline/expression/evaluate.js';
import { FUNCTIONS, METHODS } from '../../../pipeline/expression/signatures.js';
import { parseExpression } from '../../../pipeline/expression/parse.js';
import { parseTemplate } from '../../../pipeline/expression/parse-template.js';
import { renderValue } from '../../../pipeline/expression/render.js';
import type { Json } from '../../../pipeline/values/json.js';

/** Sources in the grammar, whatever their types. */
const expression = fc.letrec<{ e: string }>((tie) => {
  const e = tie('e');
  const method = fc.constantFrom(...Object.entries(METHODS));
  const key = fc.constantFrom('a', 'b', '__proto__', 'constructor', 'output');
  return {
    e: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('null', 'true', 'false', '0', '1', '2.5', '1e300', '""', '"a"', "'ab'", 'input', 'context', 'x', '[]', '{}', '[1, 2]'),
      fc.tuple(e, fc.constantFrom('+', '-', '*', '/', '%', '==', '!=', '<', '<=', '>', '>=', 'in', '&&', '||'), e).map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc.tuple(e, fc.constantFrom('.', '.?'), key).map(([a, dot, name]) => `(${a})${dot}${name}`),
      fc.tuple(e, e).map(([a, b]) => `(${a})[${b}]`),
      fc.tuple(e, key).map(([a, name]) => `has((${a}).${name})`),
      fc.tuple(fc.constantFrom('!', '-'), e).map(([sign, a]) => `${sign}(${a})`),
      fc.tuple(e, e, e).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
      fc.tuple(fc.constantFrom(...Object.keys(FUNCTIONS).filter((name) => name !== 'has')), e).map(([name, a]) => `${name}(${a})`),
      fc.tuple(e, method, e).map(([a, [name, count], b]) => `(${a}).${name}(${count === 1 ? b : ''})`),
      fc.tuple(e, fc.constantFrom('all', 'exists', 'filter', 'map'), fc.constantFrom('x', 'input'), e).map(([a, name, variable, b]) => `(${a}).${name}(${variable}, ${b})`),
      fc.tuple(e, e).map(([a, b]) => `[${a}, ${b}]`),
      fc.tuple(key, e, e).map(([name, a, b]) => `{"${name}": ${a}, (${b}): 1}`),
    ),
  };
}).e; // prettier-ignore

/** The text of what comes out, of a value or of the one kind of error there is. */
function textOf(make: () => unknown): string {
  try {
    return JSON.stringify(make());
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return `error: ${error.message}`;
  }
}

it('every source of the grammar parses and gives plain JSON or an error, twice the same, and touches nothing', () => {
  const outcomes = { values: 0, errors: 0 };
  fc.assert(
    fc.property(expression, fc.jsonValue(), (source, input) => {
      const { ast, findings } = parseExpression(source);
      const isTooComplex = findings.every(({ code }) => code === 'V-E4');
      expect(isTooComplex).toBe(true);
      if (!ast) return;
      const names = { input: input as Json, context: { a: [1, { b: 'x' }], output: 'a' }, x: 1 };
      const before = JSON.stringify(names);
      const text = textOf(() => evaluate(ast, names));
      outcomes[text.startsWith('error') ? 'errors' : 'values']++;
      expect(textOf(() => evaluate(JSON.parse(JSON.stringify(ast)) as typeof ast, names))).toBe(text);
      expect(JSON.stringify(names)).toBe(before);
      expect(text.startsWith('error') || text === JSON.stringify(JSON.parse(text))).toBe(true);

      const template = parseTemplate(`{{ ${source} }}`).ast!;
      const value = textOf(() => renderValue(template, names, 'strict').value);
      const isMissing = text.startsWith('error: No such key');
      if (isMissing) expect(value).toMatch(/^error: Undefined template variable/);
      else expect(value).toBe(text);
    }),
    { numRuns: 3000 },
  );
  expect(Math.min(outcomes.values, outcomes.errors)).toBeGreaterThan(100);
  expect(Object.keys(Object.prototype)).toEqual([]);
});
