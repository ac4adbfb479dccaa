import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { beforeAll, describe, expect, test } from '@jest/globals';
import { ESLint } from 'eslint';

const ROOT = path.resolve(import.meta.dirname, '../../..');
let eslint: ESLint;

beforeAll(() => {
  // Without the rules that need types, the text can stand for any file, also for one that is not there.
  eslint = new ESLint({ cwd: ROOT, overrideConfig: { languageOptions: { parserOptions: { projectService: false } }, rules: TYPED_OFF } });
});

const TYPED_OFF = {
  '@typescript-eslint/no-floating-promises': 'off',
  '@typescript-eslint/no-misused-promises': 'off',
  '@typescript-eslint/no-unused-vars': 'off',
} as const;

async function rulesBroken(file: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: path.join(ROOT, file) });
  return result!.messages.map(({ ruleId, message }) => ruleId ?? message);
}

const IMPORTS = '@typescript-eslint/no-restricted-imports';
const SYNTAX = 'no-restricted-syntax';

const FORBIDDEN: [file: string, specifiers: string[]][] = [
  ['pipeline/values/x.ts', ['zod', 'node:fs', '../schema/validate.js', '../../engine/usage.js']],
  ['pipeline/schema/x.ts', ['zod', 'node:fs', '../ir/pointer.js', 'decimal.js']],
  ['pipeline/expression/x.ts', ['../values/json.js', '../schema/validate.js', 'decimal.js', 'zod']],
  ['pipeline/ir/x.ts', ['zod', '../values/json.js', '../dsl/step.js', '../yaml/load.js', '../compile/compile.js']],
  ['pipeline/ir/schema.ts', ['../compile/compile.js', '../dsl/step.js', 'js-yaml']],
  ['pipeline/compile/x.ts', ['../dsl/step.js', '../yaml/load.js', 'zod', 'node:fs', '@temporalio/common', '../../engine/kind.js']],
  ['pipeline/compile/rules/x.ts', ['../../dsl/step.js', '../../yaml/load.js', 'zod', '../../../engine/kind.js']],
  ['pipeline/dsl/x.ts', ['../yaml/load.js', '../compile/compile.js', 'js-yaml', 'node:path', '@temporalio/workflow']],
  ['pipeline/yaml/x.ts', ['../dsl/step.js', '../compile/compile.js', 'zod', 'node:fs']],
  [
    'engine/x.ts',
    [
      'zod',
      'js-yaml',
      'node:crypto',
      '@temporalio/workflow',
      '../pipeline/ir/schema.js',
      '../pipeline/ir/show.js',
      '../workflows/messages.js',
    ],
  ],
  ['engine/steps/x.ts', ['zod', '@temporalio/common', '../../pipeline/ir/schema.js', '../../pipeline/compile/compile.js']],
  [
    'workflows/x.ts',
    [
      'node:fs',
      'zod',
      'js-yaml',
      '@temporalio/client',
      '@temporalio/worker',
      '@temporalio/activity',
      '../client/connect.js',
      '../worker/index.js',
      '../activities/index.js',
      '../pipeline/ir/schema.js',
    ],
  ],
  [
    'activities/x.ts',
    ['../workflows/messages.js', '../client/connect.js', '../pricing/index.js', '../engine/machine.js', '@temporalio/workflow'],
  ],
  ['activities/agent/x.ts', ['../../workflows/messages.js', '../../client/connect.js', '../../pricing/index.js', '@temporalio/client']],
  ['pricing/x.ts', ['../config/load-config.js', '../server/find-server.js', '../pipeline/compile/compile.js', '@temporalio/client']],
  ['config/x.ts', ['../pricing/index.js', '../server/find-server.js', '../engine/machine.js', '../client/connect.js']],
  ['server/x.ts', ['../pricing/index.js', '../config/load-config.js', '../client/connect.js', '@temporalio/client']],
  ['worker/x.ts', ['../pipeline/dsl/step.js', '../cli/main.js', '../workflows/index.js', '../client/connect.js', '@temporalio/client']],
  [
    'client/x.ts',
    [
      '../activities/index.js',
      '../worker/index.js',
      '../workflows/run-pipeline.js',
      '../engine/machine.js',
      '@temporalio/worker',
      '../cli/exit.js',
    ],
  ],
  ['testing/x.ts', ['../client/connect.js', '../cli/main.js', '../activities/index.js', '../workflows/run-pipeline.js']],
  ['testing/model-server/x.ts', ['../../client/connect.js', '../../cli/main.js', '../../activities/index.js']],
  [
    'cli/x.ts',
    ['../workflows/messages.js', '../activities/index.js', '../activities/agent/run-turn.js', '../engine/machine.js', '@temporalio/client'],
  ],
  ['cli/commands/x.ts', ['../../workflows/messages.js', '../../activities/index.js', '../../engine/machine.js', '@temporalio/worker']],
  ['index.ts', ['./client/index.js', './worker/index.js', './engine/machine.js', './activities/index.js', '@temporalio/client']],
];

