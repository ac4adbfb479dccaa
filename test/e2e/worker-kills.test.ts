import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Runtime } from '@temporalio/worker';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { agentStep, askStep, pipelineOf, toolStep } from '../support/documents.js';
import { startCommand, type Command } from '../support/command.js';
import { opened, startEnvironment, type Environment } from '../support/environment.js';
import { compiled } from '../support/run-engine.js';

const usage = { input_tokens: 3, output_tokens: 2, cost_usd: '0.1' };
const estimate = { costUsd: '0.1', tokens: 5 };
const driver = { heartbeatTimeout: 2_000, searchAttributes: false };
let folder: string;
let environment: Environment;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flujo-kill-'));
  const slow = { output: 'slow', usage, latency: '1500ms' };
  environment = await startEnvironment(
    { m: { answers: [{ output: 'fast', usage }], then: 'repeat' }, slow: { answers: [slow], then: 'repeat' } },
    { withWorker: false },
  );
  writeFileSync(
    join(folder, 'tools.mjs'),
    `import { defineRegistry, tool } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};\nexport default defineRegistry({ tools: { echo: tool({ run: (input) => input }) } });\n`,
  );
  writeFileSync(
    join(folder, 'flujo.toml'),
    `[worker]\nmodules = ["./tools.mjs"]\n\n[providers.scripted]\nkind = "openai-compatible"\nbase_url = "${environment.models.url}"\n`,
  );
});
afterAll(async () => {
  await environment.stop();
  // No worker of this process ends it, and it would keep the process alive.
  await Runtime.instance().shutdown();
  rmSync(folder, { recursive: true });
});

/** A worker as a process of its own. */
async function startWorkerProcess(): Promise<Command> {
  const { server, taskQueue } = environment;
  const worker = startCommand(['worker', '--address', server.address, '--task-queue', taskQueue], { cwd: folder });
  await worker.said(/Worker polls/);
  return worker;
}

async function kill(worker: Command): Promise<void> {
  worker.child.kill('SIGKILL');
  await worker.finished;
}

const start = (document: unknown) => environment.client.start(compiled(document), { taskQueue: environment.taskQueue, driver });
const billed = (run: string) => environment.models.bill().filter(({ key }) => key.startsWith(run));
const total = (lines: readonly { costUsd: string }[]) => lines.reduce((sum, line) => sum + Number(line.costUsd), 0).toFixed(6);

it('K01 in mid-call: the lost call stays charged, one fresh call is made, and the ledger covers the bill', async () => {
  const first = await startWorkerProcess();
  const calls = environment.models.calls().length;
  const run = await start(pipelineOf([agentStep('w', { estimate })], { agents: { w: { model: 'scripted:slow' } } }));
  await environment.models.arrived(calls + 1);
  await kill(first);
  const second = await startWorkerProcess();
  const result = await run.result();
  await kill(second);
  expect(result).toMatchObject({
    output: 'slow',
    steps: [{ attempts: 1 }],
    usage: { costUsd: '0.2', calls: 2, estimated: { costUsd: '0.1', calls: 1 } },
  });
  const bill = billed(run.executionId!);
  expect(bill.length).toBeLessThanOrEqual(2);
  expect(Number(result.usage.costUsd)).toBeGreaterThanOrEqual(Number(total(bill)));
});

it('while a request is pending: nothing is asked or paid twice', async () => {
  const first = await startWorkerProcess();
  const steps = [agentStep('w', { estimate }), askStep('ask'), agentStep('x', { estimate })];
  const run = await start(pipelineOf(steps, { agents: { w: { model: 'scripted:m' }, x: { model: 'scripted:m' } } }));
  await opened(run);
  await kill(first);
  const second = await startWorkerProcess();
  await run.decide({ requestId: 'ask', data: 'go on' });
  const result = await run.result();
  await kill(second);
  expect(result).toMatchObject({ output: 'fast', usage: { costUsd: '0.2', calls: 2 } });
  expect(result.usage).not.toHaveProperty('estimated');
  expect(total(billed(run.executionId!))).toBe('0.200000');
});

it('between steps, again and again: the run ends right, settled and unsettled cover the bill', async () => {
  let worker = await startWorkerProcess();
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const steps = names.flatMap((name) => [agentStep(name, { estimate }), toolStep('echo' + name, { tool: 'echo' })]);
  const run = await start(pipelineOf(steps, { agents: Object.fromEntries(names.map((name) => [name, { model: 'scripted:m' }])) }));
  for (let kills = 0; kills < 3; kills++) {
    await delay(30);
    await kill(worker);
    worker = await startWorkerProcess();
  }
  const result = await run.result();
  await kill(worker);
  expect(result).toMatchObject({ status: 'completed', output: 'fast', steps: { length: 12 } });
  const bill = billed(run.executionId!);
  const { usage: spent } = result;
  expect(Number(spent.costUsd)).toBeGreaterThanOrEqual(Number(total(bill)));
  if (!spent.estimated) expect(Number(spent.costUsd).toFixed(6)).toBe(total(bill));
});
