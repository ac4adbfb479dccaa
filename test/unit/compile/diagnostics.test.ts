import { describe, expect, test } from '@jest/globals';
import { compile } from '../../../pipeline/compile/compile.js';
import { loadYaml } from '../../../pipeline/yaml/load.js';
import { AGENT, HEAD, findings, hitl, route, step, top } from '../../support/findings.js';

describe('V-Y2 unknown keys', () => {
  test.each([
    [
      '26.1 near a known one',
      step('{kind: agent, name: s, agent: writer, retries: 3}'),
      "agent step 's'. Did you mean 'max_retries'?",
      'retries',
    ],
    ['Y24 mistyped', step('{kind: agent, name: s, agent: writer, retrys: 3}'), "agent step 's'. Did you mean 'max_retries'?", 'retrys'],
    ['near to nothing', step('{kind: agent, name: s, agent: writer, zzz: 3}'), "agent step 's'.", 'zzz'],
    ['Y25 of two kinds at once', step('{kind: agent, name: s, agent: writer, tool: x}'), "agent step 's'.", 'tool'],
    ['in capitals', top('Version: "1"'), "pipeline 'p'. Did you mean 'version'?", 'Version'],
    ['of the pipeline', top('stepz: 1'), "pipeline 'p'. Did you mean 'steps'?", 'stepz'],
    ['of an agent', top('agents: {a: {model: "m:n", temprature: 1}}'), "agent 'a'. Did you mean 'temperature'?", 'temprature'],
    ['of limits', top('limits: {cost: 1}'), "pipeline 'p'. Did you mean 'cost_usd'?", 'cost'],
    [
      'of a mapper',
      route('condition: {toll: x, tool: lookup}, branches: {a: []}'),
      "conditional step 'route'. Did you mean 'tool'?",
      'toll',
    ],
    ['of an input', step('{kind: tool, name: s, tool: lookup, input: {expr: input, x: 1}}'), "tool step 's'.", 'x'],
    ['Y06 named like a prototype', step('{kind: tool, name: s, tool: lookup, __proto__: {}}'), "tool step 's'.", '__proto__'],
    ['Y06 named like a method', step('{kind: tool, name: s, tool: lookup, toString: 1}'), "tool step 's'.", 'to_string'],
  ])('%s', (_, found, message, key) => {
    expect(found).toEqual([`V-Y2 Unknown key '${key}' in ${message}`]);
  });
  test('26.1 stand at line and column of the key', () => {
    const source = loadYaml(`${HEAD}steps:\n  - kind: agent\n    name: s\n    agent: writer\n    retries: 3\n`, { file: 'p.yaml' });
    expect(compile(source).diagnostics).toMatchObject([
      { code: 'V-Y2', path: 's', pointer: '/steps/0/retries', position: { line: 8, column: 5 } },
    ]);
  });
  test('in a document of the DSL are spelled as the DSL spells them', () => {
    const document = { name: 'p', steps: [{ kind: 'tool', name: 's', tool: 'x', maxRetrys: 1 }] };
    // A wrong key is what is tested.
    expect(compile(document as never).diagnostics).toMatchObject([
      { message: "Unknown key 'maxRetrys' in tool step 's'. Did you mean 'maxRetries'?", hint: expect.stringContaining('maxRetries') },
    ]);
  });
});

describe('V-Y3 and kinds', () => {
  test('Y25 an unknown kind', () => {
    expect(step('{kind: lop, name: s}')).toEqual(['V-Y3 Unknown step kind: lop']);
    expect(step('{kind: [a], name: s}')).toEqual(['V-Y3 Unknown step kind: ["a"]']);
  });
  test('Y25 no kind', () => {
    expect(step('{name: s}')).toEqual(['V-Y4 /steps/0/kind: expected a step kind, got nothing']);
  });
  test('Y25 two kinds at once', () => {
    expect(step('{kind: agent, kind: tool, name: s, agent: writer}')).toEqual([expect.stringMatching(/^V-Y1 .*duplicate key 'kind'$/)]);
  });
});

