import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/environment.js';

it('npm run demo, without key and terminal, runs to its end and leaves nothing running', () => {
  const written = join(root, 'examples/support-triage/out/1001.md');
  rmSync(written, { force: true });
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync('npm', ['run', 'demo'], {
    cwd: root,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  for (const said of [
    /dependencies +reused/,
    /build +reused/,
    /temporal +reused/,
    /model +scripted answers \(no OPENAI_API_KEY/,
    /Web UI +http:\/\/127\.0\.0\.1:\d+\/namespaces\/default\/workflows\/support-triage-/,
    /✓ classify {2}try 1 {2}.* s {2}\$0\.00042 {2}216 tokens/,
    /✓ draft {2}try 2 /,
    /flujo decide support-triage-[a-z0-9]+ approve --data '\{"approve":true\}'/,
    /No terminal: approving as demo with \{"approve":true\}/,
  ]) {
    expect(stderr).toMatch(said);
  }
  expect(stdout).toContain('examples/support-triage/out/1001.md');
  expect(stdout).toContain('Total cost: $0.00171');
  expect(stdout).toContain('Total tokens: 792');
  expect(readFileSync(written, 'utf8')).toContain('Dear Ada');
  const port = /Web UI +http:\/\/127\.0\.0\.1:(\d+)/.exec(stderr)![1]!;
  expect(spawnSync('pgrep', ['-f', `--ui-port ${port}`], { encoding: 'utf8' }).stdout).toBe('');
});
