import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseExpression } from '../../../pipeline/expression/parse.js';
import { parseTemplate } from '../../../pipeline/expression/parse-template.js';

const first = (source: string) => parseExpression(source).findings[0];

describe('findings of an expression', () => {
  it.each<[string, string, string, number]>([
    ['1 +', 'V-E1', 'unexpected end, expected a value', 3],
    ['', 'V-E1', 'unexpected end, expected a value', 0],
    ['1 2', 'V-E1', "unexpected '2'", 2],
    ['(1', 'V-E1', "unexpected end, expected ')'", 2],
    ['[1', 'V-E1', "unexpected end, expected ']'", 2],
    ['{"a" 1}', 'V-E1', "unexpected '1', expected ':'", 5],
    ['input.', 'V-E1', 'unexpected end, expected a name', 6],
    ['input.1', 'V-E1', "unexpected '.1'", 5],
    ["'abc", 'V-E1', 'unterminated string', 0],
    ["'a\nb'", 'V-E1', 'unterminated string', 0],
    ["'\\q'", 'V-E1', 'unknown escape \\q', 1],
    ["'\\u12'", 'V-E1', 'an escape \\u needs four hexadecimal digits', 1],
    ['1e999', 'V-E1', "number '1e999' is too large", 0],
    ['12abc', 'V-E1', "malformed number '12a'", 0],
    ['a # b', 'V-E1', 'unexpected character "#"', 2],
    ['lambda output, ctx: output', 'V-E1', "unexpected 'output'", 7],
    ['true ? 1', 'V-E1', "unexpected end, expected ':'", 8],
    ['in', 'V-E1', "unexpected 'in', expected a value", 0],
    ['has(1)', 'V-E1', 'has() takes a field, as has(a.b)', 0],
    ['[1].map(1, x)', 'V-E1', "unexpected '1', expected a name", 8],
    ['a = 1', 'V-E1', "unexpected '='", 2],
    ['size(steps)', 'V-E1', 'steps is read by name, as steps.{name}.output', 5],
    ['steps.merge({})', 'V-E1', 'steps is read by name, as steps.{name}.output', 0],
    ['nope(1)', 'V-E2', 'Unknown function: nope', 0],
    ['"a".nope()', 'V-E2', 'Unknown function: nope', 4],
    ['size()', 'V-E2', 'size() takes 1 argument, got 0', 0],
    ['"a".trim(1)', 'V-E2', 'trim() takes 0 arguments, got 1', 4],
    ['[1].map()', 'V-E2', 'map() takes 2 arguments, got 0', 4],
    ['[1].all(x)', 'V-E2', 'all() takes 2 arguments, got 1', 4],
    ['[1].filter(x,)', 'V-E2', 'filter() takes 2 arguments, got 1', 4],
    ['[1].exists(x, true, x)', 'V-E2', 'exists() takes 2 arguments, got 3', 4],
    ['has()', 'V-E2', 'has() takes 1 argument, got 0', 0],
    ['has(a.b, a.c)', 'V-E2', 'has() takes 1 argument, got 2', 0],
    ['[1].map(in, 1)', 'V-E1', "unexpected 'in', expected a name", 8],
    ['[1].map(true, true)', 'V-E1', "unexpected 'true', expected a name", 8],
    ['[1].exists_one(x, true)', 'V-E2', 'Unknown function: exists_one', 4],
    ['int(1)', 'V-E2', 'Unknown function: int', 0],
    ['timestamp("x")', 'V-E2', 'Unknown function: timestamp', 0],
    ['b"x"', 'V-E1', `unexpected '"x"'`, 1],
    ['r"x"', 'V-E1', `unexpected '"x"'`, 1],
    ['1u', 'V-E1', "malformed number '1u'", 0],
    ['0x10', 'V-E1', "malformed number '0x'", 0],
    ['[...a]', 'V-E1', "unexpected '.', expected a value", 1],
    ['{...a}', 'V-E1', "unexpected '.', expected a value", 1],
    ['a[?0]', 'V-E1', "unexpected '?', expected a value", 2],
    ['(steps).x', 'V-E1', 'steps is read by name, as steps.{name}.output', 1],
    ['[steps]', 'V-E1', 'steps is read by name, as steps.{name}.output', 1],
    ['steps == context', 'V-E1', 'steps is read by name, as steps.{name}.output', 0],
    ['E07 "aaaa".matches("(a+)+$")', 'V-E2', 'Unknown function: matches', 7],
    ['E11 now()', 'V-E2', 'Unknown function: now', 0],
    ['random()', 'V-E2', 'Unknown function: random', 0],
    ['E01 output.constructor("return process")()', 'V-E2', 'Unknown function: constructor', 7],
    ['1'.padEnd(4097, ' '), 'V-E4', 'Expression too complex', 0],
    [Array(200).fill('1').join('+'), 'V-E4', 'Expression too complex', 0],
    ['('.repeat(3000), 'V-E4', 'Expression too complex', 0],
    ['['.repeat(40) + ']'.repeat(40), 'V-E4', 'Expression too complex', 0],
    ['!'.repeat(40) + 'true', 'V-E4', 'Expression too complex', 0],
    [`[${Array(301).fill('1').join(',')}]`, 'V-E4', 'Expression too complex', 0],
  ])('%s', (source, code, detail, offset) => {
    const plain = source.replace(/^E\d\d /, '');
    expect(first(plain)).toMatchObject({ code, detail, offset });
    expect(parseExpression(plain).ast).toBeNull();
  });

  it.each([
    ['lower("a")', 'Write it as value.lower(…)'],
    ['"a".size()', 'Write it as size(value)'],
  ])('%s hints at the other form', (source, hint) => expect(first(source)).toMatchObject({ hint }));

  it('all unknown functions are reported at once', () => {
    expect(parseExpression('a() + b() + c.d()').findings.map(({ detail }) => detail)).toEqual([
      'Unknown function: a',
      'Unknown function: b',
      'Unknown function: d',
    ]);
  });
});