const ALLOWED: [file: string, specifiers: string[]][] = [
  ['pipeline/values/x.ts', ['decimal.js', './json.js']],
  ['pipeline/schema/x.ts', ['../values/json.js', './fields.js']],
  ['pipeline/expression/x.ts', ['./parse.js']],
  ['pipeline/ir/schema.ts', ['zod', '../values/decimal.js']],
  [
    'pipeline/compile/x.ts',
    ['../values/json.js', '../schema/validate.js', '../ir/schema.js', '../expression/parse.js', './rules/names.js'],
  ],
  ['pipeline/compile/rules/x.ts', ['../draft.js', './names.js', '../../ir/schema.js', '../../expression/parse.js']],
  ['pipeline/dsl/x.ts', ['zod', '../ir/schema.js', '../expression/parse.js']],
  ['pipeline/yaml/x.ts', ['js-yaml', '../ir/schema.js', '../values/json.js']],
  [
    'engine/x.ts',
    [
      'decimal.js',
      './steps/index.js',
      '../pipeline/expression/evaluate.js',
      '../pipeline/values/json.js',
      '../pipeline/schema/validate.js',
    ],
  ],
  ['engine/steps/x.ts', ['../kind.js', './agent.js', '../../pipeline/expression/render.js']],
  ['workflows/x.ts', ['@temporalio/workflow', '@temporalio/common', '../engine/machine.js', '../pipeline/values/json.js']],
  ['activities/x.ts', ['node:fs', '@temporalio/activity', 'ai', 'zod', './agent/run-turn.js', '../pipeline/values/json.js']],
  ['activities/agent/x.ts', ['@ai-sdk/openai', '../failures.js', '../../pipeline/schema/validate.js']],
  ['pricing/x.ts', ['@pydantic/genai-prices', 'decimal.js', '../pipeline/values/decimal.js']],
  ['config/x.ts', ['node:fs', 'zod', 'smol-toml', '../pipeline/values/duration.js']],
  ['worker/x.ts', ['@temporalio/worker', 'pino', '../activities/index.js']],
  ['client/x.ts', ['@temporalio/client', '@temporalio/envconfig', '../workflows/messages.js', '../pipeline/values/json.js']],
  ['testing/model-server/x.ts', ['node:http', '../../engine/machine.js', '../../activities/registry.js']],
  [
    'cli/x.ts',
    ['commander', '../client/errors.js', '../config/load-config.js', '../activities/agent/requirements.js', './commands/run.js'],
  ],
  ['cli/commands/x.ts', ['../exit.js', '../../client/errors.js', '../../pricing/index.js']],
  ['index.ts', ['./pipeline/dsl/step.js', './activities/registry.js']],
];

const rows = (table: [string, string[]][]) => table.flatMap(([file, specifiers]) => specifiers.map((specifier) => ({ file, specifier })));

describe('a folder imports values only from where the table says', () => {
  test.each(rows(FORBIDDEN))('$file must not import $specifier', async ({ file, specifier }) => {
    expect(await rulesBroken(file, `import { value } from '${specifier}';\nvoid value;\n`)).toContain(IMPORTS);
    expect(await rulesBroken(file, `export * from '${specifier}';\n`)).toContain(IMPORTS);
    expect(await rulesBroken(file, `void import('${specifier}');\n`)).toContain(SYNTAX);
  });
  test.each(rows(FORBIDDEN))('$file may import types from $specifier', async ({ file, specifier }) => {
    expect(await rulesBroken(file, `import type { Value } from '${specifier}';\nexport type Same = Value;\n`)).toEqual([]);
  });
  test.each(rows(ALLOWED))('$file may import $specifier', async ({ file, specifier }) => {
    expect(await rulesBroken(file, `import { value } from '${specifier}';\nvoid value;\n`)).not.toContain(IMPORTS);
  });
  test('each folder that is published has its row', async () => {
    const { include } = JSON.parse(readFileSync(path.join(ROOT, 'tsconfig.build.json'), 'utf8')) as { include: string[] };
    for (const pattern of include) {
      const file = pattern.replace('**/*', 'x');
      const config = (await eslint.calculateConfigForFile(path.join(ROOT, file === 'pipeline/x.ts' ? 'pipeline/ir/x.ts' : file))) as {
        rules: Record<string, unknown>;
      };
      expect([file, Object.hasOwn(config.rules, IMPORTS)]).toEqual([file, true]);
    }
  });
});

