import { expect } from '@jest/globals';
import { compile } from '../../pipeline/compile/compile.js';
import type { CompileOptions } from '../../pipeline/compile/compile.js';
import { loadYaml } from '../../pipeline/yaml/load.js';

export const HEAD = 'name: p\nagents:\n  writer: {model: "scripted:w"}\n';
export const AGENT = '{kind: agent, name: a, agent: writer}';
export const OPTIONS: CompileOptions = { known: { tools: ['lookup', 'notify'] }, hasPrice: (model) => model === 'openai:priced' };

export function findings(text: string): string[] {
  const { diagnostics, pipeline } = compile(loadYaml(text, { file: 'p.yaml' }), OPTIONS);
  expect(pipeline === null).toBe(diagnostics.some(({ severity }) => severity === 'error'));
  for (const { position } of diagnostics) expect(position).toBeDefined();
  return diagnostics.map(({ code, message }) => `${code} ${message}`);
}
export const step = (...lines: string[]) => findings(`${HEAD}steps:\n${lines.map((line) => `  - ${line}\n`).join('')}`);
export const top = (lines: string) => findings(`name: p\n${lines}\nsteps: []\n`);
export const hitl = (options: string) => step(`{kind: hitl, name: ask, ${options}}`);
export const route = (options: string) => step(`{kind: conditional, name: route, ${options}}`);
