import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkRequirements } from '../activities/agent/requirements.js';
import type { Config } from '../config/load-config.js';
import { CommandError, EXIT } from './exit.js';
import { startScriptedModels, startWorkerStack, stateFolder, type Running } from './stack.js';
import { providersOf, type GlobalOptions, type OwnServer } from './workspace.js';
import { dim, say } from './terminal.js';

export interface LocalOptions extends GlobalOptions {
  /** Ports of server and Web UI; free ones when absent. */
  readonly port?: number;
  readonly uiPort?: number;
  /** Milliseconds that running calls get at the end. */
  readonly graceTime?: number;
}

export interface Local extends Running, OwnServer {
  readonly uiUrl: string | null;
  /** Resolves when the worker has stopped by itself. */
  readonly stopped: Promise<void>;
}

/** Milliseconds that calls get when a command that owns its worker ends. */
const GRACE = 5_000;

/** Server, scripted models and worker for the life of a command. `models` are those that a run needs: a missing key is told before it starts. */
export async function startLocal(config: Config, options: LocalOptions, models: readonly string[] = []): Promise<Local> {
  const { freePort, startServer } = await import('../server/start-server.js');
  const stateDir = stateFolder(config);
  const logs = join(stateDir, 'logs');
  mkdirSync(logs, { recursive: true });
  // Other TEMPORAL_* variables say how to reach a server; this one is here.
  const namespace = options.namespace ?? (config.env['TEMPORAL_NAMESPACE'] || undefined) ?? config.document.temporal.namespace ?? 'default';
  const started: Running[] = [];
  const stop = async () => {
    for (const part of started.splice(0).reverse()) await part.stop();
  };
  try {
    const scripted = await startScriptedModels(config, join(logs, 'model-bill.ndjson'));
    started.push(scripted);
    const missing = checkRequirements(models, config.env, providersOf(config, scripted.urls));
    if (missing.length > 0) throw new CommandError(EXIT.usage, missing.join('\n'));
    const server = await startServer({
      port: options.port ?? (await freePort()),
      uiPort: options.uiPort ?? (await freePort()),
      namespace,
      databaseFile: join(stateDir, 'temporal.db'),
      stateDir,
      logFile: join(logs, 'temporal.log'),
    });
    started.unshift(server);
    const own = { address: server.address, namespace };
    const worker = await startWorkerStack(
      config,
      { ...options, own, graceTime: options.graceTime ?? GRACE, logFile: join(logs, 'worker.log') },
      scripted.urls,
    );
    started.push(worker);
    return { ...own, uiUrl: server.uiUrl, stopped: worker.stopped, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export function sayLocal({ address, uiUrl }: Local): void {
  say(`  Temporal  ${address}`);
  if (uiUrl) say(`  Web UI    ${uiUrl}`);
  say(dim('  Ctrl-C stops both'));
}