describe('what would differ between two replays is refused', () => {
  const SANDBOX = ['pipeline/compile/x.ts', 'engine/x.ts', 'engine/steps/x.ts', 'workflows/x.ts'];
  const BANNED: [text: string, rule: string][] = [
    ['export const a = Math.random();', 'no-restricted-properties'],
    ['export const a = new Date();', SYNTAX],
    ['export const a = process.env;', 'no-restricted-globals'],
    ['export const a = new Intl.NumberFormat();', 'no-restricted-globals'],
    ["export const a = 'a'.localeCompare('b');", SYNTAX],
    ['export const a = (1).toLocaleString();', SYNTAX],
    ['for (const a in {}) void a;', SYNTAX],
  ];
  test.each(SANDBOX.flatMap((file) => BANNED.map(([text, rule]) => ({ file, text, rule }))))(
    '$text in $file',
    async ({ file, text, rule }) => {
      expect(await rulesBroken(file, `${text}\n`)).toEqual([rule]);
    },
  );
  test('Date.now() is for workflows alone, where Temporal answers it', async () => {
    const text = 'export const a = Date.now();\n';
    expect(await rulesBroken('engine/x.ts', text)).toEqual(['no-restricted-properties']);
    expect(await rulesBroken('pipeline/values/x.ts', text)).toEqual(['no-restricted-properties']);
    expect(await rulesBroken('workflows/x.ts', text)).toEqual([]);
  });
  test('a date of a given time is a value', async () => {
    expect(await rulesBroken('engine/x.ts', 'export const a = new Date(0);\n')).toEqual([]);
  });
});

describe('shared engine code does not ask for the kind of a step', () => {
  const text = (test: string) =>
    `export const a = (step: { kind: string }, kind: string) => ${test} || step === undefined || kind === '';\n`;
  test.each(["step.kind === 'agent'", "'hitl' !== step.kind", "kind === 'conditional'"])('%s', async (comparison) => {
    expect(await rulesBroken('engine/x.ts', text(comparison))).toEqual([SYNTAX]);
    expect(await rulesBroken('engine/steps/x.ts', text(comparison))).toEqual([]);
  });
  test('kinds of other things may be asked for', async () => {
    expect(await rulesBroken('engine/x.ts', text("step.kind === 'cancelled'"))).toEqual([]);
  });
});

describe('a model by its bare name', () => {
  const call = (name: string, model: string) => `const a = await ${name}({ model: ${model}, prompt: 'hello' });\nexport { a };\n`;
  test.each([
    ['generateText', "'openai:gpt-5'"],
    ['streamObject', '`openai:${1}`'],
    ['embedMany', "'gpt-5'"],
  ])('is refused in %s', async (name, model) => {
    expect(await rulesBroken('activities/agent/x.ts', call(name, model))).toEqual([SYNTAX]);
  });
  test('is no model in other calls, and one of the registry is none', async () => {
    expect(await rulesBroken('activities/agent/x.ts', call('describe', "'gpt-5'"))).toEqual([]);
    expect(await rulesBroken('activities/agent/x.ts', call('generateText', "registry.languageModel('openai:gpt-5')"))).toEqual([]);
  });
});

describe('import cycles', () => {
  const file = 'pipeline/values/canonical.ts';
  const user = 'pipeline/values/fingerprint.ts';
  test('one through a specifier that ends in .js is found', async () => {
    expect(existsSync(path.join(ROOT, user)) && readFileSync(path.join(ROOT, user), 'utf8')).toContain("from './canonical.js'");
    expect(await rulesBroken(file, "export { fingerprint } from './fingerprint.js';\n")).toEqual(['import-x/no-cycle']);
  });
  test('one of types alone is none', async () => {
    expect(await rulesBroken(file, "import type * as types from './fingerprint.js';\nexport type Same = typeof types;\n")).toEqual([]);
  });
});

test.each(['test.only', 'describe.only', 'test.skip', 'describe.skip', 'xtest'])('%s is refused', async (call) => {
  const text = `import { describe, test, xtest } from '@jest/globals';\nvoid describe;\nvoid test;\nvoid xtest;\n${call}('a', () => {});\n`;
  expect(await rulesBroken('test/unit/x.test.ts', text)).toEqual([expect.stringMatching(/^jest\/no-(focused|disabled)-tests$/)]);
});
