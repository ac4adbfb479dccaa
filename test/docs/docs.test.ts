import { describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseConfig } from '../../config/parse-config.js';
import { compile, loadYaml } from '../../index.js';
import { flujo } from '../support/command.js';
import { root } from '../support/environment.js';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const read = (page: string) => readFileSync(join(root, page), 'utf8');
const blocks = (page: string, language: string) =>
  [...read(page).matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text]) => text!);

describe('the architecture page', () => {
  const pairs = [...read('docs/architecture.md').matchAll(/`([a-z-]+(?:\/[a-z-]+)*\.ts)`\s+`([A-Za-z]+)`/g)].map(
    ([, file, name]): [string, string] => [file!, name!],
  );

  it('follows a step through the code', () => expect(pairs.length).toBeGreaterThan(15));

  it.each(pairs)('%s exports %s', (file, name) => {
    expect(read(file)).toMatch(new RegExp(`export (async )?(function|class|const) ${name}\\b`));
  });

  it.each([...new Set([...read('docs/architecture.md').matchAll(/`([a-z-]+\/[a-z/-]*(?:\.[a-z]+)?)`/g)].map(([, path]) => path!))])(
    '%s exists',
    (path) => {
      expect(existsSync(join(root, path))).toBe(true);
    },
  );
});

describe.each(pages)('%s', (page) => {
  it('has links that lead somewhere', () => {
    for (const [, target] of read(page).matchAll(/\]\((?!https?:)([^)#]+)/g))
      expect([target, existsSync(resolve(root, dirname(page), target!))]).toEqual([target, true]);
  });

  it('has pipelines that compile and configuration that parses', () => {
    for (const text of blocks(page, 'yaml')) expect(compile(loadYaml(text, { file: page })).diagnostics).toEqual([]);
    for (const text of blocks(page, 'toml')) expect(parseConfig(text, page)).toBeDefined();
  });
});

describe('commands in the documents', () => {
  const scripts = (JSON.parse(read('package.json')) as { scripts: { [name: string]: string } }).scripts;
  const commands = pages.flatMap((page) => blocks(page, 'sh').flatMap((text) => text.trim().split('\n')));

  it.each(commands.filter((line) => line.startsWith('npm ')))('%s is a script', (line) => {
    expect(Object.keys(scripts)).toContain(line.replace(/^npm (run )?/, ''));
  });

  it.each(commands.filter((line) => line.startsWith('npx flujo ')))('%s works', async (line) => {
    const folder = mkdtempSync(join(tmpdir(), 'flujo-docs-'));
    const args = line
      .split(' ')
      .slice(2)
      .map((arg) => (arg === 'my-project' ? join(folder, arg) : arg));
    expect(await flujo(args)).toMatchObject({ code: 0 });
    rmSync(folder, { recursive: true });
  });

  it('names every command that there is', async () => {
    const { stdout } = await flujo(['--help']);
    const names = [...stdout.matchAll(/^ {2}([a-z]+) .*\[options\]/gm)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(read('docs/cli.md')).toContain(`flujo ${name}`);
  });
});

it('every diagnostic code has its heading', () => {
  const codes = [...read('pipeline/compile/diagnostics.ts').matchAll(/'((?:V|TEMPLATE)-[A-Z0-9]+)'/g)].map(([, code]) => code!);
  const headings = [...read('docs/diagnostics.md').matchAll(/^## (.+)$/gm)].map(([, heading]) => heading!);
  expect(headings).toEqual(expect.arrayContaining(codes.map((code) => code.toLowerCase())));
});
