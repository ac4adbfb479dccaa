import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readDevConfig, type DevConfig } from './dev-config.js';
import { findTemporalCli } from './find-server.js';

export interface ServerOptions {
  readonly port: number;
  /** Null for a server without Web UI. */
  readonly uiPort: number | null;
  readonly namespace: string;
  /** In memory when absent: everything is lost when it stops. */
  readonly databaseFile?: string;
  /** Where `server.json` says that a server runs here. */
  readonly stateDir?: string;
  readonly logFile: string;
  readonly extraArgs?: readonly string[];
}

export interface Server {
  readonly address: string;
  readonly uiUrl: string | null;
  readonly pid: number;
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

/** Starts an embedded Temporal server in a process group of its own, so that Ctrl-C does not reach it before its worker has stopped. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const config = readDevConfig();
  const { path } = await findTemporalCli();
  for (const port of [options.port, options.uiPort]) if (port !== null) await refuseBusyPort(config.address, port, options.stateDir);
  if (options.stateDir !== undefined) prepareStateDir(options.stateDir);
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'a');
  const child = spawn(path, serverArguments(config, options), { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  let exited: string | null = null;
  child.once('exit', (code, signal) => (exited = signal ?? `code ${code}`));
  child.once('error', (error) => (exited = error.message));
  const deadline = Date.now() + START_TIMEOUT;
  while (!(await accepts(config.address, options.port))) {
    if (exited !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new ServerStartError(
        `The Temporal server did not start (${exited ?? 'no answer'}). Its log, ${options.logFile}, ends:\n${lastLines(options.logFile)}`,
      );
    }
    await delay(25);
  }
  const pid = child.pid!;
  const record = options.stateDir === undefined ? null : join(options.stateDir, 'server.json');
  if (record) writeFileSync(record, `${JSON.stringify({ pid, port: options.port, uiPort: options.uiPort })}\n`);
  return {
    address: `${config.address}:${options.port}`,
    uiUrl: options.uiPort === null ? null : `http://${config.address}:${options.uiPort}`,
    pid,
    async stop() {
      if (exited === null) await end(pid, () => exited !== null);
      if (record) rmSync(record, { force: true });
    },
  };
}

function serverArguments(config: DevConfig, { port, uiPort, namespace, databaseFile, extraArgs = [] }: ServerOptions): string[] {
  const pairs = (flag: string, values: { readonly [name: string]: string }) =>
    Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  return [
    ...['server', 'start-dev', '--ip', config.address, '--port', String(port), '--namespace', namespace, '--log-level', 'warn'],
    ...(uiPort === null ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...(databaseFile === undefined ? [] : ['--db-filename', databaseFile, ...pairs('--sqlite-pragma', config.sqlite_pragma)]),
    ...pairs('--search-attribute', config.search_attributes),
    ...pairs('--dynamic-config-value', config.dynamic_config),
    ...extraArgs,
  ];
}

async function refuseBusyPort(address: string, port: number, stateDir: string | undefined): Promise<void> {
  if (!(await accepts(address, port))) return;
  const own = stateDir === undefined ? null : readRecord(stateDir);
  const holder =
    own && (own.port === port || own.uiPort === port) && isAlive(own.pid)
      ? `the Temporal server of this folder, process ${own.pid}`
      : 'another program';
  throw new PortBusyError(`Port ${port} is in use by ${holder}. Choose others with --port and --ui-port`);
}

function prepareStateDir(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const ignore = join(folder, '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
  const record = readRecord(folder);
  // A record of a server that is gone: its process was killed.
  if (record && !isAlive(record.pid)) rmSync(join(folder, 'server.json'), { force: true });
}

function readRecord(folder: string): { pid: number; port: number; uiPort: number | null } | null {
  try {
    return JSON.parse(readFileSync(join(folder, 'server.json'), 'utf8')) as { pid: number; port: number; uiPort: number | null };
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: 1_000 });
    const answer = (isOpen: boolean) => () => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', answer(true)).once('error', answer(false)).once('timeout', answer(false));
  });
}

/** Ends one process by its id, and waits for it. */
async function end(pid: number, hasExited: () => boolean): Promise<void> {
  for (const [signal, patience] of [
    ['SIGTERM', STOP_TIMEOUT],
    ['SIGKILL', STOP_TIMEOUT],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    for (const deadline = Date.now() + patience; Date.now() < deadline; await delay(20)) if (hasExited()) return;
  }
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
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
