import { join } from 'node:path';
import type { Registry } from '../activities/registry.js';
import type { ModelServer } from '../testing/model-server/index.js';
import type { Config } from '../config/load-config.js';
import { connectOptions, loadModules, providersOf, scriptsOf, taskQueueOf, type GlobalOptions, type OwnServer } from './workspace.js';

/** What a command started and has to stop, last started first. */
export interface Running {
  stop(): Promise<void>;
}

export interface ScriptedModels extends Running {
  /** Base URLs by provider. */
  readonly urls: { readonly [provider: string]: string };
}

/** Serves the scripts of `[providers.NAME] script`. Nothing is started where there are none. */
export async function startScriptedModels(config: Config, billFile?: string): Promise<ScriptedModels> {
  const scripts = Object.entries(scriptsOf(config));
  if (scripts.length === 0) return { urls: {}, stop: async () => undefined };
  const { loadScript, startModelServer } = await import('../testing/model-server/index.js');
  const servers: (readonly [string, ModelServer])[] = [];
  for (const [provider, file] of scripts) {
    const server = await startModelServer({ script: await loadScript(file), ...(billFile !== undefined && { billFile }) });
    servers.push([provider, server] as const);
  }
  return {
    urls: Object.fromEntries(servers.map(([provider, { url }]) => [provider, url])),
    stop: async () => void (await Promise.all(servers.map(([, server]) => server.close()))),
  };
}

export interface WorkerStack extends Running {
  readonly registry: Registry;
  readonly stopped: Promise<void>;
}

/** A worker with the configured modules and models. */
export async function startWorkerStack(
  config: Config,
  options: GlobalOptions & { own?: OwnServer; graceTime?: number; logFile?: string },
  urls: { readonly [provider: string]: string },
): Promise<WorkerStack> {
  const [{ startWorker }, { connectionSettings }, { defineRegistry }] = await Promise.all([
    import('../worker/create-worker.js'),
    import('../client/connect.js'),
    import('../activities/registry.js'),
  ]);
  const registry = (await loadModules(config)) ?? defineRegistry({});
  const { address, namespace, connectionOptions } = connectionSettings(connectOptions(config, options, options.own ?? null));
  const worker = await startWorker({
    address,
    namespace,
    connection: connectionOptions,
    taskQueue: taskQueueOf(config, options),
    registry,
    providers: providersOf(config, urls),
    env: config.env,
    concurrency: config.document.worker.concurrency,
    graceTime: options.graceTime,
    log: { file: options.logFile },
  });
  return { registry, stopped: worker.stopped, stop: () => worker.stop() };
}

/** Where state of this folder lives: the server's database, logs. */
export const stateFolder = (config: Config): string => join(config.folder, '.flujo');