describe('V-Y4 values of the wrong type or out of range', () => {
  const tool = (option: string) => step(`{kind: tool, name: s, tool: lookup, ${option}}`);
  const RETRIES = 'V-Y4 /steps/0/maxRetries: expected an integer from 0 to 1000, got';
  test.each(['-1', '1.5', '"3"', '1e9', '9007199254740993', 'null', '.nan', '.inf', 'true'])('Y22 max_retries: %s', (value) => {
    expect(tool(`max_retries: ${value}`)).toEqual([expect.stringContaining(RETRIES)]);
  });
  test.each(['0', '1', '1000', '0x10'])('Y22 max_retries: %s is allowed', (value) => {
    expect(tool(`max_retries: ${value}`)).toEqual([]);
  });
  test.each(['no', 'off', 'y', '1_000', '12:30', '2020-01-01'])('Y21 max_retries: %s is a text and no number', (value) => {
    expect(tool(`max_retries: ${value}`)).toEqual([`${RETRIES} "${value}"`]);
  });
  const DURATION = 'V-Y4 /steps/0/timeout: expected a duration like 500ms, 30s, 5m, 2h or 1d, got';
  test.each(['0', '-5s', 'soon', '1e12', '.inf', '1.5h', '[1s]', 'P1D'])('Y23 timeout: %s', (value) => {
    expect(tool(`timeout: ${value}`)).toEqual([expect.stringContaining(DURATION)]);
  });
  test.each(['500ms', '30s', '5m', '2h', '1d', '250', 'null'])('Y23 timeout: %s is allowed', (value) => {
    expect(tool(`timeout: ${value}`)).toEqual([]);
  });
  test.each([
    ['Y21 NaN in a text', top('description: .nan'), 'V-Y4 /description: expected text, got NaN'],
    ['Y21 a number in a text', top('version: 1.0'), 'V-Y4 /version: expected text, got 1'],
    ['Y21 NaN in data', top('context: {a: [.nan]}'), 'V-Y4 /context/a/0: expected a finite number, got NaN'],
    ['no list', findings('name: p\nsteps: 3'), 'V-Y4 /steps: expected a list of steps, got 3'],
    ['nothing', findings('name: p'), 'V-Y4 /steps: expected a list of steps, got nothing'],
    ['no step', step('3'), 'V-Y4 /steps/0: expected a step, got 3'],
    ['no name', step('{kind: tool, tool: lookup}'), 'V-Y4 /steps/0/name: expected a name, got nothing'],
    ['no branches', route('condition: input'), 'V-Y4 /steps/0/branches: expected branches by key, got nothing'],
    ['empty branches', route('condition: input, branches: {}'), 'V-Y4 /steps/0/branches: expected at least one branch, got {}'],
    ['no condition', route('branches: {a: []}'), 'V-Y4 /steps/0/condition: expected an expression or {tool}, got nothing'],
    [
      'a mapper that is neither',
      route('condition: 3, branches: {a: []}'),
      'V-Y4 /steps/0/condition: expected an expression or {tool}, got 3',
    ],
    ['no value', step('{kind: expression, name: s}'), 'V-Y4 /steps/0/value: expected an expression, got nothing'],
    ['half an estimate', tool('estimate: {cost_usd: 1}'), 'V-Y4 /steps/0/estimate/tokens: expected an integer of at least 0, got nothing'],
    ['a path with a hole', tool('sink_to: a..b'), 'V-Y4 /steps/0/sinkTo: expected a path into the context, got "a..b"'],
    ['Y32 a module as a tool', step('{kind: tool, name: s, tool: "child_process:exec"}'), 'V-Y4 /steps/0/tool: expected an id of letters'],
    ['what the engine writes', tool('sink_to: context.runId'), "V-Y4 /steps/0/sinkTo: expected a field that the engine doesn't write"],
    [
      'a keyword that is no part of the language',
      tool('input_schema: {dependentRequired: {}}'),
      'V-Y4 /steps/0/inputSchema/dependentRequired: expected',
    ],
    ['a pattern that the workflow would run', tool('input_schema: {pattern: a}'), 'V-Y4 /steps/0/inputSchema/pattern: expected'],
    [
      'an action that is none',
      hitl('timeout: 1h, on_timeout: {action: retry}'),
      'V-Y4 /steps/0/onTimeout/action: expected fail, default or branch',
    ],
  ])('%s', (_, found, message) => {
    expect(found).toEqual([expect.stringContaining(message)]);
  });
  test('a pattern in an output schema is allowed: it is checked at the worker', () => {
    expect(top('agents: {a: {model: "m:n", output_schema: {type: string, pattern: "^a"}}}')).toEqual([]);
  });
  test('a step path is at most 800 bytes', () => {
    const deep = (levels: number): string =>
      levels === 0
        ? AGENT
        : `{kind: conditional, name: ${'n'.repeat(55)}${levels}, condition: input, branches: {é€: [${deep(levels - 1)}]}}`;
    expect(step(deep(12))).toEqual([]);
    expect(step(deep(13))).toEqual([expect.stringMatching(/^V-Y4 .*\/name: expected a step path of at most 800 bytes, got 8\d\d$/)]);
  });
});

