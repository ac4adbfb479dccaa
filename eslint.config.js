import { readdirSync } from 'node:fs';
import path from 'node:path';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import jest from 'eslint-plugin-jest';
import typescript from 'typescript-eslint';

/**
 * Which values each folder may import, besides its own: packages, folders and single modules of the project (without extension).
 * Types may come from anywhere: they leave nothing behind at run time. A row named like a file holds for that file instead of its folder's.
 * A new folder needs a row; test/unit/scripts/boundaries.test.ts counts them.
 */
const MAY_IMPORT = {
  'pipeline/values': ['decimal.js'],
  'pipeline/schema': ['pipeline/values'],
  'pipeline/expression': [],
  'pipeline/ir': [],
  'pipeline/ir/schema.ts': ['zod', 'pipeline/values'],
  'pipeline/compile': ['pipeline/values', 'pipeline/schema', 'pipeline/ir', 'pipeline/expression'],
  'pipeline/dsl': ['zod', 'pipeline/values', 'pipeline/schema', 'pipeline/ir', 'pipeline/expression'],
  'pipeline/yaml': ['js-yaml', 'pipeline/values', 'pipeline/schema', 'pipeline/ir', 'pipeline/expression'],
  engine: ['decimal.js', 'pipeline/values', 'pipeline/schema', 'pipeline/expression'],
  workflows: ['@temporalio/workflow', '@temporalio/common', 'engine', 'pipeline/values'],
  activities: [
    'node:*',
    '@temporalio/activity',
    '@temporalio/common',
    'ai',
    '@ai-sdk/*',
    'jsonrepair',
    'tsx',
    'undici',
    'zod',
    'decimal.js',
    'pipeline/ir',
    'pipeline/values',
    'pipeline/schema',
  ],
  pricing: ['node:*', '@pydantic/genai-prices', 'decimal.js', 'pipeline/values'],
  config: ['node:*', 'smol-toml', 'zod', 'pipeline/values'],
  server: ['node:*', 'js-yaml'],
  worker: ['node:*', '@temporalio/worker', 'pino', 'activities'],
  client: ['node:*', '@temporalio/client', '@temporalio/common', '@temporalio/envconfig', 'pipeline', 'workflows/messages'],
  testing: ['node:*', 'js-yaml', 'engine', 'pipeline', 'worker/workflow-bundle', 'activities/registry'],
  cli: [
    'node:*',
    'commander',
    '@clack/prompts',
    'picocolors',
    'string-width',
    'js-yaml',
    'tsx',
    'client',
    'pipeline',
    'pricing',
    'config',
    'server',
    'testing',
    'worker',
    'activities/agent/requirements',
    'activities/load-registry',
    'activities/registry',
  ],
  'index.ts': ['pipeline/dsl', 'pipeline/compile', 'pipeline/yaml', 'activities/registry'],
};

/** Folders whose code runs inside Temporal's workflow sandbox, or would have to give the same answer there. */
const SANDBOX = ['pipeline', 'engine', 'workflows'];

/** How many folders deep sources may lie under a folder of the table. */
const DEEPEST = 3;

const TOP_FOLDERS = new Set(Object.keys(MAY_IMPORT).map((row) => row.split('/')[0]));

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const packagePattern = (name) => (name.endsWith('*') ? escaped(name.slice(0, -1)) : `${escaped(name)}(?:/|$)`);

const isOfProject = (target) => TOP_FOLDERS.has(target.split('/')[0]);

/**
 * The specifiers that a file `depth` folders below `folder` must not import, as a regular expression: all but the listed.
 * Relative specifiers are compared as written, so the way up is part of the pattern.
 */
function forbiddenSpecifiers(folder, depth, targets) {
  const up = '\\.\\./'.repeat(depth);
  const own = folder === '.' ? [] : ['\\./', ...Array.from({ length: depth }, (_, steps) => `${'\\.\\./'.repeat(steps + 1)}(?!\\.\\.)`)];
  const others = targets.map((target) => {
    if (!isOfProject(target)) return packagePattern(target);
    const way = path.posix.relative(folder, target);
    return `${up}${escaped(way.startsWith('.') ? way : `./${way}`)}(?:/|\\.js$)`;
  });
  const allowed = [...own, ...others];
  return allowed.length === 0 ? '^' : `^(?!${allowed.join('|')})`;
}

const SANDBOX_SYNTAX = [
  {
    selector: 'ForInStatement',
    message: 'for..in walks inherited keys in an order that is not the data’s; use Object.keys or Object.entries.',
  },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'No clock here: time arrives with the events.' },
  { selector: "CallExpression[callee.name='Date']", message: 'No clock here: time arrives with the events.' },
  { selector: 'MemberExpression[property.name=/^(localeCompare|toLocale)/]', message: 'The answer depends on the machine’s locale.' },
];

