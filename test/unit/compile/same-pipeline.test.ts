import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { agent, compile, expr, loadYaml, pipeline, step } from '../../../index.js';
import type { Compiled } from '../../../index.js';

const YAML = `
name: triage
version: "3"
description: every kind, every option
input_schema: {type: object, properties: {order_id: {type: string}}, required: [order_id]}
context_schema: {type: object, properties: {customer_name: {type: string}, decision: {}, summary: {}, kind: {}}}
context: {customer_name: Ada}
limits: {cost_usd: 0.50, tokens: 10000}
agents:
  classify:
    model: openai:gpt-5
    system: "You help {{ context.customer_name }}."
    output_schema: {type: object, properties: {kind: {type: string}}, required: [kind]}
    temperature: 0.3
    top_k: 40
    top_p: 0.9
    max_output_tokens: 500
    timeout: 1m
    estimate: {cost_usd: "0.010", tokens: 100}
steps:
  - kind: tool
    name: lookup
    tool: lookupOrder
    input: {expr: input.order_id}
    input_schema: {type: string}
    reads: [customer_name]
    timeout: 30s
    max_retries: 0
    estimate: {cost_usd: 0, tokens: 0}
    sink_to: context.summary
  - kind: agent
    name: classify
    agent: classify
    input: "Order: {{ steps.lookup.output | json }}"
    updates_context: true
    validate_fields: true
    max_retries: 2
    timeout: 90000
    estimate: {cost_usd: 1e-3, tokens: 5}
    limits: {cost_usd: "0.25"}
    suppress_rules: [V-U2]
  - kind: conditional
    name: route
    condition: {tool: pick, timeout: 5s, estimate: {cost_usd: 0.1, tokens: 1}}
    branch_input_mapper: "{'key': key, 'input': input}"
    branch_output_mapper: "[output, key]"
    branches:
      true: {kind: expression, name: note, value: "steps.classify.output.kind + 'x'"}
      on-hold:
        - kind: hitl
          name: approve
          message: "Refund {{ context.customer_name }}?"
          form: {type: object, properties: {approved: {type: boolean}}, required: [approved]}
          timeout: 2d
          on_timeout: {action: default, value: "{'approved': false}"}
          sink_to: decision
        - {kind: hitl, name: second, timeout: 1h, on_timeout: {action: branch, steps: {kind: expression, name: late, value: input}}}
        - {kind: hitl, name: third, timeout: 1h, on_timeout: {action: fail}}
      "12": []
    default:
      - {kind: hitl, name: wait, wait_forever: true}
`;

const DSL = pipeline({
  name: 'triage',
  version: '3',
  description: 'every kind, every option',
  inputSchema: z.object({ order_id: z.string() }),
  contextSchema: {
    type: 'object',
    properties: { customer_name: { type: 'string' }, decision: {}, summary: {}, kind: {} },
  },
  context: { customer_name: 'Ada' },
  limits: { costUsd: 0.5, tokens: 10_000 },
  agents: {
    classify: agent({
      model: 'openai:gpt-5',
      system: 'You help {{ context.customer_name }}.',
      outputSchema: z.object({ kind: z.string() }),
      temperature: 0.3,
      topK: 40,
      topP: 0.9,
      maxOutputTokens: 500,
      timeout: '1m',
      estimate: { costUsd: 0.01, tokens: 100 },
    }),
  },
  steps: [
    step.tool('lookup', {
      tool: 'lookupOrder',
      input: expr('input.order_id'),
      inputSchema: z.string(),
      reads: ['customer_name'],
      timeout: '30s',
      maxRetries: 0,
      estimate: { costUsd: '0', tokens: 0 },
      sinkTo: 'context.summary',
    }),
    step.agent('classify', {
      agent: 'classify',
      input: 'Order: {{ steps.lookup.output | json }}',
      updatesContext: true,
      validateFields: true,
      maxRetries: 2,
      timeout: '90s',
      estimate: { costUsd: '0.001', tokens: 5 },
      limits: { costUsd: 0.25, tokens: 'unlimited' },
      suppressRules: ['V-U2'],
    }),
    step.conditional('route', {
      condition: { tool: 'pick', timeout: 5_000, estimate: { costUsd: '0.10', tokens: 1 } },
      branchInputMapper: "{'key': key, 'input': input}",
      branchOutputMapper: '[output, key]',
      branches: {
        true: [step.expression('note', { value: "steps.classify.output.kind + 'x'" })],
        'on-hold': [
          step.hitl('approve', {
            message: 'Refund {{ context.customer_name }}?',
            form: z.object({ approved: z.boolean() }),
            timeout: '2d',
            onTimeout: { action: 'default', value: "{'approved': false}" },
            sinkTo: 'decision',
          }),
          step.hitl('second', { timeout: '60m', onTimeout: { action: 'branch', steps: [step.expression('late', { value: 'input' })] } }),
          step.hitl('third', { timeout: '1h', onTimeout: { action: 'fail' } }),
        ],
        '12': [],
      },
      default: [step.hitl('wait', { waitForever: true })],
    }),
  ],
});

