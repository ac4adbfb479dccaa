import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compile } from '../../../pipeline/compile/compile.js';
import type { Compiled } from '../../../pipeline/compile/compile.js';
import { renderDiagnostics } from '../../../pipeline/compile/render-diagnostics.js';
import { loadYaml } from '../../../pipeline/yaml/load.js';

const TEXT = `name: p
context_schema: {properties: {order: {}}}
limits: {cost_usd: 0.50}
agents:
  writer: {model: "m:n", system: "You {{ context.order | json }}", output_schema: {type: object}}
steps:
  - {kind: agent, name: draft, agent: writer, input: "{{ input }}", max_retries: 2, timeout: 30s}
  - kind: conditional
    name: route
    condition: input.kind == 'x'
    branches:
      true:
        - {kind: hitl, name: ask, message: "{{#if input}}Ok?{{/if}}", timeout: 1d, on_timeout: {action: default, value: "{'a': 1}"}}
      "false": {kind: expression, name: sum, value: steps.draft.output}
    default: [] # flujo: ignore V-T4
`;

function checkResult({ pipeline, diagnostics, fingerprint }: Compiled): void {
  const hasError = diagnostics.some(({ severity }) => severity === 'error');
  expect(pipeline === null).toBe(hasError);
  expect(fingerprint === null).toBe(hasError);
  renderDiagnostics(diagnostics, { sources: { f: TEXT } });
}

test('the text that the next test changes is good', () => {
  expect(compile(loadYaml(TEXT, { file: 'f' })).diagnostics).toEqual([]);
});

test('a file that was changed anywhere compiles, or says where it doesn’t', () => {
  const pieces = fc.constantFrom(
    '',
    ' ',
    '\n',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    ':',
    ',',
    '-',
    '#',
    '*a',
    '&a ',
    '!',
    '{{',
    '}}',
    '|',
    'null',
    '1e99',
    '.nan',
    'kind',
    '\u202e',
    '__proto__: ',
    '\t',
  );
  const edits = fc.array(fc.tuple(fc.nat(TEXT.length), fc.nat(12), pieces), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(edits, (changes) => {
      const text = changes.reduce((before, [at, length, piece]) => before.slice(0, at) + piece + before.slice(at + length), TEXT);
      const result = compile(loadYaml(text, { file: 'f' }));
      checkResult(result);
      for (const { position } of result.diagnostics) expect(position?.line).toBeGreaterThan(0);
    }),
    { numRuns: 1_000 },
  );
});

test('a document of any values compiles, or says where it doesn’t', () => {
  const keys = [
    'name',
    'kind',
    'steps',
    'agents',
    'agent',
    'tool',
    'input',
    'expr',
    'value',
    'condition',
    'branches',
    'default',
    'message',
    'form',
    'timeout',
    'onTimeout',
    'action',
    'limits',
    'costUsd',
    'tokens',
    'estimate',
    'model',
    'system',
    'context',
    'contextSchema',
    'sinkTo',
    'reads',
    'suppressRules',
    'source',
    'ast',
    '__proto__',
    'a',
  ];
  const leaves = fc.oneof(
    fc.constantFrom<unknown>(
      'agent',
      'tool',
      'expression',
      'conditional',
      'hitl',
      'a',
      'm:n',
      '1h',
      'input.a',
      '{{ input }}',
      'fail',
      'branch',
      null,
      undefined,
      NaN,
      -0,
      -1,
      2,
      true,
      new Date(0),
      Symbol.iterator,
      1n,
      () => 1,
    ),
    fc.string({ maxLength: 5 }),
  );
  const { document } = fc.letrec((tie) => ({
    document: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      leaves,
      fc.array(tie('document'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys), tie('document'), { maxKeys: 6 }),
    ),
  }));
  const pipelines = fc.record({
    name: fc.constant('p'),
    agents: document,
    context: document,
    steps: fc.array(fc.oneof(document, fc.dictionary(fc.constantFrom(...keys), document, { maxKeys: 8 })), { maxLength: 4 }),
  });
  fc.assert(
    // Whatever it is typed as is what is tested.
    fc.property(fc.oneof(document, pipelines), (input) => checkResult(compile(input as never))),
    { numRuns: 1_000 },
  );
});