/** The kinds of steps, by their files. */
const KINDS = readdirSync(path.join(import.meta.dirname, 'engine/steps'))
  .map((file) => path.basename(file, '.ts'))
  .filter((name) => name !== 'index');

const isKind = (side) => `:matches([${side}.property.name='kind'], [${side}.name='kind'])`;
const isName = (side) => `[${side}.value=/^(${KINDS.join('|')})$/]`;
const KIND_SYNTAX = [
  ['left', 'right'],
  ['right', 'left'],
].map(([one, other]) => ({
  selector: `BinaryExpression[operator=/^[!=]==?$/]${isKind(one)}${isName(other)}`,
  message: 'Shared engine code asks a property that each kind declares in engine/steps, never the kind itself.',
}));

/** A model by its bare name goes to a gateway of the package's maker, past our registry, keys and prices. */
const MODEL_SYNTAX = ['Literal', 'TemplateLiteral'].map((type) => ({
  selector: `CallExpression[callee.name=/^(generate|stream|embed)/] > ObjectExpression > Property[key.name='model'] > ${type}.value`,
  message: 'A model comes from our registry, never by its bare name.',
}));

/** `no-restricted-imports` does not see `import()`, so the same pattern is a selector; a slash would end the selector's pattern. */
const dynamicImports = (pattern, message) => ({
  selector: `ImportExpression > Literal[value=/${pattern.replaceAll('/', '\\x2F')}/]`,
  message,
});

function boundary(row, targets) {
  const isFile = row.endsWith('.ts');
  const folder = isFile ? path.posix.dirname(row) : row;
  const inSandbox = SANDBOX.includes(row.split('/')[0]);
  const message = `${row} may import values only from its own folder${targets.length === 0 ? '' : ` and ${targets.join(', ')}`} (MAY_IMPORT in eslint.config.js).`;
  return Array.from({ length: isFile ? 1 : DEEPEST }, (_, depth) => {
    const pattern = forbiddenSpecifiers(folder, depth, targets);
    return {
      files: [isFile ? row : `${row}${'/*'.repeat(depth)}/*.ts`],
      rules: {
        '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ regex: pattern, message, allowTypeImports: true }] }],
        'no-restricted-syntax': [
          'error',
          inSandbox
            ? { selector: 'ImportExpression', message: 'Sandbox code is bundled: it imports statically.' }
            : dynamicImports(pattern, message),
          ...(inSandbox ? SANDBOX_SYNTAX : []),
          ...(folder === 'engine' && depth === 0 ? KIND_SYNTAX : []),
          ...(targets.includes('ai') ? MODEL_SYNTAX : []),
        ],
      },
    };
  });
}

export default [
  { ignores: ['node_modules', 'dist', '.cache', '.flujo', 'coverage', 'test/fixtures', '**/out/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{ts,js,mjs}'],
    plugins: { 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts', '.js', '.mjs'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.mjs'], extensionAlias: { '.js': ['.ts', '.js'] } })],
    },
    rules: {
      eqeqeq: 'error',
      'max-lines': ['error', 300],
      'no-control-regex': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-self-import': 'error',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    rules: { 'no-unused-vars': ['error', { varsIgnorePattern: '^_' }] },
  },
  {
    files: ['**/*.ts'],
    plugins: { '@typescript-eslint': typescript.plugin },
    languageOptions: { parser: typescript.parser, parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
    },
  },
  ...Object.entries(MAY_IMPORT).flatMap(([row, targets]) => boundary(row, targets)),
  {
    files: SANDBOX.map((folder) => `${folder}/**/*.ts`),
    rules: {
      'no-restricted-globals': ['error', 'process', 'Intl', 'performance', 'crypto', 'Buffer', 'setTimeout', 'setInterval', 'setImmediate'],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'No randomness here.' },
        { object: 'Date', property: 'now', message: 'No clock here: time arrives with the events.' },
      ],
    },
  },
  {
    // Inside a workflow Temporal answers Date.now() from the history, so the driver may ask.
    files: ['workflows/**/*.ts'],
    rules: { 'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'No randomness here.' }] },
  },
  {
    files: ['test/**/*.ts'],
    plugins: { jest },
    rules: {
      'jest/no-focused-tests': 'error',
      'jest/no-disabled-tests': 'error',
      'jest/no-identical-title': 'error',
    },
  },
];
