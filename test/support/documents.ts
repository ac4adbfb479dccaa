import type { Json } from '../../pipeline/ir/types.js';

/** Short spellings for the pipelines of tests. Agents are `scripted:` and named like their steps unless told otherwise. */
type Options = { [key: string]: unknown };

export const agentStep = (name: string, options: Options = {}) => ({ kind: 'agent', name, agent: name, ...options });
export const toolStep = (name: string, options: Options = {}) => ({ kind: 'tool', name, tool: name, ...options });
export const valueStep = (name: string, value: string, options: Options = {}) => ({ kind: 'expression', name, value, ...options });
export const askStep = (name: string, options: Options = {}) => ({ kind: 'hitl', name, message: 'Well?', waitForever: true, ...options });
export const conditionalStep = (name: string, condition: unknown, branches: { [key: string]: unknown[] }, options: Options = {}) => ({
  kind: 'conditional',
  name,
  condition,
  branches,
  ...options,
});

/** A pipeline whose agent steps each have an agent of their own, estimated at nothing. */
export function pipelineOf(steps: readonly unknown[], options: Options = {}): Json {
  const agents = Object.fromEntries(
    agentNames(steps).map((name) => [name, { model: 'scripted:m', estimate: { costUsd: '0', tokens: 0 } }]),
  );
  const declared = { ...agents, ...((options['agents'] as object | undefined) ?? {}) };
  return JSON.parse(
    JSON.stringify({ irVersion: 1, name: 'p', steps, ...options, ...(Object.keys(declared).length > 0 && { agents: declared }) }),
  ) as Json;
}

function agentNames(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(agentNames);
  if (typeof node !== 'object' || node === null) return [];
  const own = 'agent' in node && typeof node.agent === 'string' ? [node.agent] : [];
  return [...own, ...Object.values(node).flatMap(agentNames)];
}