const fromYaml = (text: string) => compile(loadYaml(text, { file: 'pipeline.yaml' }));
function same(a: Compiled, b: Compiled): void {
  expect(a.diagnostics).toEqual([]);
  expect(b.diagnostics).toEqual([]);
  expect(a.pipeline).toEqual(b.pipeline);
  expect(a.fingerprint).toBe(b.fingerprint);
  expect(a.fingerprint).toMatch(/^[0-9a-f]{64}$/);
}

test('one pipeline in the DSL and in YAML is one IR with one fingerprint', () => {
  same(compile(DSL), fromYaml(YAML));
});

describe('an IR', () => {
  const compiled = fromYaml(YAML);
  const { pipeline: ir } = compiled;
  test('compiles to itself, also after its way through JSON, and as a file', () => {
    if (ir === null) throw new Error('it has not compiled');
    same(compile(ir), compiled);
    same(compile(JSON.parse(JSON.stringify(ir)) as typeof ir), compiled);
    same(fromYaml(JSON.stringify(ir)), compiled);
  });
  test('is frozen, all of it', () => {
    const parts: unknown[] = [ir];
    while (parts.length > 0) {
      const part = parts.pop();
      if (typeof part !== 'object' || part === null) continue;
      expect(Object.isFrozen(part)).toBe(true);
      parts.push(...Object.values(part));
    }
  });
  test('holds milliseconds, decimal text and no defaults', () => {
    expect(ir).toMatchObject({
      irVersion: 1,
      limits: { costUsd: '0.5', tokens: 10_000 },
      agents: { classify: { timeout: 60_000, estimate: { costUsd: '0.01', tokens: 100 } } },
    });
    expect(ir?.steps[1]).toMatchObject({ timeout: 90_000, limits: { costUsd: '0.25' }, estimate: { costUsd: '0.001', tokens: 5 } });
    expect(ir?.steps[2]).toMatchObject({ branches: { true: [{ name: 'note' }], '12': [] } });
    expect(Object.keys(ir?.steps[1]?.limits ?? {})).toEqual(['costUsd']);
  });
});

test('the literals of an expression are data, also in a compiled pipeline that is read as a file', () => {
  const compiled = compile(pipeline({ name: 'p', steps: [step.expression('e', { value: "{'a_b': {'a_b': 1}, 'aB': 2}" })] }));
  same(fromYaml(JSON.stringify(compiled.pipeline)), compiled);
});

describe('defaults written out or left out are one IR', () => {
  const short = fromYaml(
    'name: p\nagents: {w: {model: "m:n"}}\nsteps:\n  - {kind: agent, name: a, agent: w}\n  - {kind: hitl, name: h, wait_forever: true}\n',
  );
  test('in YAML', () => {
    const long = fromYaml(
      `{irVersion: 1, name: p, version: null, description: ~, input_schema: null, context_schema: null, context: {}, limits: {tokens: unlimited},
        agents: {w: {model: "m:n", system: null, output_schema: null, timeout: null, estimate: null}},
        steps: [
          {kind: agent, name: a, agent: w, input_schema: null, max_retries: 1, timeout: null, updates_context: false, validate_fields: false,
           sink_to: null, limits: null, estimate: null, suppress_rules: [], reads: null},
          {kind: hitl, name: h, message: null, form: null, timeout: null, on_timeout: null, wait_forever: true}]}`,
    );
    same(long, short);
  });
  test('in the DSL, where undefined is left out', () => {
    const long = pipeline({
      name: 'p',
      version: undefined,
      agents: { w: agent({ model: 'm:n', system: undefined, temperature: undefined }) },
      steps: [
        step.agent('a', { agent: 'w', maxRetries: 1, input: undefined, reads: undefined }),
        step.hitl('h', { waitForever: true, form: null }),
      ],
    });
    same(compile(long), short);
  });
});

