/**
 * Everything that must hold, one gate after the other: `npm run verify [-- --only lint,unit]`.
 * Prints a line per gate, the output of those that fail, and at the end `N passed, N failed` alone on its line; exit code 1 when one failed.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { countGate } from './gates/count.mjs';
import { selectGates } from './gates/gates.mjs';
import { runGate } from './gates/run-gate.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/**
 * @param {readonly string[] | undefined} [only] names of gates; all when undefined
 * @returns {Promise<boolean>} whether all passed
 */
export async function verify(only) {
  let passed = 0;
  let failed = 0;
  for (const gate of selectGates(only)) {
    const started = performance.now();
    const outcome = await runGate(ROOT, gate);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const count = countGate(outcome);
    passed += count.passed;
    failed += count.failed;
    if (count.failed > 0) process.stdout.write(`${outcome.output.trimEnd()}\n`);
    // What a test has to tell though it passed.
    else for (const [note] of outcome.output.matchAll(/note: .+/g)) process.stdout.write(`       ${note}\n`);
    const remark = count.remark === '' ? '' : `: ${count.remark}`;
    process.stdout.write(`${count.failed === 0 ? 'ok    ' : 'FAILED'} ${gate.name} (${seconds} s)${remark}\n`);
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const { values } = parseArgs({ options: { only: { type: 'string' } } });
    if (!(await verify(values.only?.split(',')))) process.exitCode = 1;
  } catch (error) {
    process.stderr.write(`verify: ${error.message}\n`);
    process.exitCode = 1;
  }
}
