import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readDevConfig, type DevConfig } from './dev-config.js';
import { endWithProcess } from './end-with-process.js';
import { findTemporalCli, type Environment } from './find-server.js';
import { accepts, isServing } from './probe.js';
import { forgetServer, prepareStateFolder, readServerRecord, recordServer } from './server-record.js';

/** What is absent is as `temporal-dev.yml` says. */
export interface ServerOptions {
  readonly port?: number;
  /** Null for a server without Web UI. */
  readonly uiPort?: number | null;
  readonly namespace?: string;
  /** In memory when absent: everything is lost when it stops. */
  readonly databaseFile?: string;
  /** Where `server.json` says that a server runs here. */
  readonly stateDir?: string;
  /** False for a namespace without Flujo's search attributes. */
  readonly searchAttributes?: boolean;
  readonly logFile: string;
  /** Where the binary is looked for. */
  readonly env?: Environment;
}

export interface Server {
  /** `host:port`. */
  readonly address: string;
  readonly uiUrl: string | null;
  readonly pid: number;
  /** Resolves when the process has ended; safe to call twice. */
  stop(): Promise<void>;
}

export class PortBusyError extends Error {
  override readonly name = 'PortBusyError';
}
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
}

/** Milliseconds. A server on a database file needs a few seconds on a busy machine. */
const START_TIMEOUT = 30_000;
const STOP_TIMEOUT = 5_000;

/** Starts an embedded Temporal server and waits until it serves. Throws ServerNotFoundError, PortBusyError or ServerStartError. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const config = readDevConfig();
  const { port = config.port, uiPort = config.ui_port, stateDir, logFile } = options;
  const { path } = await findTemporalCli(options.env === undefined ? {} : { env: options.env });
  const address = `${config.address}:${port}`;
  await refuseBusyPorts(path, config.address, port, uiPort, stateDir);
  if (stateDir !== undefined) prepareStateFolder(stateDir);
  mkdirSync(dirname(logFile), { recursive: true });
  const child = spawnServer(path, serverArguments(config, { ...options, port, uiPort }), logFile);
  const exit = watchExit(child);
  const { pid } = child;
  if (pid === undefined) throw await startError(exit, logFile);
  const keep = endWithProcess(pid);
  if (stateDir !== undefined) recordServer(stateDir, { pid, port, uiPort });
  const stop = async () => {
    await end(pid, exit);
    keep();
    if (stateDir !== undefined) forgetServer(stateDir);
  };
  const deadline = Date.now() + START_TIMEOUT;
  while (!(await isServing(path, config.address, port))) {
    if (exit.reason === null && Date.now() < deadline) {
      await delay(25);
      continue;
    }
    const error = await startError(exit, logFile);
    await stop();
    throw error;
  }
  return { address, uiUrl: uiPort === null ? null : `http://${config.address}:${uiPort}`, pid, stop };
}

function spawnServer(path: string, args: readonly string[], logFile: string): ChildProcess {
  const log = openSync(logFile, 'a');
  try {
    const child = spawn(path, args, { detached: true, stdio: ['ignore', log, log] });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

function serverArguments(config: DevConfig, options: ServerOptions & { readonly port: number; readonly uiPort: number | null }): string[] {
  const { port, uiPort, namespace = config.namespace, databaseFile, searchAttributes = true } = options;
  const pairs = (flag: string, values: { readonly [name: string]: string }) =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  return [
    ...['server', 'start-dev', '--ip', config.address, '--port', String(port), '--namespace', namespace, '--log-level', 'warn'],
    ...(uiPort === null ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...(databaseFile === undefined ? [] : ['--db-filename', databaseFile, ...pairs('--sqlite-pragma', config.sqlite_pragma)]),
    ...(searchAttributes ? pairs('--search-attribute', config.search_attributes) : []),
    ...pairs('--dynamic-config-value', config.dynamic_config),
  ];
}

async function refuseBusyPorts(path: string, host: string, port: number, uiPort: number | null, stateDir?: string): Promise<void> {
  const own = stateDir === undefined ? null : readServerRecord(stateDir);
  const holderOf = async (busy: number) => {
    if (own && (own.port === busy || own.uiPort === busy)) return `the Temporal server of this folder, process ${own.pid}`;
    return (await isServing(path, host, busy)) ? 'a Temporal server' : 'another program';
  };
  for (const [flag, wanted] of [
    ['--port', port],
    ['--ui-port', uiPort],
  ] as const) {
    if (wanted === null || !(await accepts(host, wanted))) continue;
    throw new PortBusyError(`Port ${wanted} is in use by ${await holderOf(wanted)}. Choose another with ${flag}`);
  }
}

/** Why the process ended; null while it runs. */
interface Exit {
  readonly reason: string | null;
}

function watchExit(child: ChildProcess): Exit {
  const exit: { reason: string | null } = { reason: null };
  child.once('exit', (code, signal) => (exit.reason = signal ?? `code ${code}`));
  child.once('error', (error) => (exit.reason = error.message));
  return exit;
}

async function startError(exit: Exit, logFile: string): Promise<ServerStartError> {
  // A failed spawn tells its reason in the next turn.
  await delay(0);
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-5);
  return new ServerStartError(
    `The Temporal server did not start (${exit.reason ?? 'no answer'}). Its log, ${logFile}, ends:\n${lines.join('\n')}`,
  );
}

/** Ends one process by its id, and waits for it. */
async function end(pid: number, exit: Exit): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (exit.reason !== null) return;
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    for (const deadline = Date.now() + STOP_TIMEOUT; exit.reason === null && Date.now() < deadline;) await delay(20);
  }
}

/** A port that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
