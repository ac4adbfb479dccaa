import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import type { FileRead } from '../../../pipeline/yaml/files.js';
import { loadYaml } from '../../../pipeline/yaml/load.js';

let folder: string;
let opened: string[];

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'flujo-files-')));
  mkdirSync(join(folder, 'project/prompts'), { recursive: true });
  writeFileSync(join(folder, 'project/prompts/system.md'), 'You are {{ context.role }}.\n');
  writeFileSync(join(folder, 'secret.md'), 'secret');
  symlinkSync(join(folder, 'secret.md'), join(folder, 'project/prompts/link.md'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function readFile(path: string): FileRead {
  opened.push(path);
  try {
    const real = realpathSync(join(folder, 'project', path));
    return real.startsWith(join(folder, 'project') + sep) ? { text: readFileSync(real, 'utf8') } : { outside: true };
  } catch {
    return { unreadable: 'no such file' };
  }
}

function load(path: string) {
  opened = [];
  const text = `name: x\nagents:\n  writer:\n    model: m:n\n    system: {from_file: ${JSON.stringify(path)}}\nsteps: []\n`;
  return loadYaml(text, { file: 'pipeline.yaml', readFile });
}

test('a system prompt from a file stands in the document as its text', () => {
  const source = load('./prompts/system.md');
  expect(source.diagnostics).toEqual([]);
  expect(source.document).toMatchObject({ agents: { writer: { system: 'You are {{ context.role }}.\n' } } });
});

describe('Y28 a path that leaves the folder is refused', () => {
  test.each([
    '../secret.md',
    'a/../../secret.md',
    '/etc/passwd',
    'file:///etc/passwd',
    'http://x.org/a',
    '~/a',
    'C:\\a',
    '..%2fsecret.md',
    '\\\\host\\a',
    'a\0',
    '',
  ])('%j, and nothing is opened', (path) => {
    const source = load(path);
    expect(source.diagnostics).toMatchObject([
      {
        code: 'V-I6',
        message: `Path leaves the pipeline folder: ${path.replace('\0', '\\u0000')}`,
        pointer: '/agents/writer/system',
        position: { line: 5, column: 13 },
      },
    ]);
    expect(source.syntaxError).toBe(false);
    expect(opened).toEqual([]);
  });
  test('by way of a link', () => {
    expect(load('prompts/link.md').diagnostics).toMatchObject([
      { code: 'V-I6', message: 'Path leaves the pipeline folder: prompts/link.md' },
    ]);
  });
});

test('a file that is not there is named', () => {
  expect(load('nothing.md').diagnostics).toMatchObject([
    { code: 'V-Y4', message: '/agents/writer/system: expected a readable file, got "nothing.md" (no such file)' },
  ]);
});
