import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { countGate } from '../../../scripts/gates/count.mjs';
import { checkCoverage } from '../../../scripts/gates/coverage.mjs';
import { selectGates } from '../../../scripts/gates/gates.mjs';

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
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'flujo-gates-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const names = (only?: string[]) => selectGates(root, only).map(({ name }) => name);

  test('run from the quick to the slow, and one for each folder of tests that exists', () => {
    for (const folder of ['unit', 'e2e']) mkdirSync(path.join(root, 'test', folder), { recursive: true });
    expect(names()).toEqual(['format', 'lint', 'types', 'dead-code', 'unit', 'coverage', 'e2e']);
  });
  test('can be picked by name, in their own order', () => {
    expect(names(['types', 'format'])).toEqual(['format', 'types']);
  });
  test.each([[['formt']], [['']], [['lint', 'docs']]])('a name that is none is refused: %j', (only) => {
    expect(() => names(only)).toThrow(/^unknown gate .*; known are format, lint, types, dead-code, coverage$/);
  });
});