test('26.3 a limit of 0.10 is the text 0.1', () => {
  expect(fromYaml('name: p\nlimits: {cost_usd: 0.10}\nsteps: []').pipeline?.limits).toEqual({ costUsd: '0.1' });
});

test('26.2 branches yes and no keep their names', () => {
  const { pipeline: ir } = fromYaml('name: p\nsteps: [{kind: conditional, name: c, condition: input, branches: {yes: [], no: []}}]');
  expect(ir?.steps[0]).toMatchObject({ branches: { yes: [], no: [] } });
});

test('2.2 a pipeline may have no steps', () => {
  expect(fromYaml('name: p\nsteps: []').pipeline).toEqual({ irVersion: 1, name: 'p', steps: [] });
});

test('2.3 an option of an agent that is not set is absent', () => {
  const { pipeline: ir } = fromYaml('name: p\nagents: {a: {model: "m:n", temperature: 0.3}, b: {model: "m:n"}}\nsteps: []');
  expect(ir?.agents).toEqual({ a: { model: 'm:n', temperature: 0.3 }, b: { model: 'm:n' } });
});

test('another definition has another fingerprint', () => {
  const fingerprints = ['steps: []', 'version: "1"\nsteps: []', 'context: {a: 1}\nsteps: []', 'context: {a: "1"}\nsteps: []'].map(
    (text) => fromYaml(`name: p\n${text}`).fingerprint,
  );
  expect(new Set(fingerprints).size).toBe(4);
});

test('Y06 context data named like prototypes stays data', () => {
  const { pipeline: ir } = fromYaml('name: p\ncontext: {__proto__: {polluted: true}, constructor: 1, toString: 2}\nsteps: []');
  expect(Object.keys(ir?.context ?? {})).toEqual(['__proto__', 'constructor', 'toString']);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

describe('documents of the DSL that are no data', () => {
  const withContext = (context: unknown) => compile({ name: 'p', context, steps: [] } as never).diagnostics.map(({ message }) => message);
  test.each([
    ['a date', { a: new Date(0) }, '/context/a: expected JSON, got an instance of Date'],
    ['a function', { a: [() => 1] }, '/context/a/0: expected JSON, got a function'],
    ['a getter', Object.defineProperty({}, 'a', { get: () => 1, enumerable: true }), '/context/a: expected JSON, got a getter'],
    ['NaN', { a: NaN }, '/context/a: expected a finite number, got NaN'],
    ['a map', new Map(), '/context: expected JSON, got an instance of Map'],
    ['a bigint', { a: 1n }, '/context/a: expected JSON, got a bigint'],
  ])('%s', (_, context, message) => {
    expect(withContext(context)).toContain(message);
  });
  test('a proxy that throws ends in a finding', () => {
    const context = new Proxy({}, { ownKeys: () => fail() });
    function fail(): never {
      throw new Error('no');
    }
    expect(withContext(context)).toEqual(['document: expected JSON, got an object that throws when it is read']);
  });
  test('a cycle ends in a finding', () => {
    const context: { self?: unknown } = {};
    context.self = context;
    expect(withContext(context)).toEqual(['document: expected at most 320 levels and 200000 values, got more']);
  });
});

test('60 containers in one another compile', () => {
  let inner = [step.expression('e', { value: 'input' })] as Parameters<typeof pipeline>[0]['steps'];
  for (let level = 60; level > 0; level--) inner = [step.conditional(`c${level}`, { condition: 'input', branches: { a: inner } })];
  expect(compile(pipeline({ name: 'deep', steps: inner })).diagnostics).toEqual([]);
});
