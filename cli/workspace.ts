import { resolve } from 'node:path';
import type { ProviderConfig, Providers } from '../activities/agent/requirements.js';
import type { Registry } from '../activities/registry.js';
import { loadConfig, type Config } from '../config/load-config.js';
import type { ConnectOptions } from '../client/connect.js';
import type { FlujoClient } from '../client/flujo-client.js';

/** Options that every command has. */
export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean | 'stream';
  readonly address?: string;
  readonly namespace?: string;
  readonly taskQueue?: string;
}

export function openConfig(options: GlobalOptions): Config {
  return loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
}

export const taskQueueOf = (config: Config, options: GlobalOptions): string =>
  options.taskQueue ?? config.document.temporal.task_queue ?? 'flujo';

/** A server that the command started itself. */
export interface OwnServer {
  readonly address: string;
  readonly namespace: string;
}

/** Flag, environment, file and default in this order; an own server is taken as it is. */
export function connectOptions(config: Config, options: GlobalOptions, own: OwnServer | null): ConnectOptions {
  if (own) return { address: own.address, namespace: own.namespace, env: null };
  return { address: options.address, namespace: options.namespace, fallback: config.document.temporal, env: config.env };
}

export async function connectClient(config: Config, options: GlobalOptions, own: OwnServer | null = null): Promise<FlujoClient> {
  const { FlujoClient } = await import('../client/flujo-client.js');
  return FlujoClient.connect(connectOptions(config, options, own));
}

/** The configured modules as one registry; null when there are none. */
export async function loadModules(config: Config): Promise<Registry | null> {
  const modules = config.document.worker.modules ?? [];
  if (modules.length === 0) return null;
  const { loadRegistry } = await import('../activities/load-registry.js');
  return loadRegistry(modules, config.folder);
}

/** Providers as the worker knows them. `scripted` is where a scripted model server answers for a provider with a `script`. */
export function providersOf(config: Config, scripted: { readonly [provider: string]: string } = {}): Providers {
  const providers = Object.entries(config.document.providers).map(([name, row]): [string, ProviderConfig | null] => {
    const baseUrl = scripted[name] ?? row.base_url;
    const structured = row.structured === undefined ? {} : { structured: row.structured };
    if (baseUrl !== undefined) {
      return [
        name,
        { kind: 'openai-compatible', baseUrl, ...(row.api_key_env !== undefined && { apiKeyEnv: row.api_key_env }), ...structured },
      ];
    }
    return [name, row.structured === undefined ? null : { structured: row.structured }];
  });
  return Object.fromEntries(providers.filter((entry): entry is [string, ProviderConfig] => entry[1] !== null));
}

/** Script files by provider. */
export function scriptsOf(config: Config): { readonly [provider: string]: string } {
  const rows = Object.entries(config.document.providers).flatMap(([name, { script }]) =>
    script === undefined ? [] : [[name, resolve(config.folder, script)] as const],
  );
  return Object.fromEntries(rows);
}
