import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../config/load-config.js';
import { CommandError } from '../../../cli/exit.js';
import { loadPipeline, type InvalidPipelineError } from '../../../cli/pipeline-file.js';
import { prepareRun, type RunFlags } from '../../../cli/prepare-run.js';

let folder: string;
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const pair = `name: pair
agents: { a: { model: "scripted:x" }, b: { model: "openai:gpt-5-mini" } }
steps:
  - { kind: agent, name: one, agent: a }
  - { kind: agent, name: two, agent: b }
  - { kind: expression, name: three, value: input }
`;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flujo-file-'));
  mkdirSync(join(folder, 'folder.yaml'));
});
afterAll(() => rmSync(folder, { recursive: true }));
const errorOf = (work: Promise<unknown>) => work.then(() => null).catch((error: unknown) => error as CommandError);

describe('a pipeline file', () => {
  it.each<[what: string, name: string, text: string | null, message: RegExp]>([
    ['is missing', 'nowhere.yaml', null, /^File not found: .*nowhere\.yaml$/],
    ['is a folder', 'folder.yaml', null, /^Not a file: .*folder\.yaml$/],
    ['is of no known kind', 'x.toml', '', /a pipeline is a \.yaml, \.yml, \.json, \.ts, \.js or \.mjs file$/],
    ['has no extension, like -h', '-h', 'name: x', /-h: a pipeline is a \.yaml/],
    ['is no JSON', 'x.json', '{', /^[^\n]*x\.json: [^\n]*JSON[^\n]*$/],
    ['is a module that throws', 'throws.mjs', 'throw new Error("first\\nsecond");', /^[^\n]*throws\.mjs: first$/],
    ['is a module without a default export', 'none.mjs', 'export const a = 1;', /none\.mjs: the module has no default export$/],
  ])('that %s ends with 3, in one line', async (_, name, text, message) => {
    if (text !== null) file(name, text);
    const error = await errorOf(loadPipeline(join(folder, name)));
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({ code: 3, message: expect.stringMatching(message) as unknown });
  });

  it('is the same pipeline as YAML, JSON and module', async () => {
    const document = { irVersion: 1, name: 'same', steps: [{ kind: 'expression', name: 'v', value: 'input' }] };
    const texts = {
      'same.yaml': 'name: same\nsteps: [{ kind: expression, name: v, value: input }]\n',
      'same.json': JSON.stringify(document),
      'same.mjs': `export default ${JSON.stringify(document)};`,
    };
    const loaded = await Promise.all(Object.entries(texts).map(([name, text]) => loadPipeline(file(name, text))));
    expect(loaded.map(({ diagnostics }) => diagnostics)).toEqual([[], [], []]);
    expect(new Set(loaded.map(({ fingerprint }) => fingerprint)).size).toBe(1);
    expect(loaded[0]!.fingerprint).not.toBeNull();
  });

  it('names files beside it only; a link out of its folder is not followed', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'flujo-outside-'));
    writeFileSync(join(outside, 'secret.md'), 'secret');
    symlinkSync(join(outside, 'secret.md'), join(folder, 'link.md'));
    const text =
      'name: p\nagents: { a: { model: "scripted:x", system: { from_file: link.md } } }\nsteps: [{ kind: agent, name: s, agent: a }]\n';
    const { pipeline, diagnostics } = await loadPipeline(file('link.yaml', text));
    rmSync(outside, { recursive: true });
    expect(pipeline).toBeNull();
    expect(JSON.stringify(diagnostics)).not.toContain('"secret"');
    expect(diagnostics).toMatchObject([{ message: expect.stringContaining('link.md') as unknown }]);
  });
});

describe('a run is prepared', () => {
  const flags: RunFlags = { metadata: [], model: [], input: '' };
  const prepare = (text: string, options: Partial<RunFlags> = {}, toml = '') =>
    prepareRun(file('p.yaml', text), loadConfig({ file: file('flujo.toml', toml), env: {}, cwd: folder }), { ...flags, ...options });

  it.each<[what: string, model: string[], a: string, b: string]>([
    ['with the models of the file', [], 'scripted:x', 'openai:gpt-5-mini'],
    ['with one model for all agents', ['scripted:y'], 'scripted:y', 'scripted:y'],
    ['with a model for one agent', ['b=google:z'], 'scripted:x', 'google:z'],
    ['with the last word for an agent', ['scripted:y', 'a=scripted:z'], 'scripted:z', 'scripted:y'],
    ['with a model whose name has colons and equals signs', ['a=local:m=1:8b'], 'local:m=1:8b', 'openai:gpt-5-mini'],
  ])('%s', async (_, model, a, b) => {
    const { pipeline } = await prepare(pair, { model });
    expect([pipeline.agents!['a']!.model, pipeline.agents!['b']!.model]).toEqual([a, b]);
  });

  it('with some of its steps, in their order', async () => {
    const { pipeline } = await prepare(pair, { onlySteps: 'three, one' });
    expect(pipeline.steps.map(({ name }) => name)).toEqual(['one', 'three']);
  });

  it('29.1 with prices, budget and limits as data of the run', async () => {
    const toml = `[budgets.pipeline."pa*"]
cost_usd = 3.5
tokens = 77
[prices."openai:gpt-5-mini"]
input_per_million = 1
output_per_million = "2.50"
[worker]
heartbeat_timeout = "3s"
[template]
undefined = "warn"
`;
    const { start, models } = await prepare(pair, { limitCost: '8.0', limitTokens: '5000', metadata: ['a=b'], runId: 'mine' }, toml);
    expect(models).toEqual(['scripted:x', 'openai:gpt-5-mini']);
    expect(start).toMatchObject({
      runId: 'mine',
      limits: { costUsd: '8', tokens: 5000 },
      budget: { tokens: 77 },
      prices: { 'openai:gpt-5-mini': { inputPerMillion: '1', outputPerMillion: '2.5' } },
      templates: 'warn',
      metadata: { a: 'b' },
      driver: { heartbeatTimeout: 3_000 },
    });
    expect(Number(start.budget!.costUsd)).toBe(3.5);
  });

  it.each<[what: string, text: string, options: Partial<RunFlags>, code: number, message: RegExp]>([
    ['an unknown step', pair, { onlySteps: 'nope' }, 2, /^--only-steps: unknown step 'nope'\. Known: one, two, three$/],
    ['an unknown agent', pair, { model: ['c=scripted:y'] }, 2, /^--model: unknown agent 'c'\. Known: a, b$/],
    ['a model that is none', pair, { model: ['gpt'] }, 2, /^--model: expected provider:model or agent=provider:model, got 'gpt'$/],
    [
      'a pipeline with an error',
      'name: p\nsteps: [{ kind: agent, name: s }]\n',
      {},
      4,
      /^Pipeline validation failed before run:\n- \[V-A1\] s: /,
    ],
    ['a text that is no YAML', 'name: [', {}, 3, /^- \[V-Y1\] .*Invalid YAML at line 1/],
  ])('not with %s', async (_, text, options, code, message) => {
    expect(await errorOf(prepare(text, options))).toMatchObject({ code, message: expect.stringMatching(message) as unknown });
  });

  it('and its findings are data of the error', async () => {
    const error = await errorOf(prepare('name: p\nsteps: [{ kind: agent, name: s }]\n'));
    expect((error as InvalidPipelineError).loaded.diagnostics).toMatchObject([{ code: 'V-A1', position: { line: 2 } }]);
  });
});
