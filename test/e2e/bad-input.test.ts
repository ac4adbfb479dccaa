import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Runtime } from '@temporalio/worker';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flujo, startCommand } from '../support/command.js';
import { startEnvironment, type Environment } from '../support/environment.js';

let folder: string;
let environment: Environment;
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const at = (...args: string[]) => [...args, '--address', environment.server.address, '--task-queue', 'nobody'];
const inFolder = (args: string[], options: { env?: { [name: string]: string }; input?: string } = {}) =>
  flujo(args, { cwd: folder, ...options });
/** Messages are lines for people, never a stack or a dump. */
const STACK = /\n\s+at .*\(|Status \{|details: b"/;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flujo-bad-'));
  environment = await startEnvironment({}, { withWorker: false });
  file('flujo.toml', '');
  file('ask.yaml', 'name: asks\nsteps: [{ kind: hitl, name: ask, message: "Well?", wait_forever: true }]\n');
  file('bad.yaml', 'name: bad\nsteps:\n  - { kind: agent, name: s }\n  - { kind: tool, name: t }\n');
  file('syntax.yaml', 'name: [\n');
  file(
    'unpriced.yaml',
    'name: u\nlimits: { cost_usd: 1 }\nagents: { a: { model: "my:own" } }\nsteps: [{ kind: agent, name: s, agent: a }]\n',
  );
  await flujo(at('run', file('ask.yaml', readFileSync(join(folder, 'ask.yaml'), 'utf8')), '--run-id', 'waits-1', '--detach'));
});
afterAll(async () => {
  await environment.stop();
  // No worker of this process ends it, and it would keep the process alive.
  await Runtime.instance().shutdown();
  rmSync(folder, { recursive: true });
});

describe('C01 usage', () => {
  it.each<[what: string, args: string[], code: number, said: RegExp]>([
    ['a missing value', ['run', 'ask.yaml', '--input'], 2, /^error: option '--input <value>' argument missing\n$/],
    ['a file named -h', ['validate', '--', '-h'], 3, /^-h: a pipeline is a \.yaml/],
    ['too many arguments', ['status', 'a', 'b'], 2, /too many arguments/],
    ['an argument with a line break', ['validate', 'a\nb.yaml'], 3, /^File not found: a\nb\.yaml\n$/],
    ['a mode of --json that is none', ['version', '--json=xml'], 2, /It is --json or --json=stream\./],
    ['a port above all ports', ['dev', '--port', '65536'], 2, /Not a port\./],
    ['C06 a flag that would rewrite the terminal', ['--\u001b[31m\r'], 2, /^error: unknown option '--\\u001b\[31m\\u000d'\n$/],
    ['C06 a file that would rewrite the terminal', ['validate', '\u001b[2J\u202e.yaml'], 3, /^File not found: \\u001b\[2J\\u202e\.yaml\n$/],
    ['a script that is missing', ['models', 'nowhere.yaml'], 2, /^nowhere\.yaml: cannot be read\n$/],
  ])('%s', async (_, args, code, said) => {
    const finished = await inFolder(args);
    expect(finished).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(said) as unknown });
    expect(finished.stderr).not.toMatch(STACK);
  });

  it('10 MB of standard input are too much, and that is said', async () => {
    const { code, stderr } = await flujo(at('run', join(folder, 'ask.yaml'), '--input', '-'), { input: 'x'.repeat(10_000_000) });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'Run input cannot be serialized: 10000002 bytes, more than 2032 KiB at $\n',
    });
  });
});

describe('validate', () => {
  it.each<[what: string, args: string[], code: number, found: string[]]>([
    ['names all errors', ['bad.yaml'], 4, ['V-A1', 'V-A1']],
    ['ends with 3 on a text that is no YAML', ['syntax.yaml'], 3, ['V-Y1']],
    ['ends with 0 on warnings', ['unpriced.yaml'], 0, ['V-U2']],
    ['ends with 4 on warnings when asked', ['unpriced.yaml', '--fail-on-warn'], 4, ['V-U2']],
    ['takes a rule that makes a warning an error', ['unpriced.yaml', '--rules', 'strict.json'], 4, ['V-U2']],
    ['takes a rule that is a glob', ['bad.yaml', '--rules', 'off.json'], 0, []],
    ['takes a baseline', ['bad.yaml', '--baseline', 'known.json'], 4, ['V-A1']],
  ])('%s', async (_, args, code, found) => {
    file('strict.json', '{"V-U2":"error"}');
    file('off.json', '{"V-A1":"error","V-?1":"off"}');
    file('known.json', '[{"code":"V-A1","path":"s"},{"code":"V-A1","path":"elsewhere"}]');
    const finished = await inFolder(['validate', ...args, '--json']);
    const { isValid, errors, warnings, counts } = JSON.parse(finished.stdout) as {
      [key: string]: unknown;
      errors: { code: string }[];
      warnings: { code: string }[];
    };
    expect({ code: finished.code, found: [...errors, ...warnings].map((each) => each.code) }).toEqual({ code, found });
    expect({ isValid, counts }).toEqual({
      isValid: errors.length === 0,
      counts: { errors: errors.length, warnings: warnings.length },
    });
  });

  it('writes a baseline, against which the same pipeline is valid', async () => {
    const update = ['validate', 'bad.yaml', '--baseline', 'new.json', '--update-baseline'];
    expect(await inFolder(update)).toMatchObject({ code: 0, stdout: 'Pipeline is valid\n' });
    expect(JSON.parse(readFileSync(join(folder, 'new.json'), 'utf8'))).toEqual([
      { code: 'V-A1', path: 's' },
      { code: 'V-A1', path: 't' },
    ]);
    expect((await inFolder(['validate', 'bad.yaml', '--baseline', 'new.json'])).code).toBe(0);
  });

  it.each<[name: string, text: string | null, flag: string]>([
    ['none.json', null, '--rules'],
    ['none.json', null, '--baseline'],
    ['list.json', '[]', '--rules'],
    ['null.json', 'null', '--baseline'],
    ['loud.json', '{"V-A1":"loud"}', '--rules'],
    ['broken.json', '{', '--baseline'],
  ])('refuses %s with %j as %s', async (name, text, flag) => {
    if (text !== null) file(name, text);
    const { code, stderr } = await inFolder(['validate', 'ask.yaml', flag, name]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(new RegExp(`^${flag} ${name}: [^\\n]+\\n$`)) as unknown });
  });

  it('run prints findings as data too, and starts nothing', async () => {
    const { code, stdout, stderr } = await inFolder(['run', 'bad.yaml', '--json']);
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({
      isValid: false,
      errors: [
        { code: 'V-A1', path: 's' },
        { code: 'V-A1', path: 't' },
      ],
    });
    expect(stderr).toMatch(/^Pipeline validation failed before run:\n- \[V-A1\] s: /);
  });
});