describe('what an expression mentions', () => {
  it.each<[string, object[]]>([
    [
      'input.a + context.b',
      [
        { kind: 'name', name: 'input', offset: 0 },
        { kind: 'name', name: 'context', offset: 10 },
        { kind: 'context', name: 'b', offset: 18 },
      ],
    ],
    [
      'steps.x.output',
      [
        { kind: 'name', name: 'steps', offset: 0 },
        { kind: 'step', name: 'x', offset: 6 },
      ],
    ],
    [
      'steps["my-step"].output',
      [
        { kind: 'name', name: 'steps', offset: 0 },
        { kind: 'step', name: 'my-step', offset: 5 },
      ],
    ],
    [
      'steps.?x',
      [
        { kind: 'name', name: 'steps', offset: 0 },
        { kind: 'step', name: 'x', offset: 7 },
      ],
    ],
    [
      'has(steps.x)',
      [
        { kind: 'name', name: 'steps', offset: 4 },
        { kind: 'step', name: 'x', offset: 10 },
      ],
    ],
    [
      'context["k"]',
      [
        { kind: 'name', name: 'context', offset: 0 },
        { kind: 'context', name: 'k', offset: 7 },
      ],
    ],
    [
      'context[input]',
      [
        { kind: 'name', name: 'context', offset: 0 },
        { kind: 'name', name: 'input', offset: 8 },
      ],
    ],
    ['[1].map(context, context.a)', []],
  ])('%s', (source, uses) => expect(parseExpression(source).uses).toEqual(uses));

  it('a computed step is a step without a name', () => {
    expect(parseExpression('steps[input].output').uses).toContainEqual({ kind: 'step', name: null, offset: 5 });
  });
});

