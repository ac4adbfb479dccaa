import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { countGate } from '../../../scripts/gates/count.mjs';
import { checkCoverage } from '../../../scripts/gates/coverage.mjs';
import { selectGates } from '../../../scripts/gates/gates.mjs';
import { runGate } from '../../../scripts/gates/run-gate.mjs';

type Gate = Parameters<typeof runGate>[1];

const row = (total: number, covered: number) => ({ branches: { total, covered } });

describe('the coverage gate', () => {
  const FOLDERS = ['engine', 'pipeline/expression'];
  const check = (summary: Record<string, { branches: { total: number; covered: number } }> | undefined) =>
    checkCoverage(summary, '/r', FOLDERS, 95);

  test('passes when each folder has its share', () => {
    const { passed, lines } = check({
      '/r/engine/a.ts': row(15, 14),
      '/r/engine/steps/b.ts': row(5, 5),
      '/r/pipeline/expression/c.ts': row(10, 10),
    });
    expect(passed).toBe(true);
    expect(lines).toEqual(['engine: 95.00 % of 20 branches', 'pipeline/expression: 100.00 % of 10 branches']);
  });
  test('fails when one folder is below, however well the other does, and says where', () => {
    const { passed, lines } = check({
      '/r/engine/a.ts': row(1000, 1000),
      '/r/pipeline/expression/c.ts': row(90, 90),
      '/r/pipeline/expression/d.ts': row(100, 90),
    });
    expect(passed).toBe(false);
    expect(lines[1]).toBe('pipeline/expression: 94.73 % of 190 branches, below 95 %\n    pipeline/expression/d.ts: 10 not taken');
  });
  test('does not round up to the minimum', () => {
    const { passed, lines } = check({ '/r/engine/a.ts': row(100_000, 94_999), '/r/pipeline/expression/c.ts': row(1, 1) });
    expect(passed).toBe(false);
    expect(lines[0]).toMatch(/^engine: 94\.99 %/);
  });
  test('fails when a folder is not in the summary', () => {
    const { passed, lines } = check({ '/r/engine/a.ts': row(1, 1), '/r/engine-room/a.ts': row(1, 1) });
    expect(passed).toBe(false);
    expect(lines[1]).toBe('pipeline/expression: the summary counts no branch of it');
  });
  test('fails without a summary', () => {
    expect(check(undefined)).toEqual({ lines: ['there is no coverage summary: the unit tests write it'], passed: false });
  });
});

describe('the final line counts', () => {
  const report = { numTotalTests: 3, numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numRuntimeErrorTestSuites: 0 };
  test.each([
    ['a command that succeeded', { kind: 'command', succeeded: true } as const, [1, 0]],
    ['a command that failed', { kind: 'command', succeeded: false } as const, [0, 1]],
    ['tests that passed', { kind: 'jest', succeeded: true, report } as const, [3, 0]],
    ['tests that failed', { kind: 'jest', succeeded: false, report: { ...report, numPassedTests: 1, numFailedTests: 2 } } as const, [1, 2]],
    [
      'a suite that could not run',
      { kind: 'jest', succeeded: false, report: { ...report, numRuntimeErrorTestSuites: 1 } } as const,
      [3, 1],
    ],
    ['jest without a report', { kind: 'jest', succeeded: true, report: undefined } as const, [0, 1]],
    ['a folder whose tests are none', { kind: 'jest', succeeded: true, report: { ...report, numPassedTests: 0 } } as const, [0, 1]],
    [
      'a folder whose tests are all skipped',
      { kind: 'jest', succeeded: true, report: { ...report, numPassedTests: 0, numPendingTests: 3 } } as const,
      [0, 1],
    ],
    ['jest that failed although no test did', { kind: 'jest', succeeded: false, report } as const, [3, 1]],
  ])('%s', (_, outcome, [passed, failed]) => {
    expect(countGate(outcome)).toMatchObject({ passed, failed });
  });
});

describe('gates', () => {
  const ALL = ['format', 'lint', 'types', 'boundaries', 'dead-code', 'unit', 'coverage', 'replay', 'integration', 'e2e', 'docs'];
  const names = (only?: string[]) => selectGates(only).map(({ name }) => name);

  test('run from the quick to the slow', () => {
    expect(names()).toEqual(ALL);
  });
  test('can be picked by name, in their own order', () => {
    expect(names(['types', 'format'])).toEqual(['format', 'types']);
  });
  test.each([[['formt']], [['']], [['lint', 'doc']]])('a name that is none is refused: %j', (only) => {
    expect(() => names(only)).toThrow(/^unknown gate .*; known are format, lint, /);
  });
});

describe('a gate', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'flujo-gates-'));
    symlinkSync(path.join(import.meta.dirname, '../../../node_modules'), path.join(root, 'node_modules'));
    writeFileSync(path.join(root, 'package.json'), '{ "type": "module" }');
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const outcomeOf = async (gate: Gate) => countGate(await runGate(root, gate));
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  };
  const tests: Gate = { name: 'docs', tests: { folder: 'test/docs' } };

  test('of tests fails without their folder, without a test in it and with one that fails, and passes with one that passes', async () => {
    expect(await outcomeOf(tests)).toMatchObject({ passed: 0, failed: 1 });
    mkdirSync(path.join(root, 'test/docs'), { recursive: true });
    expect(await outcomeOf(tests)).toMatchObject({ passed: 0, failed: 1 });
    write('test/docs/a.test.js', "test('a', () => { throw new Error(); });");
    expect(await outcomeOf(tests)).toMatchObject({ passed: 0, failed: 1, remark: '0 passed, 1 failed' });
    write('test/docs/a.test.js', "test('a', () => {});");
    expect(await outcomeOf(tests)).toEqual({ passed: 1, failed: 0, remark: '1 passed' });
  });
  test('of commands fails with the first that fails, and shows what they said', async () => {
    write('say.js', 'console.log(process.argv[2]); process.exitCode = Number(process.argv[3]);');
    const gate = (...codes: string[]): Gate => ({ name: 'lint', commands: codes.map((code) => ['say.js', `code ${code}`, code]) });
    expect(await outcomeOf(gate('0', '0'))).toMatchObject({ passed: 1, failed: 0 });
    const red = await runGate(root, gate('0', '3', '0'));
    expect(red.output).toBe('code 0\ncode 3\n');
    expect(countGate(red)).toMatchObject({ passed: 0, failed: 1 });
  });
  test('of coverage fails with what the unit tests measured', async () => {
    const coverage = { summary: 'coverage/summary.json', folders: ['engine'], minimum: 95 };
    const covered = (count: number) =>
      write(coverage.summary, JSON.stringify({ [path.join(root, 'engine/a.ts')]: { branches: { total: 100, covered: count } } }));
    covered(94);
    expect(await outcomeOf({ name: 'coverage', coverage })).toMatchObject({ passed: 0, failed: 1 });
    covered(95);
    expect(await outcomeOf({ name: 'coverage', coverage })).toMatchObject({ passed: 1, failed: 0 });
  });
});
