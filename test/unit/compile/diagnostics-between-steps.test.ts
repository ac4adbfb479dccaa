import { describe, expect, test } from '@jest/globals';
import { compile } from '../../../pipeline/compile/compile.js';
import { loadYaml } from '../../../pipeline/yaml/load.js';
import { AGENT, HEAD, OPTIONS, findings, hitl, route, step, top } from '../../support/findings.js';

describe('V-T4 steps that are not prior', () => {
  const MESSAGE = (name: string) => `V-T4 Template references steps.${name} which is not a prior step`;
  const uses = (name: string, source: string) => `{kind: expression, name: ${name}, value: "${source}"}`;
  test.each([
    ['unknown', [uses('b', 'steps.nope.output')], [MESSAGE('nope')]],
    ['itself', [uses('b', 'steps.b.output')], [MESSAGE('b')]],
    ['later', [uses('b', 'steps.a.output'), AGENT], [MESSAGE('a')]],
    ['earlier', [AGENT, uses('b', 'steps.a.output')], []],
    ['earlier, by index', [AGENT, uses('b', "steps['a'].output")], []],
    ['computed', [uses('b', 'steps[input]')], []],
    [
      'in an enclosing sequence',
      [AGENT, `{kind: conditional, name: r, condition: input, branches: {x: [${uses('b', 'steps.a.output')}]}}`],
      [],
    ],
    [
      'the container itself',
      [`{kind: conditional, name: r, condition: input, branches: {x: [${uses('b', 'steps.r.output')}]}}`],
      [MESSAGE('r')],
    ],
    [
      'inside another container',
      [`{kind: conditional, name: r, condition: input, branches: {x: [${AGENT}]}}`, uses('b', 'steps.a.output')],
      [MESSAGE('a')],
    ],
    [
      'in another branch',
      [`{kind: conditional, name: r, condition: input, branches: {x: [${AGENT}], y: [${uses('b', 'steps.a.output')}]}}`],
      [MESSAGE('a')],
    ],
    [
      'under a timeout',
      [AGENT, `{kind: hitl, name: h, timeout: 1h, on_timeout: {action: branch, steps: ${uses('b', 'steps.a.output')}}}`],
      [],
    ],
  ])('%s', (_, steps, expected) => {
    expect(step(...steps)).toEqual(expected);
  });
  test('in a system text, for the first step of the agent that can’t see it', () => {
    const text =
      'name: p\nagents: {w: {model: "m:n", system: "{{ steps.one.output }}"}}\nsteps:\n  - {kind: expression, name: one, value: input}\n  - {kind: agent, name: two, agent: w}\n';
    expect(findings(text)).toEqual([]);
    const early = text.replace('steps:\n', 'steps:\n  - {kind: agent, name: zero, agent: w}\n');
    expect(compile(loadYaml(early, { file: 'p.yaml' })).diagnostics).toMatchObject([
      { code: 'V-T4', path: 'zero', pointer: '/agents/w/system' },
    ]);
  });
});

describe('V-X1 context fields', () => {
  const closed = (text: string) => findings(`name: p\ncontext_schema: {properties: {known: {}}}\nsteps:\n  - ${text}\n`);
  test.each([
    ['read', '{kind: expression, name: s, value: context.nope}'],
    ['asked for', '{kind: expression, name: s, value: context.?nope}'],
    ['read by a template', '{kind: tool, name: s, tool: lookup, input: "{{ context.nope }}"}'],
    ['written', '{kind: tool, name: s, tool: lookup, sink_to: nope.x}'],
    ['written with the prefix', '{kind: tool, name: s, tool: lookup, sink_to: context.nope}'],
    ['handed to a tool', '{kind: tool, name: s, tool: lookup, reads: [known, nope]}'],
  ])('an unknown one is %s', (_, text) => {
    expect(closed(text)).toEqual(["V-X1 Unknown context field 'nope'"]);
    expect(findings(`name: p\nsteps:\n  - ${text}\n`)).toEqual([]);
  });
  test('known ones, and those of the engine', () => {
    expect(
      closed('{kind: expression, name: s, value: "[context.known, context.runId, context.hitlHistory, context.initialInput]"}'),
    ).toEqual([]);
    expect(closed('{kind: tool, name: s, tool: lookup, sink_to: known.deep, reads: [known]}')).toEqual([]);
  });
});

