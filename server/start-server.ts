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
/** Two servers on one database file would take its shards from each other. */
export class ServerRunningError extends Error {
  override readonly name = 'ServerRunningError';
}
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
}

/** Milliseconds. A server on a database file needs a few seconds on a busy machine. */
const START_TIMEOUT = 30_000;
const STOP_TIMEOUT = 5_000;

/**
 * Starts an embedded Temporal server and waits until it serves. It ends with this process at the latest.
 * Throws ServerNotFoundError, ServerRunningError, PortBusyError or ServerStartError.
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  const config = readDevConfig();
  const { port = config.port, uiPort = config.ui_port, stateDir, logFile } = options;
  const { path } = await findTemporalCli(options.env === undefined ? {} : { env: options.env });
  const address = `${config.address}:${port}`;
  if (stateDir !== undefined) await refuseSecondServer(config.address, stateDir);
  await refuseBusyPorts(path, config.address, port, uiPort);
  if (stateDir !== undefined) prepareStateFolder(stateDir);
  mkdirSync(dirname(logFile), { recursive: true });
  const child = spawnServer(path, serverArguments(config, { ...options, port, uiPort }), logFile);
  const exit = watchExit(child);
  const { pid } = child;
  if (pid === undefined) throw await startError(exit, logFile);
  const release = endWithProcess(pid);
  // Its id may be another's soon.
  child.once('exit', () => void release());
  if (stateDir !== undefined) recordServer(stateDir, { pid, port, uiPort });
  const stop = async () => {
    await end(pid, exit);
    await release();
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

async function refuseSecondServer(host: string, stateDir: string): Promise<void> {
  const own = readServerRecord(stateDir);
  // After a power cut the noted id may be another program's.
  if (own === null || !(await accepts(host, own.port))) return;
  throw new ServerRunningError(
    `A Temporal server of this folder runs already: ${host}:${own.port}, process ${own.pid}. Stop it, or use it by leaving out --dev`,
  );
}

async function refuseBusyPorts(path: string, host: string, port: number, uiPort: number | null): Promise<void> {
  for (const [flag, wanted] of [
    ['--port', port],
    ['--ui-port', uiPort],
  ] as const) {
    if (wanted === null || !(await accepts(host, wanted))) continue;
    const holder = (await isServing(path, host, wanted)) ? 'a Temporal server' : 'another program';
    throw new PortBusyError(`Port ${wanted} is in use by ${holder}. Choose another with ${flag}`);
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
