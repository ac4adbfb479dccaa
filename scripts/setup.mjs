// Prepares a clone: dependencies, build, server binaries; each only when it has changed. Node built-ins only until the dependencies are there.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const at = (path) => join(root, path);

// The repository keeps what it downloads to itself.
process.env.FLUJO_CACHE_DIR ??= at('.cache');

/**
 * @param {{ server?: boolean, testServer?: boolean }} [parts] `server`: the Temporal server;
 *   `testServer`: the time-skipping one too, which only tests use
 */
export async function setup({ server = true, testServer = false } = {}) {
  await step('dependencies', installDependencies);
  await step('build', build);
  if (!server) return;
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
  const bundle = at('dist/workflow-bundle.js');
  const sources = sha256(
    sourceFiles()
      .map((file) => `${relative(root, file)} ${sha256(readFileSync(file))}`)
      .join('\n'),
  );
  if (readStamp(stamp) === sources && existsSync(bundle)) return 'reused';
  rmSync(at('dist'), { recursive: true, force: true });
  mkdirSync(at('dist'));
  await run(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at('tsconfig.build.json')]);
  chmodSync(at('dist/cli/main.js'), 0o755);
  await run(process.execPath, [at('scripts/bundle.mjs')]);
  writeFileSync(stamp, sources);
  return `built, workflow bundle ${Math.round(statSync(bundle).size / 1024)} KiB`;
}

/** All that the build reads: what its tsconfig includes, and how it is done. */
function sourceFiles() {
  const { include } = JSON.parse(readFileSync(at('tsconfig.build.json'), 'utf8'));
  const files = include.flatMap((pattern) => (pattern.endsWith('/**/*.ts') ? filesUnder(at(pattern.slice(0, -8))) : [at(pattern)]));
  const others = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/bundle.mjs', 'scripts/setup.mjs'].map(at);
  return [...files, ...others].sort();
}

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

async function findBinary(find) {
  let fetched = false;
  const { source, version } = await find({ onFetch: () => (fetched = true) });
  return fetched ? `downloaded ${version}` : `reused (${source}${version === null ? '' : `, ${version}`})`;
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    // What a tool says belongs to the log, not to the command's result.
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`'${command} ${args.join(' ')}' ended with ${signal ?? `code ${code}`}`));
    });
  });
}

const sha256 = (data) => createHash('sha256').update(data).digest('hex');
const readStamp = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : null);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setup({ server: !process.argv.includes('--no-server'), testServer: process.argv.includes('--test-server') }).catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
