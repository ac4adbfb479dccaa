import { describe, expect, it } from '@jest/globals';
import { ExpressionError, type Names } from '../../../pipeline/expression/evaluate.js';
import { parseTemplate } from '../../../pipeline/expression/parse-template.js';
import { renderText, renderValue, type TemplateMode } from '../../../pipeline/expression/render.js';

function templateOf(source: string) {
  const { ast, findings } = parseTemplate(source);
  if (!ast) throw new Error(`${source}: ${findings[0]!.detail}`);
  return ast;
}
const text = (source: string, names: Names, mode: TemplateMode = 'strict') => renderText(templateOf(source), names, mode).text;
const errorOf = (source: string, names: Names = {}) => {
  try {
    text(source, names);
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
  throw new Error(`${source} renders`);
};

const names: Names = {
  input: { a: [1, 2], s: 'aBc', empty: '', zero: 0, no: false, list: [], nothing: null },
  context: { name: 'Ada', items: ['x', { y: 1 }, null, true] },
  steps: { one: { output: 'Hello World' } },
};

describe('a template', () => {
  it.each<[string, string, Names, string]>([
    [
      '24.1',
      'Hello {{ context.name }}! Data: {{ input }}',
      { context: { name: 'Ada' }, input: { a: [1, 2] } },
      'Hello Ada! Data: {"a":[1,2]}',
    ],
    [
      '24.2',
      '{{#if context.feedback}}Feedback: {{ context.feedback }}. {{/if}}User query: {{ input }}. ',
      { context: { feedback: null }, input: 'a' },
      'User query: a. ',
    ],
    ['24.3', '\\{{ input }}', {}, '{{ input }}'],
    ['24.4 upper', '{{ input | upper }}', { input: 'aBc' }, 'ABC'],
    ['24.4 length', '{{ input | length }}', { input: 'aBc' }, '3'],
    ['24.6', '{{ steps.one.output }}', names, 'Hello World'],
  ])('%s', (_, source, data, expected) => expect(text(source, data)).toBe(expected));

  it('24.7 fails on a missing value, also inside #each and before a filter', () => {
    const message = "Undefined template variable: 'context.nope'";
    for (const source of ['{{ context.nope }}', '{{#each input.a}}{{ context.nope }}{{/each}}', '{{ context.nope | upper }}']) {
      expect(errorOf(source, names)).toBe(message);
    }
  });

  it.each([
    ['{{ input.empty or input.s }}', 'aBc'],
    ['{{ input.nothing or context.nope or "x" }}', 'x'],
    ['{{ input.zero or 5 }}', '0'],
    ['{{ input.no or 5 }}', 'false'],
    ['{{ input.list or 5 }}', '[]'],
    ['{{ context.nope or "" }}', ''],
    ['{{ input.nothing or null }}', ''],
    ['{{ context.nope | default("d") }}', 'd'],
    ['{{ input.empty | default("d") }}', 'd'],
    ['{{ input.s | default("d") }}', 'aBc'],
    ['{{ input.nothing | default("d") | upper }}', 'D'],
    ['{{ context.items | join(", ") }}', 'x, {"y":1}, , true'],
    ['{{ input.s | lower }}{{ " a " | trim }}', 'abca'],
    ['{{ input.a | json }}{{ input.a | length }}{{ input | length }}', '[1,2]27'],
    ['{{#if input.zero}}a{{else}}b{{/if}}', 'b'],
    ['{{#if input.no}}a{{/if}}{{#if input.empty}}a{{/if}}{{#if input.list}}a{{/if}}{{#if context.nope}}a{{/if}}', ''],
    ['{{#if input.a}}a{{/if}}{{#if input}}b{{/if}}{{#if 1}}c{{/if}}', 'abc'],
    ['{{#each input.a}}{{ index }}:{{ this }} {{/each}}', '0:1 1:2 '],
    ['{{#each input.list}}a{{else}}none{{/each}}{{#each context.nope}}a{{/each}}{{#each input.nothing}}a{{/each}}', 'none'],
    ['{{#each [[1], [2]]}}{{#each this}}{{ this }}{{/each}}{{/each}}', '12'],
    ['{{ {"a": 1} }}{{{"b":2}}}', '{"a":1}{"b":2}'],
    [' \n {{ 1 }}\t', ' \n 1\t'],
  ])('%s', (source, expected) => expect(text(source, names)).toBe(expected));

  it('E15 inserted text is never read as a template', () => {
    const hostile = '{{ secrets.API }}{{#each}}${x}<%= y %>\\{{';
    expect(text('{{ input }}', { input: hostile })).toBe(hostile);
  });

  it.each([
    ['{{#each 1}}a{{/each}}', '#each needs a list, got number'],
    ['{{ 1 | join(",") }}', 'join needs a list, got number'],
    ['{{ 1 | length }}', 'length needs a string, list or map, got number'],
    ['{{ 1 / 0 }}', 'Division by zero'],
    ['{{#if 1 / 0}}{{/if}}', 'Division by zero'],
    ['{{ 1 / 0 or 2 }}', 'Division by zero'],
  ])('%s is an error', (source, message) => expect(errorOf(source)).toBe(message));

  it('E17 nested loops and large outputs are bounded', () => {
    const list = Array.from({ length: 400 }, () => 1);
    expect(errorOf('{{#each input}}{{#each input}}{{/each}}{{/each}}', { input: list })).toBe('Template needs more than 100000 turns');
    expect(errorOf('{{#each input}}{{ big }}{{/each}}', { input: list, big: 'x'.repeat(10_000) })).toBe('Output is more than 1 MiB');
  });

  it.each<[TemplateMode, string[]]>([
    ['warn', ["Undefined template variable: 'context.nope'"]],
    ['ignore', []],
  ])('in mode %s writes nothing for a missing value', (mode, warnings) => {
    expect(renderText(templateOf('a{{ context.nope }}b'), names, mode)).toEqual({ text: 'ab', warnings });
    expect(renderValue(templateOf('{{ context.nope }}'), names, mode)).toEqual({ value: '', warnings });
  });

  it('of one hole gives the value itself, of anything else its text', () => {
    const value = (source: string) => renderValue(templateOf(source), names, 'strict').value;
    expect([value('{{ input.a }}'), value('{{ input.nothing }}'), value(' {{ input.a }}'), value('x'), value('')]).toEqual([
      [1, 2],
      null,
      ' [1,2]',
      'x',
      '',
    ]);
  });

  it('an unchecked tree with an unknown filter is an error', () => {
    expect(() => renderText([['hole', { of: [['1', ['lit', 1]]], filters: [['nope']] }]], {}, 'strict')).toThrow(ExpressionError);
  });
});
