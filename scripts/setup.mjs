// Prepares a clone: dependencies, build, server binaries; each only when it has changed. Node built-ins only until the dependencies are there.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const at = (path) => join(root, path);

/** Folders that are compiled to dist/. */
const SOURCES = ['pipeline', 'engine', 'workflows', 'activities', 'pricing', 'config', 'server', 'worker', 'client', 'cli', 'testing'];

// The repository keeps what it downloads to itself.
process.env.FLUJO_CACHE_DIR ??= at('.cache');

/** @param testServer the time-skipping server too, which only tests use */
export async function setup({ testServer = false } = {}) {
  await step('dependencies', installDependencies);
  await step('build', build);
  const { findTemporalCli, findTestServer } = await import(new URL('../dist/server/find-server.js', import.meta.url).href);
  await step('temporal', () => findBinary(findTemporalCli));
  if (testServer) await step('test server', () => findBinary(findTestServer));
}

async function step(name, work) {
  const start = Date.now();
  const outcome = await work();
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  process.stderr.write(`${name.padEnd(13)} ${outcome}${outcome.startsWith('reused') ? '' : `  ${seconds} s`}\n`);
}

async function installDependencies() {
  const stamp = at('node_modules/.flujo-lock');
  const lock = sha256(readFileSync(at('package-lock.json')));
  if (readStamp(stamp) === lock) return 'reused';
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, lock);
  return 'installed';
}

async function build() {
  const stamp = at('dist/.stamp');
  const sources = sha256(
    sourceFiles()
      .map((file) => `${relative(root, file)} ${sha256(readFileSync(file))}`)
      .join('\n'),
  );
  if (readStamp(stamp) === sources && existsSync(at('dist/workflow-bundle.js'))) return 'reused';
  rmSync(at('dist'), { recursive: true, force: true });
  mkdirSync(at('dist'));
  await run(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at('tsconfig.build.json')]);
  chmodSync(at('dist/cli/main.js'), 0o755);
  await run(process.execPath, [at('scripts/bundle.mjs')]);
  writeFileSync(stamp, sources);
  return 'built';
}

function sourceFiles() {
  const files = SOURCES.flatMap((folder) =>
    readdirSync(at(folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
  );
  const others = ['index.ts', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/bundle.mjs'].map(at);
  return [...files, ...others].sort();
}

async function findBinary(find) {
  let fetched = false;
  const { source } = await find({ onFetch: () => (fetched = true) });
  return fetched ? 'downloaded' : `reused (${source})`;
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    // What a tool says belongs to the log, not to the command's result.
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`'${command} ${args.join(' ')}' failed with code ${code}`))));
  });
}

const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const readStamp = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : null);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setup({ testServer: process.argv.includes('--test-server') }).catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
