import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseConfig } from '../../config/parse-config.js';
import { compile, loadYaml, type PipelineDocument } from '../../index.js';
import { STEP_KINDS, knownKeys } from '../../pipeline/ir/schema.js';
import { toSnakeCase } from '../../pipeline/yaml/lower.js';
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
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found]) => found!);
/** Code blocks by all that stands behind the fence: `yaml`, `ts pipeline`. */
const blocks = (page: string, info: string) => matches(read(page), new RegExp(`^\`\`\`${info}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'));
const headings = (page: string) => matches(read(page), /^#+ (.+)$/gm);
const anchors = (page: string) =>
  headings(page).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );

describe('the architecture page', () => {
  const text = read('docs/architecture.md');
  const pairs = [...text.matchAll(/`([a-z-]+(?:\/[a-z-]+)*\.ts)`\s+`([A-Za-z]+)`/g)].map(([, file, name]): [string, string] => [
    file!,
    name!,
  ]);

  it('follows a step through the code', () => expect(pairs.length).toBeGreaterThan(30));

  it.each(pairs)('%s exports %s', (file, name) => {
    expect(read(file)).toMatch(new RegExp(`export (async )?(function|class|const|interface) ${name}\\b`));
  });

  it.each([...new Set(matches(text, /`([a-z-]+\/[a-z/-]*(?:\.[a-z]+)?|[a-z-]+(?:\.[a-z]+)+)`/g))])('%s exists', (path) => {
    expect(existsSync(join(root, path))).toBe(true);
  });

  it.each(matches(text, /^\| ([EHL]\d) .*$/gm))('%s is named in a file that keeps it', (name) => {
    const row = new RegExp(`^\\| ${name} .*$`, 'm').exec(text)![0];
    const files = matches(row, /`([a-z/-]+\.ts)`/g);
    expect(files.length).toBeGreaterThan(0);
    // What holds by the shape of the run, not at one place.
    expect(files.map(read).join('\n')).toMatch(new RegExp(`\\b${name}\\b`));
  });
});

describe.each(pages)('%s', (page) => {
  it('has links that lead somewhere', () => {
    for (const target of matches(read(page), /\]\((?!https?:)([^)]+)\)/g)) {
      const [file, anchor] = target.split('#') as [string, string?];
      const path = file === '' ? page : join(dirname(page), file);
      expect([target, existsSync(resolve(root, path))]).toEqual([target, true]);
      if (anchor !== undefined) expect(anchors(path)).toContain(anchor);
    }
  });

  it('has pipelines that compile and configuration that parses', () => {
    for (const text of blocks(page, 'yaml')) expect(compile(loadYaml(text, { file: page })).diagnostics).toEqual([]);
    for (const text of blocks(page, 'toml')) expect(parseConfig(text, page)).toBeDefined();
  });
});

describe('the TypeScript of the README', () => {
  let folder = '';
  // Inside the package, where `flujo` is the package itself.
  beforeAll(() => {
    mkdirSync(join(root, '.cache'), { recursive: true });
    folder = mkdtempSync(join(root, '.cache/docs-'));
    const files = { 'pipeline.ts': 'ts pipeline', 'tools.ts': 'ts tools', 'pipeline.yaml': 'yaml', 'flujo.toml': 'toml' };
    for (const [name, info] of Object.entries(files)) writeFileSync(join(folder, name), blocks('README.md', info).join('\n'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(['pipeline.ts', 'pipeline.yaml'])('%s is valid with the tools beside it', async (file) => {
    expect(await flujo(['run', file, '--dry-run'], { cwd: folder })).toMatchObject({
      code: 0,
      stdout: 'Pipeline is valid: draft, approve, finish\n',
    });
  });

  it('is the same pipeline as its YAML', async () => {
    const module = (await import(join(folder, 'pipeline.ts'))) as { default: PipelineDocument };
    const yaml = compile(loadYaml(read(join('.cache', folder.split('/').at(-1)!, 'pipeline.yaml')), { file: 'pipeline.yaml' }));
    expect(yaml.fingerprint).not.toBeNull();
    expect(compile(module.default).fingerprint).toBe(yaml.fingerprint);
  });
});

describe('commands in the documents', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: { [name: string]: string } };
  const lines = pages.flatMap((page) => blocks(page, 'sh').flatMap((text) => text.trim().split('\n')));
  const commands = lines.filter((line) => /^(npx )?flujo /.test(line)).map((line) => line.replace(/^npx /, ''));
  const isHarmless = (line: string) =>
    /^flujo (version|schema|init) ?/.test(line) || (/ examples\//.test(line) && / validate | --dry-run/.test(line));
  const help = (command: string) => flujo([command, '--help']).then(({ stdout }) => stdout);

  it('are all flujo or npm', () => {
    expect(lines.filter((line) => !/^(npm|npx flujo|flujo) /.test(line))).toEqual([]);
  });

  it.each(lines.filter((line) => line.startsWith('npm ')))('%s is a script', (line) => {
    expect(Object.keys(scripts)).toContain(line.replace(/^npm (run )?/, ''));
  });

  it.each(commands.filter(isHarmless))('%s works', async (line) => {
    const folder = mkdtempSync(join(tmpdir(), 'flujo-docs-'));
    const args = line
      .split(' ')
      .slice(1)
      .map((arg) => (arg === 'my-project' ? join(folder, arg) : arg));
    expect(await flujo(args)).toMatchObject({ code: 0 });
    rmSync(folder, { recursive: true });
  });

  it.each(commands.filter((line) => !isHarmless(line)))('%s has a command and options that there are', async (line) => {
    const usage = await help(line.split(' ')[1]!);
    expect(usage).toMatch(new RegExp(`^Usage: flujo ${line.split(' ')[1]} `));
    for (const option of matches(line, / (--[a-z-]+)/g)) expect(usage).toMatch(new RegExp(`^ +${option}\\b`, 'm'));
  });

  it('name every command and every option that there is', async () => {
    const page = read('docs/cli.md');
    const names = matches((await flujo(['--help'])).stdout, /^ {2}([a-z]+) \[options\]/gm);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) {
      expect(page).toContain(`flujo ${name}`);
      for (const option of matches(await help(name), /^ {2}(?:-\w, )?(--[a-z-]+)/gm))
        if (option !== '--help') expect(page).toMatch(new RegExp(`\`${option}\\b`));
    }
  });
});

describe('what there is stands on the pages', () => {
  const places = [
    ...STEP_KINDS.map((kind): [string, readonly string[]] => [kind, knownKeys('step', kind, undefined)]),
    ['pipeline', knownKeys('pipeline', '', undefined)] as const,
    ['agent definition', knownKeys('agent', '', undefined)] as const,
  ];

  it.each(places)('the keys of %s', (_, keys) => {
    for (const key of keys) expect(read('docs/pipelines.md')).toMatch(new RegExp(`\`${toSnakeCase(key)}\\b`));
  });

  it('every diagnostic code has its heading', () => {
    const codes = matches(read('pipeline/compile/diagnostics.ts'), /'((?:V|TEMPLATE)-[A-Z0-9]+)'/g);
    expect(codes.length).toBeGreaterThan(15);
    expect(headings('docs/diagnostics.md')).toEqual(expect.arrayContaining(codes.map((code) => code.toLowerCase())));
  });
});