describe('V-N1 names', () => {
  const named = (name: string) => step(`{kind: expression, name: ${name}, value: input}`);
  test.each([
    ['Y30 empty', '""'],
    ['Y30 10,000 characters', 'n'.repeat(10_000)],
    ['Y30 65 characters', 'n'.repeat(65)],
    ['Y30 emoji', '"😀"'],
    ['Y30 a newline', '"a\\nb"'],
    ['Y30 path syntax', '"a.b[0]"'],
    ['Y19 a direction override', '"a\\u202eb"'],
    ['Y06 __proto__', '__proto__'],
    ['a digit first', '1a'],
  ])('%s', (_, name) => {
    const found = named(name);
    expect(found).toEqual([expect.stringMatching(/^V-N1 Step name '[ -~…😀]{0,70}' is invalid$/u)]);
  });
  test.each(['constructor', 'toString', 'true', 'null', 'in', 'n'.repeat(64), 'a-b_c'])('Y30 %s is allowed', (name) => {
    expect(named(JSON.stringify(name))).toEqual([]);
  });
  test('Y30 repeated in its sequence', () => {
    expect(step(AGENT, AGENT)).toEqual(["V-N1 Step name 'a' is already used"]);
  });
  test('hiding an earlier step of an enclosing sequence', () => {
    const inner = '{kind: conditional, name: route, condition: input, branches: {x: {kind: expression, name: a, value: input}}}';
    expect(step(AGENT, inner)).toEqual(["V-N1 Step name 'a' hides an outer step"]);
  });
  test('the same in two branches, and of a later outer step', () => {
    const branch = '{kind: expression, name: a, value: input}';
    expect(step(`{kind: conditional, name: route, condition: input, branches: {x: ${branch}, y: ${branch}}}`, AGENT)).toEqual([]);
  });
  test('of pipelines and agents', () => {
    expect(findings('name: a b\nsteps: []')).toEqual(["V-N1 Pipeline name 'a b' is invalid"]);
    expect(top('agents: {"a:b": {model: "m:n"}}')).toEqual(["V-N1 Agent name 'a:b' is invalid"]);
    expect(top('agents: {a.b: {model: "m:n"}}')).toEqual([]);
  });
  test('branch keys may be any text without hidden characters', () => {
    expect(route('condition: input, branches: {"a/b: c": [], "": [], "😀": [], constructor: []}')).toEqual([]);
    expect(route('condition: input, branches: {a: [], __proto__: []}')).toEqual([expect.stringContaining('expected a branch key')]);
  });
});

describe('V-A1, V-A6, V-A7 agents and tools', () => {
  test('27.1 an agent step without an agent', () => {
    expect(step('{kind: agent, name: s}')).toEqual(["V-A1 Step 's' is missing an agent"]);
    expect(step('{kind: tool, name: s, tool: null}')).toEqual(["V-A1 Step 's' is missing a tool"]);
  });
  test('an agent that is not declared', () => {
    expect(step('{kind: agent, name: s, agent: writr}')).toEqual(["V-A6 Unknown agent 'writr'. Known: writer"]);
    expect(step('{kind: agent, name: s, agent: constructor}')).toEqual(["V-A6 Unknown agent 'constructor'. Known: writer"]);
  });
  test('a tool that is not in a known registry', () => {
    expect(step('{kind: tool, name: s, tool: lokup}')).toEqual(["V-A6 Unknown tool 'lokup'. Known: lookup, notify"]);
    const mappers = 'condition: {tool: a}, branch_input_mapper: {tool: b}, branch_output_mapper: {tool: lookup}, branches: {a: []}';
    expect(route(mappers)).toEqual([expect.stringContaining("Unknown tool 'a'"), expect.stringContaining("Unknown tool 'b'")]);
    const source = loadYaml(`${HEAD}steps:\n  - {kind: tool, name: s, tool: lokup}\n`, { file: 'p.yaml' });
    expect(compile(source).diagnostics).toEqual([]);
  });
  test.each([
    ['model without provider', 'model: gpt-5', 'model: expected provider:model, got "gpt-5"'],
    ['no model', 'system: x', 'model: expected provider:model, got nothing'],
    ['timeout', 'model: "m:n", timeout: soon', 'timeout: expected a duration like 500ms, 30s, 5m, 2h or 1d, got "soon"'],
    ['temperature', 'model: "m:n", temperature: hot', 'temperature: expected a number of at least 0, got "hot"'],
    ['option of two words', 'model: "m:n", max_output_tokens: 0', 'max_output_tokens: expected an integer of at least 1, got 0'],
    ['estimate', 'model: "m:n", estimate: {cost_usd: -1, tokens: 0}', 'estimate.cost_usd: expected an amount of USD of at least 0, got -1'],
  ])('V-A7 %s', (_, options, message) => {
    expect(top(`agents: {w: {${options}}}`)).toEqual([`V-A7 Agent 'w': ${message}`]);
  });
  test('V-A7 has nothing to say about good options', () => {
    const options =
      'model: "a:b:c", temperature: 0.3, top_k: 1, top_p: 1, max_output_tokens: 10, timeout: 5m, estimate: {cost_usd: "0.01", tokens: 0}';
    expect(top(`agents: {w: {${options}}}`)).toEqual([]);
  });
});

