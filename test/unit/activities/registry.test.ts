import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { defineRegistry, isRegistry, mergeRegistries, tool } from '../../../activities/registry.js';

const some = tool({ run: () => 1 });

test.each(['1a', 'a b', '', '__proto__', 'a/b'])('the id %j is refused', (id) => {
  expect(() => defineRegistry({ tools: Object.fromEntries([[id, some]]) })).toThrow(`Tool id '${id}' must match`);
});

test('an entry without run is refused', () => {
  expect(() => defineRegistry({ tools: { a: {} as never } })).toThrow("Tool 'a' has no run function");
});

test('a registry of another copy of the package is recognised', () => {
  const foreign = Object.defineProperty({ tools: {}, serializers: [] }, Symbol.for('flujo.registry'), { value: true });
  expect(isRegistry(foreign)).toBe(true);
  expect([null, {}, { tools: {} }, () => 1].some(isRegistry)).toBe(false);
});

test('merging keeps the order of modules and their serializers', () => {
  const serializers = [[Date, () => 1]] as const;
  const merged = mergeRegistries([
    { file: 'a.ts', registry: defineRegistry({ tools: { b: some }, serializers }) },
    { file: 'b.ts', registry: defineRegistry({ tools: { a: some, constructor: some } }) },
  ]);
  expect(Object.keys(merged.tools)).toEqual(['b', 'a', 'constructor']);
  expect(merged.serializers).toEqual(serializers);
});

test('the same id in two modules names both files', () => {
  const registry = defineRegistry({ tools: { a: some } });
  const modules = [
    { file: 'one.ts', registry },
    { file: 'two.ts', registry },
  ];
  expect(() => mergeRegistries(modules)).toThrow("Tool 'a' is defined in both one.ts and two.ts");
});

describe('loading modules', () => {
  const REGISTRY = resolve('activities/registry.ts');
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flujo-registry-'));
    await mkdir(join(folder, 'esm'));
    await writeFile(join(folder, 'esm/package.json'), '{"type": "module"}');
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Loads in a process of its own: Node's real loader, with and without the TypeScript one. */
  async function load(files: Record<string, string>): Promise<string> {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const script = join(folder, 'load.mts');
    await writeFile(
      script,
      `import { loadRegistry } from ${JSON.stringify(resolve('activities/load-registry.ts'))};
       try { console.log(Object.keys((await loadRegistry(${JSON.stringify(Object.keys(files))}, ${JSON.stringify(folder)})).tools).join()) }
       catch (error) { console.log(error.name + ': ' + error.message) }`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script], { cwd: resolve('.') });
    return stdout.trim().replaceAll(folder, '.');
  }

  const defining = (name: string) => `import { defineRegistry, tool } from ${JSON.stringify(REGISTRY)};
export default defineRegistry({ tools: { ${name}: tool({ run: () => 1 }) } });`;
  const plain = (name: string) =>
    `export default Object.defineProperty({ tools: { ${name}: { run: () => 1 } }, serializers: [] }, Symbol.for('flujo.registry'), { value: true });`;

  test.each<[string, Record<string, string>, string | RegExp]>([
    ['TypeScript beside ES modules', { 'esm/a.ts': defining('a') }, 'a'],
    ['TypeScript without a package type', { 'b.ts': defining('b') }, 'b'],
    ['JavaScript, several files', { 'esm/c.js': plain('c'), 'd.mjs': plain('d') }, 'c,d'],
    ['a syntax error in TypeScript', { 'e.ts': 'const a = 1;\nconst b = = 2;\n' }, /^RegistryError: e\.ts:2: .*"="/],
    ['a syntax error in JavaScript', { 'f.mjs': 'const a = 1;\nconst b = = 2;\n' }, /^RegistryError: f\.mjs:2: /],
    ['an error on loading', { 'g.mjs': '\n\nthrow new Error("no database");' }, 'RegistryError: g.mjs:3: no database'],
    ['an import that is not there', { 'h.mjs': 'import "./missing.mjs";' }, /^RegistryError: h\.mjs.*: Cannot find module/],
    [
      'another default export',
      { 'i.mjs': 'export default 1;' },
      'RegistryError: i.mjs: the default export is not made by defineRegistry(…)',
    ],
    ['another kind of file', { 'j.txt': '' }, 'RegistryError: j.txt: a module must be one of .ts, .mts, .js, .mjs'],
    ['the same tool twice', { 'k.mjs': plain('k'), 'l.mjs': plain('k') }, "RegistryError: Tool 'k' is defined in both k.mjs and l.mjs"],
  ])('%s', async (_, files, expected) => {
    const said = await load(files);
    if (typeof expected === 'string') expect(said).toBe(expected);
    else expect(said).toMatch(expected);
  });
});
