/** `npm run bench -- limits`: the worst documents that we know of, against the half second that any document of 256 KiB may take. */
import { compile, loadYaml } from '../index.js';

/** Milliseconds. */
const GOAL = 500;
const RUNS = 5;

const laughs = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...[...'bcdefghi'].map((name, n) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[n]}`).join(', ')}]`),
].join('\n');
const steps = (count: number) =>
  `name: p\nsteps:\n${Array.from({ length: count }, (_, n) => `  - {kind: expression, name: s${n}, value: "input"}\n`).join('')}`;
const KIB = 1024;

const DOCUMENTS: { readonly [name: string]: string } = {
  'Y04 duplicate keys, 256 KiB': `name: p\nsteps: []\ncontext:\n${Array.from({ length: 25_000 }, () => '  k: 1\n').join('')}`,
  'Y09 billion laughs': laughs,
  'Y13 131,072 brackets': '['.repeat(128 * KIB - 1) + ']'.repeat(128 * KIB - 1),
  'Y17 400,000 keys, 5.6 MB': Array.from({ length: 400_000 }, (_, n) => `key${n}: 1`).join('\n'),
  'a flat map of 250 KiB': `name: p\nsteps: []\ncontext:\n${Array.from({ length: 19_000 }, (_, n) => `  k${n}: 1\n`).join('')}`,
  '4,000 steps': steps(4_000),
  'unknown keys by the thousand': `name: p\nsteps: []\n${Array.from({ length: 15_000 }, (_, n) => `unknown_${n}: 1\n`).join('')}`,
  'one long text': `name: p\nsteps: []\ndescription: "${'x'.repeat(250 * KIB)}"`,
  'a thousand open quotes': `name: p\nsteps: [${"'".repeat(1_000)}`,
  'an expression of 4,096 characters': `name: p\nsteps: [{kind: expression, name: s, value: "${'('.repeat(2_000)}1"}]`,
  'a template of 64 KiB of braces': `name: p\nsteps: [{kind: expression, name: s, input: "${'{{'.repeat(30_000)}", value: "1"}]`,
  'aliases by the thousand': `name: p\nsteps: []\ncontext:\n  a: &a [1]\n  b: [${Array(20_000).fill('*a').join(', ')}]`,
};

function measure(text: string): { milliseconds: number; findings: number } {
  let best = Infinity;
  let findings = 0;
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    findings = compile(loadYaml(text, { file: 'bench.yaml' })).diagnostics.length;
    best = Math.min(best, performance.now() - start);
  }
  return { milliseconds: best, findings };
}

const rows = Object.entries(DOCUMENTS).map(([name, text]) => ({ name, kib: Math.round(text.length / KIB), ...measure(text) }));
process.stdout.write(`${'document'.padEnd(36)} ${'KiB'.padStart(6)} ${'findings'.padStart(9)} ${'ms'.padStart(8)}\n`);
for (const { name, kib, findings, milliseconds } of rows) {
  process.stdout.write(
    `${name.padEnd(36)} ${String(kib).padStart(6)} ${String(findings).padStart(9)} ${milliseconds.toFixed(1).padStart(8)}\n`,
  );
}
const worst = Math.max(...rows.map(({ milliseconds }) => milliseconds));
const verdict = worst <= GOAL ? 'pass' : 'fail';
process.stdout.write(`limits: ${verdict}, worst ${worst.toFixed(1)} ms of ${GOAL} ms (best of ${RUNS})\n`);
if (verdict === 'fail') process.exitCode = 1;
