import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunResult } from '../../engine/results.js';
import { flujo, startCommand } from '../support/command.js';
import { root, startEnvironment, type Environment } from '../support/environment.js';

let folder: string;
let environment: Environment;
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const example = join(root, 'examples/support-triage');
const ask = 'name: asks\nsteps:\n  - { kind: hitl, name: ask, message: "Well?", wait_for_ever: true }\n'.replace(
  'wait_for_ever',
  'wait_forever',
);
const greet = `name: greets
agents: { w: { model: "scripted:m" } }
steps:
  - { kind: agent, name: one, agent: w }
  - { kind: agent, name: two, agent: w, estimate: { cost_usd: 0.1, tokens: 5 } }
`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flujo-e2e-'));
  environment = await startEnvironment({
    m: { answers: [{ output: 'hi', usage: { input_tokens: 3, output_tokens: 2, cost_usd: '0.1' } }], then: 'repeat' },
  });
});
afterAll(async () => {
  await environment.stop();
  rmSync(folder, { recursive: true });
});
const connected = (...args: string[]) => [...args, '--address', environment.server.address, '--task-queue', environment.taskQueue];

describe('without a server', () => {
  it.each<[string, string[], number, RegExp]>([
    ['version', ['version'], 0, /^\d+\.\d+\.\d+\n$/],
    ['help', ['--help'], 0, /Usage: flujo/],
    ['an unknown command', ['rum'], 2, /Did you mean run\?/],
    ['an unknown flag', ['run', 'x.yaml', '--limit-costs', '1'], 2, /Did you mean --limit-cost\?/],
    ['a missing argument', ['validate'], 2, /missing required argument/],
    ['a missing file', ['validate', 'nowhere.yaml'], 3, /File not found: nowhere.yaml/],
    ['a file of another kind', ['validate', 'README.md'], 3, /a pipeline is a .yaml/],
    ['a missing configuration', ['validate', 'x.yaml', '--config', 'none.toml'], 2, /Configuration file not found: none.toml/],
    ['a port that is none', ['dev', '--port', 'x'], 2, /Not a port/],
    ['a decision that is no JSON', ['decide', 'r', 'ask', '--data', 'yes'], 2, /--data: expected JSON/],
    ['a limit that is none', ['run', join(example, 'pipeline.yaml'), '--limit-cost', '-1'], 2, /--limit-cost: expected an amount/],
    ['a model that is none', ['run', join(example, 'pipeline.yaml'), '--model', 'gpt'], 2, /--model: expected provider:model/],
    ['an unknown step', ['run', join(example, 'pipeline.yaml'), '--only-steps', 'nope'], 2, /--only-steps: unknown step 'nope'/],
    [
      'no server',
      ['run', join(example, 'pipeline.yaml'), '--address', '127.0.0.1:1'],
      2,
      /No Temporal server at 127.0.0.1:1. Start one with 'flujo dev', or add --dev/,
    ],
  ])('%s', async (_, args, code, said) => {
    const { code: actual, stdout, stderr } = await flujo(args);
    expect(stdout + stderr).toMatch(said);
    expect(actual).toBe(code);
    expect(stderr).not.toMatch(/\n\s+at .*\(/);
  });

  it('29.3 validate says that a pipeline is valid, or what is wrong with it and where', async () => {
    expect(await flujo(['validate', join(example, 'pipeline.yaml')])).toMatchObject({ code: 0, stdout: 'Pipeline is valid\n' });
    const bad = file('bad.yaml', 'name: bad\nsteps:\n  - { kind: expression, name: a, value: "1 +", retries: 3 }\n');
    const { code, stdout } = await flujo(['validate', bad]);
    expect(code).toBe(4);
    expect(stdout).toContain(`${bad}:3:`);
    expect(stdout).toContain('[V-Y2]');
    expect(stdout).toContain('[V-E1]');
    const json = JSON.parse((await flujo(['validate', bad, '--json'])).stdout) as { isValid: boolean; counts: { errors: number } };
    expect(json).toMatchObject({ isValid: false, counts: { errors: 2 } });
    expect((await flujo(['validate', file('worse.yaml', 'a: [1')])).code).toBe(3);
  });

  it('29.4 validate speaks SARIF', async () => {
    const { stdout } = await flujo(['validate', file('bad2.yaml', 'name: 1x\nsteps: []\n'), '--format', 'sarif']);
    expect(JSON.parse(stdout)).toMatchObject({
      version: '2.1.0',
      runs: [{ tool: { driver: { name: 'flujo-validate' } }, results: [{ ruleId: 'V-N1' }] }],
    });
  });

  it('run --dry-run checks only', async () => {
    const { code, stdout } = await flujo(['run', file('dry.yaml', ask), '--dry-run', '--json']);
    expect({ code, json: JSON.parse(stdout) as unknown }).toEqual({ code: 0, json: { validated: true, steps: ['ask'] } });
  });

  it('29.5 init writes a project once', async () => {
    const project = join(folder, 'project');
    expect((await flujo(['init', project])).code).toBe(0);
    expect((await flujo(['validate', join(project, 'pipeline.yaml')])).code).toBe(0);
    const ran = await flujo(['run', 'pipeline.yaml', '--dev', '--input', 'Ada', '--json'], { cwd: project });
    expect(JSON.parse(ran.stdout)).toMatchObject({ status: 'paused', requests: [{ id: 'approve' }] });
    const second = await flujo(['init', project]);
    expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining('Overwrite it with --force') as unknown });
    expect((await flujo(['init', project, '--force', '--yes'])).stdout).toContain('Overwrote: flujo.toml, pipeline.yaml');
  });

  it('an unknown key of the configuration is located', async () => {
    const config = file('flujo.toml', '[temporal]\nadress = "x"\n');
    const { code, stderr } = await flujo(['run', file('any.yaml', ask), '--config', config]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `${config}:2: Unknown key 'temporal.adress'. Did you mean 'address'?\n` });
  });

  it('a model whose key is missing is told before anything starts', async () => {
    const paid = file('paid.yaml', 'name: paid\nagents: { a: { model: "openai:gpt-5" } }\nsteps: [{ kind: agent, name: s, agent: a }]\n');
    const { code, stderr } = await flujo(['run', paid, '--dev'], { cwd: folder, env: { FLUJO_CONFIG: file('empty.toml', '') } });
    expect({ code, stderr }).toEqual({ code: 2, stderr: "Model 'openai:gpt-5' needs OPENAI_API_KEY\n" });
  });

  it('a busy port is told with its remedy', async () => {
    const holder = await new Promise<Server>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
    });
    const { port } = holder.address() as { port: number };
    const { code, stderr } = await flujo(['dev', '--port', String(port)], { cwd: folder, env: { FLUJO_CONFIG: file('empty.toml', '') } });
    holder.close();
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`Port ${port} .*--port`));
  });

  it.each(['validate', 'version', '--help', 'schema'])('%s loads nothing of Temporal', async (command) => {
    const loader = file(
      'loader.mjs',
      "export async function load(url, context, next) { if (url.includes('@temporalio')) throw new Error('loaded ' + url); return next(url, context); }",
    );
    const register = file('register.mjs', `import { register } from 'node:module'; register(${JSON.stringify(`file://${loader}`)});`);
    const args = command === 'validate' ? ['validate', join(example, 'pipeline.yaml')] : [command];
    const { code, stderr } = await flujo(args, { env: { NODE_OPTIONS: `--import file://${register}` } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

it('the package root loads nothing of Temporal', async () => {
  const module = file('root.mjs', `await import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)});`);
  const loader = file(
    'root-loader.mjs',
    "export async function load(url, context, next) { if (url.includes('@temporalio')) throw new Error('loaded ' + url); return next(url, context); }",
  );
  const register = file('root-register.mjs', `import { register } from 'node:module'; register(${JSON.stringify(`file://${loader}`)});`);
  const { status, stderr } = spawnSync(process.execPath, ['--import', `file://${register}`, module], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

describe('with a server', () => {
  it('run follows a run and prints its result', async () => {
    const { code, stdout, stderr } = await flujo(connected('run', file('greet.yaml', greet), '--input', 'x'));
    expect(code).toBe(0);
    expect(stderr).toMatch(/✓ one {2}try 1 .*\$0\.1 {2}5 tokens/);
    expect(stdout).toContain('Total cost: $0.2');
    expect(stdout).toContain('Pipeline execution completed successfully!');
    const summary = await flujo(connected('run', file('greet.yaml', greet), '--summary'));
    expect(summary.stdout).not.toContain('Final Context:');
  });

  it('run --json prints the result and nothing else', async () => {
    const { stdout, stderr } = await flujo(connected('run', file('greet.yaml', greet), '--json'));
    expect(JSON.parse(stdout) as RunResult).toMatchObject({ status: 'completed', output: 'hi', usage: { costUsd: '0.2' } });
    expect(stderr).toBe('');
    const stream = (await flujo(connected('run', file('greet.yaml', greet), '--json=stream'))).stdout.trim().split('\n');
    expect(stream.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(['step', 'step', 'result']);
  });

  it('run below the price of the second call says what was spent and what it would have needed', async () => {
    const before = environment.models.bill().length;
    const { code, stderr } = await flujo(connected('run', file('greet.yaml', greet), '--limit-cost', '0.15'));
    expect(code).toBe(1);
    expect(stderr).toContain('Budget exceeded\nCost limit of $0.15 exceeded\nSpent: $0.1 settled');
    expect(stderr).toContain('the next call would have needed $0.1');
    expect(environment.models.bill()).toHaveLength(before + 1);
  });

  it('a request is shown, found, decided and followed by commands', async () => {
    const paused = await flujo(connected('run', file('ask.yaml', ask), '--run-id', 'e2e-ask-1'));
    expect(paused.code).toBe(0);
    expect(paused.stderr).toContain('Pipeline execution paused.');
    expect(paused.stdout).toContain(`flujo decide e2e-ask-1 ask --data true`);
    const requests = JSON.parse((await flujo(connected('requests', 'e2e-ask-1', '--json'))).stdout) as unknown[];
    expect(requests).toMatchObject([{ runId: 'e2e-ask-1', id: 'ask', message: 'Well?' }]);
    expect((await flujo(connected('status', 'e2e-ask'))).stdout).toContain('e2e-ask-1  paused');
    expect(await flujo(connected('run', file('ask.yaml', ask), '--run-id', 'e2e-ask-1'))).toMatchObject({
      code: 2,
      stderr: "Run id 'e2e-ask-1' already exists\n",
    });
    expect(await flujo(connected('decide', 'e2e-ask-1', 'nope', '--data', '1'))).toMatchObject({
      code: 1,
      stderr: "Unknown request 'nope'\n",
    });
    expect((await flujo(connected('decide', 'e2e-ask-1', 'ask', '--data', '{"a":1}', '--by', 'ann'))).code).toBe(0);
    expect((await flujo(connected('status', 'e2e-ask-1', '--follow'))).code).toBe(0);
    const step = JSON.parse((await flujo(connected('status', 'e2e-ask-1', '--step', 'ask', '--json'))).stdout) as unknown;
    expect(step).toMatchObject({ path: 'ask', output: { a: 1 } });
  });

  it('cancel ends a run as Cancelled', async () => {
    await flujo(connected('run', file('ask.yaml', ask), '--run-id', 'e2e-cancel', '--detach', '--json'));
    expect((await flujo(connected('cancel', 'e2e-cancel'))).code).toBe(0);
    expect((await flujo(connected('status', 'e2e-cancel', '--follow'))).code).toBe(1);
    expect(await flujo(connected('status', 'nobody-knows'))).toMatchObject({ code: 1, stderr: 'Run not found: nobody-knows\n' });
  });

  it('29.6 an interrupt detaches, and the run goes on', async () => {
    const args = ['run', file('ask.yaml', ask), '--run-id', 'e2e-int', '--address', environment.server.address, '--task-queue', 'nobody'];
    const command = startCommand(args);
    await command.said(/No worker polls task queue 'nobody'. Start one with 'flujo worker'. The run waits./);
    command.child.kill('SIGINT');
    const { code, stderr } = await command.finished;
    expect(code).toBe(130);
    expect(stderr).toContain('Follow it with: flujo status e2e-int --follow');
    expect((await environment.client.getRun('e2e-int').describe()).status.name).toBe('RUNNING');
  });

  it('doctor tells what is there', async () => {
    const { code, stdout } = await flujo(connected('doctor'));
    expect(code).toBe(0);
    expect(stdout).toMatch(/✓ server: 1\.32\.\d+ at /);
    expect(stdout).toMatch(/✓ worker: polls/);
  });
});
