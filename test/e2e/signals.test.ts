import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Runtime } from '@temporalio/worker';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../server/start-server.js';
import { flujo, startCommand } from '../support/command.js';
import { startEnvironment, type Environment } from '../support/environment.js';

let folder: string;
let environment: Environment;
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
/** Of the server that a command keeps in its folder. */
const serverPid = (): number => (JSON.parse(readFileSync(join(folder, '.flujo/server.json'), 'utf8')) as { pid: number }).pid;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flujo-signals-'));
  environment = await startEnvironment({ slow: { answers: [{ output: 'slow', latency: '2s' }], then: 'repeat' } }, { withWorker: false });
  file('ask.yaml', 'name: asks\nsteps: [{ kind: hitl, name: ask, message: "Well?", wait_forever: true }]\n');
  file('slow.yaml', 'name: slow\nagents: { w: { model: "scripted:slow" } }\nsteps: [{ kind: agent, name: one, agent: w }]\n');
  file('models.yaml', 'slow:\n  - { output: hi }\n');
  file('flujo.toml', `[providers.scripted]\nkind = "openai-compatible"\nbase_url = "${environment.models.url}"\n`);
});
afterAll(async () => {
  await environment.stop();
  // No worker of this process ends it, and it would keep the process alive.
  await Runtime.instance().shutdown();
  rmSync(folder, { recursive: true });
});

describe('dev', () => {
  it('prints its addresses, serves other commands, and leaves nothing behind at Ctrl-C', async () => {
    const [port, uiPort] = [await freePort(), await freePort()];
    const dev = startCommand(['dev', '--port', String(port), '--ui-port', String(uiPort)], { cwd: folder });
    await dev.said(/Ctrl-C stops both/);
    const pid = serverPid();
    expect((await fetch(`http://127.0.0.1:${uiPort}/`)).status).toBe(200);
    const address = `127.0.0.1:${port}`;
    expect(await flujo(['run', 'ask.yaml', '--address', address, '--run-id', 'kept', '--json'], { cwd: folder })).toMatchObject({
      code: 0,
    });
    expect(await flujo(['requests', '--address', address], { cwd: folder })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('flujo decide kept ask --data true') as unknown,
    });
    expect(await flujo(['dev', '--port', String(await freePort())], { cwd: folder })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`A Temporal server of this folder runs already: ${address}`) as unknown,
    });
    dev.child.kill('SIGINT');
    const { code, stderr } = await dev.finished;
    expect({ code, said: stderr.split('\n').slice(0, 4) }).toEqual({
      code: 0,
      said: [
        "Flujo development server, task queue 'flujo'",
        `  Temporal  ${address}`,
        `  Web UI    http://127.0.0.1:${uiPort}`,
        '  Ctrl-C stops both',
      ],
    });
    expect(isAlive(pid)).toBe(false);
  });

  it('does not take the variables of another server for its own, and keeps its runs', async () => {
    const env = { TEMPORAL_ADDRESS: '127.0.0.1:1', TEMPORAL_API_KEY: 'of-a-cloud', TEMPORAL_PROFILE: 'nobody-has-it' };
    const taken = await flujo(['run', 'ask.yaml', '--dev', '--run-id', 'kept'], { cwd: folder, env });
    expect(taken).toMatchObject({ code: 2, stderr: "Run id 'kept' already exists\n" });
    const ran = await flujo(['run', 'ask.yaml', '--dev', '--json'], { cwd: folder, env: { ...env, TEMPORAL_NAMESPACE: 'elsewhere' } });
    expect(JSON.parse(ran.stdout)).toMatchObject({ status: 'paused', requests: [{ id: 'ask' }] });
  });
});

it('run --dev at Ctrl-C stops its worker and its server; the run is still there', async () => {
  const run = startCommand(['run', 'slow.yaml', '--dev', '--run-id', 'slow-1'], { cwd: folder });
  await environment.models.arrived(environment.models.calls().length + 1);
  const pid = serverPid();
  run.child.kill('SIGINT');
  const { code, stderr } = await run.finished;
  expect(code).toBe(130);
  expect(stderr).toContain('Follow it with: flujo status slow-1 --follow');
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(join(folder, '.flujo/server.json'))).toBe(false);
});

describe('K05 a worker', () => {
  const worker = () =>
    startCommand(['worker', '--address', environment.server.address, '--task-queue', environment.taskQueue], { cwd: folder });
  const start = async (runId: string) => {
    const calls = environment.models.calls().length;
    const to = ['--address', environment.server.address, '--task-queue', environment.taskQueue];
    await flujo(['run', 'slow.yaml', '--run-id', runId, '--detach', ...to], { cwd: folder });
    await environment.models.arrived(calls + 1);
    return calls;
  };

  it('at SIGTERM lets its calls end, takes no new ones, and ends with 0', async () => {
    const first = worker();
    await first.said(/Worker polls/);
    const calls = await start('drained');
    first.child.kill('SIGTERM');
    expect((await first.finished).code).toBe(0);
    const second = worker();
    expect(await environment.client.getRun('drained').result()).toMatchObject({ output: 'slow', steps: [{ attempts: 1 }] });
    second.child.kill('SIGTERM');
    await second.finished;
    expect(environment.models.calls()).toHaveLength(calls + 1);
  });

  it('at a second SIGINT does not wait', async () => {
    const first = worker();
    await first.said(/Worker polls/);
    await start('hurried');
    first.child.kill('SIGINT');
    await first.said(/Stopping…/);
    first.child.kill('SIGINT');
    expect((await first.finished).code).toBe(0);
    expect((await environment.client.getRun('hurried').describe()).status.name).toBe('RUNNING');
  });
});

it('models serves a script until it is stopped', async () => {
  const models = startCommand(['models', 'models.yaml'], { cwd: folder });
  const [, url] = await models.said(/Scripted models at (http:\S+)\./);
  const body = JSON.stringify({ model: 'slow', messages: [{ role: 'user', content: 'x' }] });
  const answer = await fetch(`${url}/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect(await answer.json()).toMatchObject({ choices: [{ message: { content: 'hi' } }] });
  models.child.kill('SIGINT');
  expect((await models.finished).code).toBe(0);
});
