import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server as Listener } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { readDevConfig } from '../../../server/dev-config.js';
import { findTemporalCli } from '../../../server/find-server.js';
import { accepts } from '../../../server/probe.js';
import { forgetServer, prepareStateFolder, readServerRecord, recordServer } from '../../../server/server-record.js';
import { freePort, PortBusyError, ServerRunningError, ServerStartError, startServer, type Server } from '../../../server/start-server.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
process.env['FLUJO_CACHE_DIR'] ??= join(root, '.cache');

let folder: string;
let stateDir: string;
let logFile: string;
const servers: Server[] = [];
const listeners: Listener[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flujo-start-'));
  stateDir = join(folder, 'state');
  logFile = join(folder, 'logs/server.log');
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  for (const listener of listeners.splice(0)) listener.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: object = {}): Promise<Server> {
  const server = await startServer({ port: await freePort(), uiPort: null, stateDir, logFile, ...options });
  servers.push(server);
  return server;
}
async function occupy(): Promise<number> {
  const port = await freePort();
  const listener = createServer();
  listeners.push(listener);
  listener.listen(port, '127.0.0.1');
  await once(listener, 'listening');
  return port;
}
/** A process id that nobody has. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;
/** Names of Flujo's search attributes that the namespace has. */
async function searchAttributes({ address }: Server): Promise<string[]> {
  const { path } = await findTemporalCli();
  const { stdout } = await promisify(execFile)(path, ['operator', 'search-attribute', 'list', '--address', address, '--output', 'json']);
  return [...new Set(stdout.match(/Flujo\w+/g))].sort();
}
const recordFile = () => join(stateDir, 'server.json');
const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const failureOf = async (started: Promise<unknown>): Promise<Error> =>
  started.then(
    () => {
      throw new Error('The server started');
    },
    (error: Error) => error,
  );