describe('V-E1, V-E2, V-E4, V-T3, TEMPLATE-001 texts', () => {
  test('27.4 a syntax error is named with its key, and placed', () => {
    const text = `${HEAD}steps:\n  - kind: conditional\n    name: route\n    condition: "lambda output, ctx: output"\n    branches: {a: []}\n`;
    expect(compile(loadYaml(text, { file: 'p.yaml' })).diagnostics).toMatchObject([
      {
        code: 'V-E1',
        message: expect.stringMatching(/^Invalid expression in condition: .* at \d+$/),
        path: 'route',
        position: { line: 7 },
      },
    ]);
  });
  test('keys are named as the author spells them', () => {
    expect(route('condition: input, branches: {a: []}, branch_output_mapper: "1 +"')).toEqual([
      expect.stringContaining('V-E1 Invalid expression in branch_output_mapper: '),
    ]);
  });
  test.each([
    ['an unknown name', '{kind: expression, name: s, value: inputs.a}', 'V-E2 Unknown name: inputs'],
    ['a name of another place', '{kind: expression, name: s, value: key}', 'V-E2 Unknown name: key'],
    ['an unknown function', '{kind: expression, name: s, value: "now()"}', 'V-E2 Unknown function: now'],
    ['an unknown name in a template', '{kind: tool, name: s, tool: lookup, input: "{{ inputs }}"}', 'V-E2 Unknown name: inputs'],
    ['too long an expression', `{kind: expression, name: s, value: "${'1 + '.repeat(1100)}1"}`, 'V-E4 Expression too complex'],
    ['an unknown filter', '{kind: tool, name: s, tool: lookup, input: "{{ input | nope }}"}', 'V-T3 Unknown template filter: nope'],
    ['a control tag', '{kind: tool, name: s, tool: lookup, input: "{% if x %}"}', 'TEMPLATE-001 Control tags are not supported'],
  ])('%s', (_, text, message) => {
    expect(step(text)).toEqual([message]);
  });
  test('in the system text of an agent', () => {
    expect(top('agents: {w: {model: "m:n", system: "{{ input | nope }}"}}')).toEqual(['V-T3 Unknown template filter: nope']);
  });
  test.each([
    ['value', '{kind: expression, name: s, value: "[input, context, runId]"}'],
    [
      'templates',
      '{kind: tool, name: s, tool: lookup, input: "{{ input }} {{ context }} {{ runId }} {{#each input}}{{ this }}{{ index }}{{/each}}"}',
    ],
    ['condition', '{kind: conditional, name: s, condition: "string([input, context, runId])", branches: {a: []}}'],
    [
      'branch_input_mapper',
      '{kind: conditional, name: s, condition: input, branches: {a: []}, branch_input_mapper: "[input, context, key]"}',
    ],
    [
      'branch_output_mapper',
      '{kind: conditional, name: s, condition: input, branches: {a: []}, branch_output_mapper: "[output, key, input, context]"}',
    ],
    ['a default', '{kind: hitl, name: s, timeout: 1h, on_timeout: {action: default, value: "[input, context, runId]"}}'],
    ['variables of a macro', '{kind: expression, name: s, value: "input.map(x, x + 1)"}'],
  ])('the names of %s', (_, text) => {
    expect(step(text)).toEqual([]);
  });
  test.each(['output', 'runId'])('%s is no name of branch_input_mapper', (name) => {
    expect(route(`condition: input, branches: {a: []}, branch_input_mapper: ${name}`)).toEqual([`V-E2 Unknown name: ${name}`]);
  });
});
