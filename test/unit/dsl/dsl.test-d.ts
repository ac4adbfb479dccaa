/** Checked by the compiler alone: each marked line has to be an error. */
import { z } from 'zod';
import { agent, expr, pipeline, step } from '../../../index.js';
import type { Pipeline } from '../../../index.js';
import { compile } from '../../../index.js';

agent({ model: 'openai:gpt-5', outputSchema: z.object({ a: z.string() }) });
agent({ model: 'openai:gpt-5', outputSchema: { type: 'object' } });
// @ts-expect-error -- no model
agent({ system: 'x' });
// @ts-expect-error -- a key that agents don't have
agent({ model: 'm:n', retries: 1 });
// @ts-expect-error -- a number is needed
agent({ model: 'm:n', temperature: 'hot' });
// @ts-expect-error -- a schema is needed
agent({ model: 'm:n', outputSchema: 'object' });

step.agent('a', { agent: 'w', maxRetries: 2, timeout: '5m', input: expr('input') });
// @ts-expect-error -- no agent
step.agent('a', {});
// @ts-expect-error -- snake_case is for YAML
step.agent('a', { agent: 'w', max_retries: 2 });
// @ts-expect-error -- the kind is given by the function
step.agent('a', { agent: 'w', kind: 'agent' });
// @ts-expect-error -- a name is needed
step.agent({ agent: 'w' });

step.tool('t', { tool: 'x', reads: ['a'], limits: { costUsd: '0.1', tokens: 'unlimited' } });
// @ts-expect-error -- a tool is named, not handed over
step.tool('t', { tool: () => 1 });
// @ts-expect-error -- no such limit
step.tool('t', { tool: 'x', limits: { usd: 1 } });

step.expression('e', { value: 'input' });
// @ts-expect-error -- only agents and tools have tries
step.expression('e', { value: 'input', maxRetries: 1 });

step.conditional('c', { condition: 'input', branches: { a: [step.expression('e', { value: '1' })] }, default: [] });
step.conditional('c', { condition: { tool: 'pick', timeout: '5s' }, branches: { a: [] } });
// @ts-expect-error -- a branch is a list of steps
step.conditional('c', { condition: 'input', branches: { a: 'b' } });
// @ts-expect-error -- no branches
step.conditional('c', { condition: 'input' });
// @ts-expect-error -- a mapper is an expression or a tool
step.conditional('c', { condition: 3, branches: { a: [] } });

step.hitl('h', { timeout: '1h', onTimeout: { action: 'branch', steps: [] }, form: z.object({}) });
// @ts-expect-error -- no such action
step.hitl('h', { timeout: '1h', onTimeout: { action: 'retry' } });
// @ts-expect-error -- a default needs its value
step.hitl('h', { timeout: '1h', onTimeout: { action: 'default' } });

const document = pipeline({ name: 'p', steps: [step.hitl('h', { waitForever: true })] });
// @ts-expect-error -- what a builder made is not changed
document.name = 'q';
// @ts-expect-error -- a key that pipelines don't have
pipeline({ name: 'p', steps: [], step: [] });
// @ts-expect-error -- no steps
pipeline({ name: 'p' });

export const compiled: Pipeline | null = compile(document).pipeline;
// @ts-expect-error -- it may not have compiled
export const certain: Pipeline = compile(document).pipeline;