describe('V-H1, V-H2 people', () => {
  const MESSAGE = "V-H1 Human step 'ask' needs a timeout with onTimeout, or waitForever: true";
  test.each([
    'message: x',
    'timeout: 1h',
    'on_timeout: {action: fail}',
    'wait_forever: false',
    'wait_forever: true, timeout: 1h',
    'wait_forever: true, timeout: 1h, on_timeout: {action: fail}',
  ])('%s', (options) => expect(hitl(options)).toEqual([MESSAGE]));
  test.each([
    'wait_forever: true',
    'timeout: 1h, on_timeout: {action: fail}',
    'timeout: 1h, on_timeout: {action: branch, steps: []}, wait_forever: false',
  ])('%s is enough', (options) => expect(hitl(options)).toEqual([]));
  const withDefault = (value: string) =>
    hitl(`form: {type: object, required: [ok]}, timeout: 1h, on_timeout: {action: default, value: "${value}"}`);
  test('a literal default that violates the form', () => {
    expect(withDefault("'yes'")).toEqual(["V-H2 Default of human step 'ask' violates its form: $: expected object, got string"]);
    expect(withDefault('{}')).toEqual(["V-H2 Default of human step 'ask' violates its form: $.ok: is required"]);
  });
  test('a default that fits, fails or is only known at run time', () => {
    expect(withDefault("{'ok': !true}")).toEqual([]);
    expect(withDefault('input')).toEqual([]);
    expect(withDefault('1 / 0')).toEqual([]);
  });
});

describe('V-U1, V-U2 limits', () => {
  test.each([
    ['cost_usd', '-1'],
    ['cost_usd', '.inf'],
    ['cost_usd', 'much'],
    ['tokens', '-1'],
    ['tokens', '.nan'],
    ['tokens', '1.5'],
  ])('V-U1 %s: %s', (key, value) => {
    const shown = { '.inf': 'Infinity', '.nan': 'NaN' }[value] ?? value;
    expect(top(`limits: {${key}: ${value}}`)).toEqual([`V-U1 Invalid limit ${key}: ${shown}`]);
    expect(step(`{kind: tool, name: s, tool: lookup, limits: {${key}: ${value}}}`)).toEqual([`V-U1 Invalid limit ${key}: ${shown}`]);
  });
  test('V-U1 is about limits, not about what an author names so', () => {
    expect(top('agents: {limits: {model: x}}')).toEqual([expect.stringContaining("V-A7 Agent 'limits': model")]);
    expect(route('condition: input, branches: {limits: [3]}')).toEqual(['V-Y4 /steps/0/branches/limits/0: expected a step, got 3']);
  });
  test('0, unlimited and amounts are limits', () => {
    expect(top('limits: {cost_usd: 0, tokens: unlimited}')).toEqual([]);
    expect(top('limits: {cost_usd: "0.10", tokens: 0}')).toEqual([]);
  });
  const priced = (model: string, more: string) => findings(`name: p\nagents: {w: {model: "${model}"}}\nsteps:\n  - ${more}\n`);
  const asks = (options: string) => `{kind: agent, name: s, agent: w, ${options}}`;
  const LIMIT = 'limits: {cost_usd: 1}';
  test('V-U2 a cost limit over a model without a price', () => {
    const found = ["V-U2 No price for model 'openai:x'"];
    expect(priced('openai:x', asks(LIMIT))).toEqual(found);
    expect(
      priced('openai:x', `{kind: conditional, name: r, condition: input, ${LIMIT}, branches: {a: ${asks('max_retries: 0')}}}`),
    ).toEqual(found);
    expect(
      compile(loadYaml(`name: p\nagents: {w: {model: "openai:x"}}\nsteps:\n  - ${asks(LIMIT)}\n`, { file: 'p.yaml' }), OPTIONS).pipeline,
    ).not.toBeNull();
  });
  test.each([
    ['with a price', 'openai:priced', asks(LIMIT)],
    ['with an estimate', 'openai:x', asks(`${LIMIT}, estimate: {cost_usd: 1, tokens: 1}`)],
    ['scripted', 'scripted:x', asks(LIMIT)],
    ['without a limit on cost', 'openai:x', asks('limits: {tokens: 1, cost_usd: unlimited}')],
  ])('V-U2 is not about a model %s', (_, model, text) => {
    expect(priced(model, text)).toEqual([]);
  });
});