describe('C03 a connection that does not work is one line', () => {
  it.each<[what: string, args: string[], env: { [name: string]: string }, said: RegExp]>([
    [
      'an unknown profile',
      ['status', 'x'],
      { TEMPORAL_PROFILE: 'nobody-has-it' },
      /^TEMPORAL_\* variables or profile: Profile 'nobody-has-it' not found/,
    ],
    [
      'a missing certificate',
      ['worker'],
      { TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere.pem', TEMPORAL_TLS_CLIENT_KEY_PATH: '/nowhere.key' },
      /^TEMPORAL_\* variables or profile: ENOENT: /,
    ],
  ])('%s', async (_, args, env, said) => {
    const finished = await inFolder(args, { env });
    expect(finished).toMatchObject({ code: 2, stderr: expect.stringMatching(said) as unknown });
    expect(finished.stderr.trimEnd()).not.toContain('\n');
  });

  it('a server without TLS, asked with a key that is not told', async () => {
    const env = { TEMPORAL_API_KEY: 'secret', TEMPORAL_ADDRESS: environment.server.address.replace('127.0.0.1', 'localhost') };
    const { code, stderr } = await inFolder(['status', 'x'], { env });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `No Temporal server at ${env.TEMPORAL_ADDRESS} that answers with TLS. Start one with 'flujo dev', or add --dev\n`,
    });
  });

  it.each([['run', 'ask.yaml'], ['worker'], ['status', 'x'], ['requests'], ['decide', 'x', 'ask', '--data', '1'], ['cancel', 'x']])(
    'an unknown namespace: %s',
    async (...args) => {
      const { code, stderr } = await inFolder(at(...args, '--namespace', 'nope'));
      expect(code).toBe(2);
      expect(stderr).toMatch(/^[^\n]*[Nn]amespace[^\n]*nope[^\n]*\n$/);
      expect(stderr).not.toMatch(STACK);
    },
  );
});

describe('without a worker', () => {
  it('status and requests say so', async () => {
    const [status, step, requests] = await Promise.all([
      inFolder(at('status', 'waits-1')),
      inFolder(at('status', 'waits-1', '--step', 'ask')),
      inFolder(at('requests', 'waits-1')),
    ]);
    expect(status).toMatchObject({ code: 0, stdout: 'waits-1  running (no worker)\n' });
    expect(step).toMatchObject({ code: 1, stderr: "Steps of 'waits-1' are not known: no worker\n" });
    expect(requests).toMatchObject({ code: 0, stdout: '', stderr: "No worker answers for run 'waits-1'. Start one with 'flujo worker'\n" });
  });

  it('decide says so and waits; a signal does not', async () => {
    const waiting = startCommand(at('decide', 'waits-1', 'ask', '--data', '1'), { cwd: folder });
    await waiting.said(/^No worker answers\. Start one with 'flujo worker', or add --signal\. The decision waits\./);
    waiting.child.kill('SIGINT');
    await waiting.finished;
    expect(await inFolder(at('decide', 'waits-1', 'ask', '--data', '1', '--signal'))).toMatchObject({ code: 0 });
  });
});

it('C06 a run whose id would rewrite the terminal is shown and can be pasted', async () => {
  const id = "\u001b[31m'\u202e";
  const shown = "$'\\u001b[31m\\'\\u202e'";
  const started = await inFolder(at('run', 'ask.yaml', '--run-id', id, '--detach'));
  expect(started).toMatchObject({ code: 0, stderr: expect.stringContaining(`flujo status ${shown} --follow`) as unknown });
  const unknown = await inFolder(at('status', `${id}x`));
  expect(unknown).toMatchObject({ code: 1, stderr: "Run not found: \\u001b[31m'\\u202ex\n" });
  expect(await inFolder(at('cancel', id, '--json'))).toMatchObject({ code: 0 });
});