describe('an embedded server', () => {
  test('serves, notes itself, keeps its state out of the repository, and is gone after stop', async () => {
    const port = await freePort();
    const uiPort = await freePort();
    const databaseFile = join(stateDir, 'temporal.db');
    const server = await start({ port, uiPort, databaseFile });
    expect(server).toMatchObject({ address: `127.0.0.1:${port}`, uiUrl: `http://127.0.0.1:${uiPort}` });
    expect(JSON.parse(readFileSync(recordFile(), 'utf8'))).toEqual({ pid: server.pid, port, uiPort });
    expect(readFileSync(join(stateDir, '.gitignore'), 'utf8')).toBe('*\n');
    expect(await searchAttributes(server)).toEqual(Object.keys(readDevConfig().search_attributes).sort());
    expect((await fetch(server.uiUrl!)).status).toBe(200);
    expect(existsSync(databaseFile)).toBe(true);

    const second = await failureOf(start({ databaseFile }));
    expect(second).toBeInstanceOf(ServerRunningError);
    expect(second.message).toBe(
      `A Temporal server of this folder runs already: ${server.address}, process ${server.pid}. Stop it, or use it by leaving out --dev`,
    );
    expect(readServerRecord(stateDir)).toEqual({ pid: server.pid, port, uiPort });
    const fromElsewhere = await failureOf(start({ port, stateDir: join(folder, 'other') }));
    expect(fromElsewhere).toBeInstanceOf(PortBusyError);
    expect(fromElsewhere.message).toBe(`Port ${port} is in use by a Temporal server. Choose another with --port`);

    await server.stop();
    expect(isRunning(server.pid)).toBe(false);
    expect(existsSync(recordFile())).toBe(false);
    expect(await accepts('127.0.0.1', port)).toBe(false);
    await server.stop();
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)('does not outlive the process that started it, ended by %s', async (signal) => {
    const port = await freePort();
    const script = join(folder, 'start.mts');
    writeFileSync(
      script,
      `import { startServer } from ${JSON.stringify(join(root, 'server/start-server.ts'))};
       await startServer({ port: ${port}, uiPort: null, logFile: ${JSON.stringify(logFile)} });
       console.log('started');
       setInterval(() => undefined, 1000);`,
    );
    const child = spawn(process.execPath, ['--import', 'tsx', script], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    await Promise.race([once(child.stdout, 'data'), exited]);
    expect(await accepts('127.0.0.1', port)).toBe(true);
    child.kill(signal);
    expect(await exited).toEqual([null, signal]);
    while (await accepts('127.0.0.1', port)) await delay(20);
  });
});

test('a process that was released lives on after the one that would have ended it', async () => {
  const script = join(folder, 'release.mts');
  writeFileSync(
    script,
    `import { spawn } from 'node:child_process';
     import { endWithProcess } from ${JSON.stringify(join(root, 'server/end-with-process.ts'))};
     const { pid } = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
     await endWithProcess(pid)();
     console.log(pid);
     process.exit();`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script], { cwd: root });
  const pid = Number(stdout);
  expect(isRunning(pid)).toBe(true);
  process.kill(pid);
});

describe('a server that cannot start', () => {
  test.each([
    ['the port', '--port', (port: number) => ({ port })],
    ['the port of the Web UI', '--ui-port', (uiPort: number) => ({ uiPort })],
  ])('because %s is held by another program says which', async (_name, flag, options) => {
    const port = await occupy();
    const error = await failureOf(start(options(port)));
    expect(error).toBeInstanceOf(PortBusyError);
    expect(error.message).toBe(`Port ${port} is in use by another program. Choose another with ${flag}`);
    expect(existsSync(logFile)).toBe(false);
  });
  test('because it ends at once shows how its log ends, and is not noted', async () => {
    const cli = join(folder, 'temporal');
    writeFileSync(
      cli,
      '#!/bin/sh\nif [ "$1" = --version ]; then echo "temporal (Server 1.32.0)"; else seq 1 9; echo "no disk" >&2; exit 7; fi\n',
    );
    chmodSync(cli, 0o755);
    const error = await failureOf(start({ env: { TEMPORAL_CLI_PATH: cli } }));
    expect(error).toBeInstanceOf(ServerStartError);
    expect(error.message).toBe(`The Temporal server did not start (code 7). Its log, ${logFile}, ends:\n6\n7\n8\n9\nno disk`);
    expect(existsSync(recordFile())).toBe(false);
  });
});

describe('server.json', () => {
  test('of a server that was killed does not count, and is replaced', async () => {
    const port = await freePort();
    const first = await start({ port, searchAttributes: false });
    expect(await searchAttributes(first)).toEqual([]);
    writeFileSync(recordFile(), JSON.stringify({ pid: deadPid(), port, uiPort: null }));
    expect(readServerRecord(stateDir)).toBeNull();
    // The port is busy still: by a server, but not the noted one.
    expect((await failureOf(start({ port }))).message).toContain('by a Temporal server.');
    await first.stop();
    const second = await start({ port });
    expect(readServerRecord(stateDir)).toEqual({ pid: second.pid, port, uiPort: null });
  });
  test('whose process id is another program’s by now does not hinder a start', async () => {
    prepareStateFolder(stateDir);
    recordServer(stateDir, { pid: process.pid, port: await freePort(), uiPort: null });
    const { pid } = await start();
    expect(readServerRecord(stateDir)?.pid).toBe(pid);
  });
  test.each(['', '{"pid":', 'null', '[]', '{"pid":"x"}', '{"pid":0}'])('that holds %j is no record', (text) => {
    prepareStateFolder(stateDir);
    writeFileSync(recordFile(), text);
    expect(readServerRecord(stateDir)).toBeNull();
    forgetServer(stateDir);
    expect(existsSync(recordFile())).toBe(false);
  });
  test('of another server that runs is not forgotten', () => {
    const record = { pid: process.pid, port: 1, uiPort: null };
    prepareStateFolder(stateDir);
    recordServer(stateDir, record);
    forgetServer(stateDir);
    expect(readServerRecord(stateDir)).toEqual(record);
  });
});