describe('what is reported', () => {
  test('all findings of a file, in the order of the file', () => {
    const text =
      'name: p\nzzz: 1\nlimits: {tokens: -1}\nsteps:\n  - {kind: agent, name: s}\n  - {kind: nope, name: t}\n  - {kind: hitl, name: u, message: "{{ x"}\nname: q\n';
    const { diagnostics } = compile(loadYaml(text, { file: 'p.yaml' }));
    expect(diagnostics.map(({ code }) => code)).toEqual(['V-Y2', 'V-U1', 'V-A1', 'V-Y3', 'V-H1', 'V-E1', 'V-Y1']);
  });
  test('all findings of a document of the DSL, in the order of its keys', () => {
    const steps = [
      { kind: 'tool', name: 's', tool: 't', input: '{{ input | a }} {{ input | b }}' },
      { kind: 'agent', name: 's' },
    ];
    const document = { zzz: 1, limits: { tokens: -1 }, steps, name: 'a b' };
    // Not a document is what is tested.
    const { diagnostics } = compile(document as never);
    expect(diagnostics.map(({ code, pointer }) => `${code} ${pointer}`)).toEqual([
      'V-Y2 /zzz',
      'V-U1 /limits/tokens',
      'V-T3 /steps/0/input',
      'V-T3 /steps/0/input',
      'V-A1 /steps/1/agent',
      'V-N1 /steps/1/name',
      'V-N1 /name',
    ]);
  });
  test('a document that is no pipeline at all', () => {
    for (const document of [null, 3, 'x', [], undefined, new Date(0)]) {
      const { pipeline, diagnostics } = compile(document as never); // not a document is what is tested
      expect(pipeline).toBeNull();
      expect(diagnostics.length).toBeGreaterThan(0);
    }
  });
});

describe('silence', () => {
  const silenced = (rules: string) => step(`{kind: expression, name: s, value: steps.x.output, suppress_rules: ${rules}}`);
  test('by globs on the step', () => {
    expect(silenced('["V-T4"]')).toEqual([]);
    expect(silenced('["V-T*"]')).toEqual([]);
    expect(silenced('["*4"]')).toEqual([]);
    expect(silenced('["V-T", "*5", "v-t4"]')).toHaveLength(1);
  });
  test('by a comment on or above the step', () => {
    expect(findings(`${HEAD}steps:\n  # flujo: ignore V-T4\n  - {kind: expression, name: s, value: steps.x.output}\n`)).toEqual([]);
    expect(findings(`${HEAD}steps:\n  - {kind: expression, name: s, value: steps.x.output} # flujo: ignore V-T4\n`)).toEqual([]);
    expect(
      findings(`${HEAD}steps:\n  # flujo: ignore V-T4\n  - ${AGENT}\n  - {kind: expression, name: s, value: steps.x.output}\n`),
    ).toHaveLength(1);
  });
  test('not of what leaves no pipeline to run', () => {
    expect(step('{kind: expression, name: s, value: "1 +", suppress_rules: ["*"]}')).toHaveLength(1);
    expect(step('{kind: agent, name: s, agent: nobody, suppress_rules: ["*"]}')).toHaveLength(1);
    expect(step('{kind: tool, name: s, tool: lookup, max_retries: -1, suppress_rules: ["*"]}')).toHaveLength(1);
  });
});
