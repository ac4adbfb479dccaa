import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

import { checkCoverage } from './coverage.mjs';

/**
 * Runs a program in the repository and keeps what it prints.
 *
 * @param {string} root
 * @param {readonly string[]} words arguments of Node: flags, script, its arguments
 * @returns {Promise<{ succeeded: boolean, output: string }>}
 */
function runNode(root, words) {
  // Flags for this process (a debugger, a loader) are not meant for the gates, and would change what they measure.
  const { NODE_OPTIONS: _, ...env } = process.env;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, words, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => resolve({ succeeded: false, output: String(error) }));
    child.on('close', (code) => resolve({ succeeded: code === 0, output: Buffer.concat(chunks).toString('utf8') }));
  });
}

const readJson = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);

/** Runs several programs one after the other; the first that fails ends it. */
async function runCommands(root, commands) {
  let output = '';
  for (const words of commands) {
    const run = await runNode(root, words);
    output += run.output;
    if (!run.succeeded) return { kind: 'command', succeeded: false, output };
  }
  return { kind: 'command', succeeded: true, output };
}

/**
 * Runs the tests below one folder in their own jest.
 * The folders whose coverage is measured are roots too: a file there that no test loads then counts as not covered.
 */
async function runTests(root, { folder, coverage }) {
  const reportFile = path.join(root, '.cache/verify', `${folder.replaceAll('/', '-')}.json`);
  mkdirSync(path.dirname(reportFile), { recursive: true });
  rmSync(reportFile, { force: true });
  const measured = coverage === undefined ? [] : coverage.folders;
  if (coverage !== undefined) rmSync(path.join(root, coverage.summary), { force: true });
  const words = [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    '--json',
    `--outputFile=${reportFile}`,
    ...[folder, ...measured].map((each) => `--roots=<rootDir>/${each}`),
    ...(coverage === undefined
      ? []
      : [
          '--coverage',
          '--coverageProvider=v8',
          '--coverageReporters=json-summary',
          `--coverageDirectory=${path.dirname(coverage.summary)}`,
          ...measured.map((each) => `--collectCoverageFrom=${each}/**/*.ts`),
        ]),
  ];
  const { succeeded, output } = await runNode(root, words);
  return { kind: 'jest', succeeded, report: readJson(reportFile), output };
}

/**
 * Runs one gate.
 *
 * @param {string} root absolute path of the repository
 * @param {import('./gates.mjs').Gate} gate
 * @returns {Promise<({ kind: 'command', succeeded: boolean } | { kind: 'jest', succeeded: boolean, report: import('./count.mjs').JestReport | undefined }) & { output: string }>}
 */
export async function runGate(root, gate) {
  if (gate.commands !== undefined) return runCommands(root, gate.commands);
  if (gate.tests !== undefined) return runTests(root, gate.tests);
  const { summary, folders, minimum } = gate.coverage;
  const { lines, passed } = checkCoverage(readJson(path.join(root, summary)), root, folders, minimum);
  return { kind: 'command', succeeded: passed, output: `${lines.join('\n')}\n` };
}
