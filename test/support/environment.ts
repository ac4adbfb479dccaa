import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import type { RunHandle } from '../../client/run-handle.js';
import type { Request } from '../../engine/results.js';
import { FlujoClient } from '../../client/flujo-client.js';
import { findTestServer } from '../../server/find-server.js';
import { freePort, startServer, type Server } from '../../server/start-server.js';
import { parseScript, startModelServer, type ModelServer } from '../../testing/model-server/index.js';
import tools from './tools.js';
import { installRuntime } from '../../worker/runtime.js';
import { startWorker, type FlujoWorker } from '../../worker/create-worker.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));
process.env['FLUJO_CACHE_DIR'] ??= join(root, '.cache');

/** A real server in memory, a client, scripted models over HTTP and a worker in this process. */
export interface Environment {
  readonly server: Server;
  readonly client: FlujoClient;
  readonly models: ModelServer;
  readonly taskQueue: string;
  stop(): Promise<void>;
}

/** One per test file. `script`: what the scripted models answer. `withWorker` false: tests start their own. */
export async function startEnvironment(script: object, { withWorker = true, hasWebUi = false } = {}): Promise<Environment> {
  installRuntime({ level: 'error' });
  const taskQueue = `test-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const server = await startServer({
    port: await freePort(),
    uiPort: hasWebUi ? await freePort() : null,
    namespace: 'default',
    logFile: join(root, `.cache/logs/server-${process.pid}.log`),
  });
  const models = await startModelServer({ script: parseScript(script) });
  const worker = withWorker ? await startTestWorker({ server, models, taskQueue }) : null;
  const client = new FlujoClient(new Client({ connection: await Connection.connect({ address: server.address }) }), server.address);
  return {
    server,
    client,
    models,
    taskQueue,
    async stop() {
      await worker?.stop();
      await client.close();
      await models.close();
      await server.stop();
    },
  };
}

export async function startTestWorker({
  server,
  models,
  taskQueue,
}: Pick<Environment, 'server' | 'models' | 'taskQueue'>): Promise<FlujoWorker> {
  return startWorker({
    address: server.address,
    namespace: 'default',
    taskQueue,
    registry: tools,
    providers: { scripted: { kind: 'openai-compatible', baseUrl: models.url } },
    env: {},
    graceTime: 1_000,
  });
}

export async function testServerPath(): Promise<string> {
  return (await findTestServer()).path;
}

/** Waits until a run has an open request, and gives all that are open. */
export async function opened(run: RunHandle): Promise<readonly [Request, ...Request[]]> {
  for (;;) {
    const [first, ...others] = await run.requests().catch(() => []);
    if (first) return [first, ...others];
    await delay(20);
  }
}

export async function eventsOf({ client }: Environment, run: RunHandle) {
  return (await client.temporal.workflow.getHandle(run.runId).fetchHistory()).events ?? [];
}
