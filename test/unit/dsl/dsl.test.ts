import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { z } from 'zod';
import { agent, compile, expr, pipeline, step } from '../../../index.js';

describe('builders make data', () => {
  test.each([
    ['agent', step.agent('a', { agent: 'w', maxRetries: 2 }), { kind: 'agent', name: 'a', agent: 'w', maxRetries: 2 }],
    ['tool', step.tool('t', { tool: 'x', input: expr('input.a') }), { kind: 'tool', name: 't', tool: 'x', input: { expr: 'input.a' } }],
    ['expression', step.expression('e', { value: '1' }), { kind: 'expression', name: 'e', value: '1' }],
    [
      'conditional',
      step.conditional('c', { condition: 'input', branches: { a: [] } }),
      { kind: 'conditional', name: 'c', condition: 'input', branches: { a: [] } },
    ],
    ['hitl', step.hitl('h', { waitForever: true }), { kind: 'hitl', name: 'h', waitForever: true }],
  ])('%s', (_, made, data) => {
    expect(made).toEqual(data);
    expect(Object.isFrozen(made)).toBe(true);
  });
});

describe('schemas', () => {
  test('of zod become JSON Schema of what arrives', () => {
    const schema = z.object({ id: z.string(), count: z.number().default(1), when: z.string().transform((text) => text.length) });
    expect(agent({ model: 'm:n', outputSchema: schema }).outputSchema).toEqual({
      type: 'object',
      properties: { id: { type: 'string' }, count: { type: 'number', default: 1 }, when: { type: 'string' } },
      required: ['id', 'when'],
    });
  });
  test('of JSON stay as they are', () => {
    const schema = { type: 'object', properties: { toJSONSchema: { type: 'string' } } };
    expect(step.hitl('h', { waitForever: true, form: schema }).form).toEqual(schema);
    expect(pipeline({ name: 'p', inputSchema: true, contextSchema: null, steps: [] })).toMatchObject({
      inputSchema: true,
      contextSchema: null,
    });
  });
  test('that say themselves by another library are asked', () => {
    const schema = { toJSONSchema: () => ({ $schema: 'x', type: 'string' }) };
    expect(step.expression('e', { value: '1', inputSchema: schema }).inputSchema).toEqual({ type: 'string' });
  });
});

test('a builder checks nothing: a wrong document is what compile reports on', () => {
  const document = pipeline({ name: 'not a name', steps: [step.hitl('h', {})] });
  expect(compile(document).diagnostics.map(({ code }) => code)).toEqual(['V-N1', 'V-H1']);
});

test('the package root loads nothing of Temporal', () => {
  const refuse =
    "export function resolve(name, context, next) { if (name.startsWith('@temporalio/')) throw new Error(name); return next(name, context); }";
  const hook = `import { register } from 'node:module'; register('data:text/javascript,' + ${JSON.stringify(encodeURIComponent(refuse))});`;
  const load = (name: string) => {
    const script = `const loaded = await import(${JSON.stringify(name)}); console.log(Object.keys(loaded).length > 0);`;
    const options = [
      '--import',
      'tsx',
      '--import',
      `data:text/javascript,${encodeURIComponent(hook)}`,
      '--input-type=module',
      '-e',
      script,
    ];
    return spawnSync(process.execPath, options, { encoding: 'utf8' });
  };
  expect(load('./index.ts')).toMatchObject({ status: 0, stdout: 'true\n' });
  expect(load('@temporalio/common').stderr).toContain('@temporalio/common');
});
