import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, matchesGlob, resolveBudget } from '../../../config/load-config.js';
import { parseConfig } from '../../../config/parse-config.js';

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'flujo-config-')));
  mkdirSync(join(folder, 'a/b'), { recursive: true });
  mkdirSync(join(folder, 'other'));
  writeFileSync(join(folder, 'a/flujo.toml'), 'env_file = "keys.env"\n[temporal]\ntask_queue = "near"\n');
  writeFileSync(join(folder, 'a/keys.env'), 'FROM_FILE=file\nSET=file\n');
  writeFileSync(join(folder, 'other/flujo.toml'), '[temporal]\ntask_queue = "other"\n');
  writeFileSync(join(folder, 'other/no-env.toml'), 'env_file = "nowhere.env"\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the configuration file', () => {
  it.each<[how: string, options: { file?: string; env?: { FLUJO_CONFIG: string }; cwd: string }, queue: string | undefined]>([
    ['is the nearest above the working folder', { cwd: 'a/b' }, 'near'],
    ['is what FLUJO_CONFIG says, before the nearest', { cwd: 'a/b', env: { FLUJO_CONFIG: '../../other/flujo.toml' } }, 'other'],
    [
      'is what the option says, before FLUJO_CONFIG',
      { cwd: 'a', file: 'flujo.toml', env: { FLUJO_CONFIG: '../other/flujo.toml' } },
      'near',
    ],
    ['is the nearest when FLUJO_CONFIG is empty', { cwd: 'a', env: { FLUJO_CONFIG: '' } }, 'near'],
  ])('%s', (_, { file, env = {}, cwd }, queue) => {
    expect(loadConfig({ file, env, cwd: join(folder, cwd) }).document.temporal.task_queue).toBe(queue);
  });

  it('may be missing; paths are then those of the working folder', () => {
    expect(loadConfig({ env: {}, cwd: folder })).toMatchObject({ file: null, folder });
  });

  it.each<[string, { file: string }, string]>([
    ['that is named and missing', { file: 'none.toml' }, 'Configuration file not found: none.toml'],
    ['that is a folder', { file: 'a' }, 'Configuration file cannot be read: '],
    ['whose env_file is missing', { file: 'other/no-env.toml' }, 'env_file not found: nowhere.env'],
  ])('%s is an error', (_, { file }, message) => {
    expect(() => loadConfig({ file, env: {}, cwd: folder })).toThrow(message);
  });

  it('has an env_file that never overrides a variable that is set', () => {
    const { env } = loadConfig({ env: { SET: 'process', EMPTY: '' }, cwd: join(folder, 'a') });
    expect(env).toEqual({ FROM_FILE: 'file', SET: 'process', EMPTY: '' });
  });
});

describe('the budget of a pipeline', () => {
  const { budgets, ...rest } = parseConfig(
    `[budgets.default]
tokens = 1
[budgets.pipeline."re*"]
tokens = 2
[budgets.pipeline."report"]
tokens = 3
[budgets.pipeline."r?port-?"]
tokens = 4
[budgets.pipeline."*-x"]
tokens = 5
`,
    'flujo.toml',
  );
  const document = { ...rest, budgets };

  it.each<[name: string, tokens: number, source: string]>([
    ['report', 3, 'budgets.pipeline[report]'],
    ['reports', 2, 'budgets.pipeline[re*]'],
    ['raport-1', 4, 'budgets.pipeline[r?port-?]'],
    ['report-x', 2, 'budgets.pipeline[re*]'],
    ['a-x', 5, 'budgets.pipeline[*-x]'],
    ['other', 1, 'budgets.default'],
  ])('of %s', (name, tokens, source) => expect(resolveBudget(document, name)).toEqual({ limits: { tokens }, source }));

  it('is none without any', () => {
    expect(resolveBudget(parseConfig('', 'flujo.toml'), 'report')).toEqual({ limits: null, source: 'none' });
  });

  it.each<[glob: string, name: string, fits: boolean]>([
    ['*', '', true],
    ['?', '', false],
    ['a.c', 'abc', false],
    ['a+(b)[c]', 'a+(b)[c]', true],
    ['V-E*', 'V-E1', true],
    ['V-E*', 'XV-E1', false],
  ])('the glob %s and %j', (glob, name, fits) => expect(matchesGlob(glob, name)).toBe(fits));
});
