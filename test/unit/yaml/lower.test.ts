import { describe, expect, test } from '@jest/globals';
import { loadYaml } from '../../../pipeline/yaml/load.js';

const load = (text: string) => loadYaml(text, { file: 'pipeline.yaml' });

describe('keys', () => {
  test.each([
    ['of the language are converted', 'input_schema: true\nlimits: {cost_usd: 1}', { inputSchema: true, limits: { costUsd: 1 } }],
    ['of context data are kept', 'context: {user_name: {first_name: a}}', { context: { user_name: { first_name: 'a' } } }],
    ['of schemas are kept', 'context_schema: {properties: {max_retries: {}}}', { contextSchema: { properties: { max_retries: {} } } }],
    [
      'of agents are names, those below are not',
      'agents: {my_agent: {output_schema: {a_b: 1}, max_output_tokens: 2}}',
      { agents: { my_agent: { outputSchema: { a_b: 1 }, maxOutputTokens: 2 } } },
    ],
    [
      'of branches are kept, and are text',
      'steps: [{branches: {true: [], 12: [], on_hold: [{sink_to: x}]}}]',
      { steps: [{ branches: { true: [], '12': [], on_hold: [{ sinkTo: 'x' }] } }] },
    ],
    ['26.2 yes and no are text', 'steps: [{branches: {yes: [], no: []}}]', { steps: [{ branches: { yes: [], no: [] } }] }],
    [
      'named like data are the author’s where the author names',
      'steps: [{branches: {form: [{max_retries: 1}], context: [{sink_to: a}]}}]',
      { steps: [{ branches: { form: [{ maxRetries: 1 }], context: [{ sinkTo: 'a' }] } }] },
    ],
  ])('%s', (_, text, document) => {
    expect(load(text)).toMatchObject({ document, diagnostics: [] });
  });
});

test.each([
  ['steps', 'steps: {kind: agent}', { steps: [{ kind: 'agent' }] }],
  ['a branch', 'steps: [{branches: {a: {kind: tool}}}]', { steps: [{ branches: { a: [{ kind: 'tool' }] } }] }],
  ['default', 'steps: [{default: {kind: tool}}]', { steps: [{ default: [{ kind: 'tool' }] }] }],
  ['on_timeout', 'steps: [{on_timeout: {steps: {kind: tool}}}]', { steps: [{ onTimeout: { steps: [{ kind: 'tool' }] } }] }],
])('a single step stands for a list in %s', (_, text, document) => {
  expect(load(text).document).toEqual(document);
});

describe('places', () => {
  const source = load('name: x\nsteps:\n  - kind: tool\n    max_retries: -1\n    input: "a {{ b"\n    message: |\n      x\n      y {{ z\n');
  test.each<[string, 'key' | number | undefined, number, number]>([
    ['/name', undefined, 1, 7],
    ['/name', 'key', 1, 1],
    ['/steps/0/maxRetries', undefined, 4, 18],
    ['/steps/0/maxRetries', 'key', 4, 5],
    ['/steps/0/input', 2, 5, 15],
    ['/steps/0/message', 4, 8, 9],
    ['/steps/0/missing', undefined, 3, 5],
    ['/nothing/at/all', undefined, 1, 1],
  ])('%s at %s', (pointer, at, line, column) => {
    expect(source.locate(pointer, at)).toEqual({ file: 'pipeline.yaml', line, column });
  });
});

describe('comments that silence', () => {
  const text = [
    'name: x',
    'steps:',
    '  # flujo: ignore V-T4',
    '',
    '  # why',
    '  - kind: tool',
    '    name: a # flujo: ignore V-A6, V-X1',
    '    input: "# flujo: ignore V-U2"',
    '  - kind: conditional # flujo: ignore V-H2',
    '    branches:',
    '      one/two:',
    '        # flujo: ignore V-*',
    '        - kind: tool',
    '    message: |',
    '      # flujo: ignore V-N1',
  ].join('\n');
  test('are about the step they stand on or above, and nothing inside a text is one', () => {
    expect(load(text).ignores).toEqual([
      { pointer: '/steps/0', codes: ['V-T4'] },
      { pointer: '/steps/0', codes: ['V-A6', 'V-X1'] },
      { pointer: '/steps/1', codes: ['V-H2'] },
      { pointer: '/steps/1/branches/one~1two/0', codes: ['V-*'] },
    ]);
  });
});
