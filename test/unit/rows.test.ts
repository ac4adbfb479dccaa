import { expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/environment.js';

/** Example rows of the language's rules that this version has, by chapter; a test bears its row's number at the beginning of its name. */
const CHAPTERS: { readonly [chapter: number]: number } = {
  2: 4,
  3: 12,
  8: 7,
  9: 13,
  10: 5,
  11: 3,
  12: 6,
  21: 6,
  23: 5,
  24: 8,
  25: 7,
  26: 3,
};

/** Rows that need kinds or options which are not there yet. */
const LATER: { readonly [row: string]: string } = {
  '2.4': 'plugins',
  '3.3': 'plugins',
  '3.5': 'validators',
  '3.8': 'agents that call tools',
  '3.9': 'agents that call tools',
  '3.10': 'agents that call tools',
  '3.11': 'agents that call tools',
  '3.12': 'agents that call tools',
  '9.5': 'loop',
  '9.6': 'loop, parallel',
  '9.9': 'fallback',
  '9.10': 'parallel',
  '9.11': 'parallel',
  '9.12': 'loop',
  '21.6': 'loop',
  '23.3': 'loop',
};

function testNames(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.endsWith('rows.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
}

it('every example row has a test that bears its number, or waits for what it needs', () => {
  const names = testNames(join(root, 'test'));
  const rows = Object.entries(CHAPTERS).flatMap(([chapter, count]) => Array.from({ length: count }, (_, n) => `${chapter}.${n + 1}`));
  const untested = rows.filter((row) => !new RegExp(`['"\`]${row.replace('.', '\\.')}(?=[ '"\`])`).test(names));
  process.stdout.write(
    `note: rows left for later: ${Object.entries(LATER)
      .map(([row, why]) => `${row} (${why})`)
      .join(', ')}\n`,
  );
  expect(untested).toEqual(Object.keys(LATER));
});