describe('findings of a template', () => {
  it.each<[string, string, string, number]>([
    ['a {{ input', 'V-E1', '{{ is never closed', 2],
    ['{{ input }', 'V-E1', '{{ is never closed', 0],
    ['{{ input | upper', 'V-E1', '{{ is never closed', 0],
    ['{{#if input}}a', 'V-E1', '{{#if}} is never closed', 0],
    ['E19 {{#each input}}a{{/if}}', 'V-E1', '{{/if}} closes nothing', 16],
    ['{{/each}}', 'V-E1', '{{/each}} closes nothing', 0],
    ['{{else}}', 'V-E1', '{{else}} outside a block', 0],
    ['{{#if a}}{{else}}{{else}}{{/if}}', 'V-E1', '{{else}} outside a block', 17],
    ['{{#if a', 'V-E1', '{{ is never closed', 0],
    ['{{#if a | upper}}{{/if}}', 'V-E1', "unexpected '|'", 8],
    ['{{else x}}', 'V-E1', "unexpected 'x'", 7],
    ['{{else', 'V-E1', '{{ is never closed', 0],
    ['{{#if a}}{{else if b}}{{/if}}', 'V-E1', "unexpected 'if'", 16],
    ['{{ a | upper or b }}', 'V-E1', "unexpected 'or'", 13],
    ['{{ a | upper } {{ b }}', 'V-E1', '{{ is never closed', 0],
    ['{{ a | upper {{ b }}', 'V-E1', '{{ is never closed', 0],
    ['{{ a | default("x" }}', 'V-E1', 'a filter takes one literal', 14],
    ['{{#each a}}{{#if b}}{{/each}}', 'V-E1', '{{/each}} closes nothing', 20],
    ['{{#with a}}', 'V-E1', 'unknown block', 0],
    ['{{ }}', 'V-E1', "unexpected '}', expected a value", 3],
    ['{{ a b }}', 'V-E1', "unexpected 'b'", 5],
    ['{{ a | }}', 'V-E1', 'expected the name of a filter', 6],
    ['{{ a | join }}', 'V-E1', 'filter join takes one argument', 7],
    ['{{ a | upper(1) }}', 'V-E1', 'filter upper takes no argument', 7],
    ['{{ a | join(b) }}', 'V-E1', 'a filter takes one literal', 11],
    ['24.5 {{ input | nope }}', 'V-T3', 'Unknown template filter: nope', 11],
    ['a{% if %}', 'TEMPLATE-001', 'Control tags are not supported', 1],
    ['{{ nope(1) }}', 'V-E2', 'Unknown function: nope', 3],
    ['x'.repeat(65_537), 'V-E4', 'Template too long', 0],
  ])('%s', (source, code, detail, offset) => {
    const plain = source.replace(/^(E|24\.)\d+ /, '');
    expect(parseTemplate(plain).findings[0]).toMatchObject({ code, detail, offset });
    expect(parseTemplate(plain).ast).toBeNull();
  });

  it('too many blocks in each other', () => {
    expect(parseTemplate('{{#if a}}'.repeat(33)).findings[0]).toMatchObject({ code: 'V-E4', detail: 'Template too deep' });
  });

  it('this and index are bound inside #each only', () => {
    const names = (source: string) => parseTemplate(source).uses.map(({ name }) => name);
    expect(names('{{#each input}}{{ this.a + index }}{{else}}{{ this }}{{/each}}')).toEqual(['input', 'this']);
    expect(names('{{ context.a or steps.b.output | default("x") }}')).toEqual(['context', 'a', 'steps', 'b']);
  });
});

describe('any text', () => {
  const noise = fc.oneof(
    fc.string(),
    fc.string({
      unit: fc.constantFrom(
        '{',
        '}',
        '#',
        'each ',
        'if ',
        '/',
        '|',
        '(',
        ')',
        '[',
        ']',
        '.',
        '?',
        ':',
        'a',
        '"',
        "'",
        '\\',
        ' ',
        '1',
        'or',
        'steps',
        'in',
      ),
    }),
  );

  it('gives an expression or findings inside the text', () => {
    fc.assert(
      fc.property(noise, (source) => {
        for (const parsed of [parseExpression(source), parseTemplate(source)]) {
          expect(parsed.ast === null).toBe(parsed.findings.length > 0);
          for (const { offset } of parsed.findings) expect(offset >= 0 && offset <= source.length).toBe(true);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
