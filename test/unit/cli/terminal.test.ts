import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { costText, jsonText, oneLine, plain, secondsText, shellQuote, table } from '../../../cli/terminal.js';

const usage = { costUsd: '0.0003', inputTokens: 300, outputTokens: 112, tokens: 412, calls: 1 };

describe('C06 text from elsewhere on a terminal', () => {
  it.each<[text: string, shown: string]>([
    ['\u001b[31mred', '\\u001b[31mred'],
    ['a\rb', 'a\\u000db'],
    ['\u202etxt.exe', '\\u202etxt.exe'],
    ['\u061c\u2066\u200f', '\\u061c\\u2066\\u200f'],
    ['\u009b2J', '\\u009b2J'],
    ['one\n\ttwo', 'one\n\ttwo'],
    ['日本語 é 👍', '日本語 é 👍'],
  ])('%j', (text, shown) => expect(plain(text)).toBe(shown));

  it('is the same JSON where it is JSON', () => {
    const value = { '\u202e': ['\u001b[2J', '\u009b', 'é\n'] };
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(jsonText(value)).not.toMatch(/[\u001b\u009b\u202e]/);
    expect(JSON.parse(jsonText(value))).toEqual(value);
    expect(jsonText(value, 0)).not.toContain('\n');
  });

  it('is one line where one is shown', () => {
    expect(oneLine('a\n  b\r\nc')).toBe('a b\\u000d c');
    expect(oneLine('x'.repeat(200), 10)).toBe(`${'x'.repeat(9)}…`);
  });
});

describe('an argument of a shell', () => {
  it.each<[text: string, quoted: string]>([
    ['support-triage-1', 'support-triage-1'],
    ['', "''"],
    ['it’s $HOME', "'it’s $HOME'"],
    ["it's", `'it'\\''s'`],
    ['\u001b[31m', `$'\\u001b[31m'`],
    ["\u202e'\\", `$'\\u202e\\'\\\\'`],
  ])('%j', (text, quoted) => expect(shellQuote(text)).toBe(quoted));

  it('is read back by a shell as it was', () => {
    const texts = fc.sample(
      fc.string({ unit: fc.constantFrom('a', "'", '"', '\\', '$', '`', ' ', '!', '*', '\n', '\t', '\u001b', '-') }),
      200,
    );
    const script = `printf '%s\\0' ${texts.map(shellQuote).join(' ')}`;
    const { stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } });
    expect(stdout.split('\0').slice(0, -1)).toEqual(texts);
  });
});

describe('a table', () => {
  it('has columns as wide as what they show, wide characters and colours too', () => {
    const rows = [
      ['Step', 'Cost'],
      ['日本', '$1'],
      ['\u001b[32mok\u001b[39m', '$10.5'],
    ];
    expect(table(rows, [1]).split('\n')).toEqual(['Step   Cost', '日本     $1', '\u001b[32mok\u001b[39m    $10.5']);
  });
  it('may be empty', () => expect(table([])).toBe(''));
});

describe('amounts', () => {
  it('name the calls whose cost is not known', () => {
    expect(costText(usage)).toBe('$0.0003');
    expect(costText({ ...usage, unknownCalls: 2 })).toBe('≥ $0.0003 (2 calls unpriced)');
  });
  it('of time are seconds', () => expect(secondsText(412)).toBe('0.4 s'));
});
