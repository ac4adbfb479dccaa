/** Held by design: what decides, and what computes in it, is tested branch by branch. */
const COVERAGE = { summary: 'coverage/coverage-summary.json', folders: ['engine', 'pipeline/expression'], minimum: 95 };

/**
 * @typedef {object} Gate exactly one of commands, tests, coverage
 * @property {string} name
 * @property {(readonly string[])[]} [commands] arguments of Node, run in order
 * @property {{ folder: string, coverage?: typeof COVERAGE }} [tests] a folder of jest tests
 * @property {typeof COVERAGE} [coverage] reads what the unit tests measured
 */

/** @type {readonly Gate[]} in the order they run: the quick and general first. */
const GATES = [
  { name: 'format', commands: [['node_modules/prettier/bin/prettier.cjs', '--check', '.']] },
  { name: 'lint', commands: [['node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.']] },
  { name: 'types', commands: [['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json']] },
  // Who may import whom is for lint to tell; this tells whether the sandbox's folders do without Node.
  { name: 'boundaries', commands: [['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.sandbox.json']] },
  { name: 'dead-code', commands: [['node_modules/knip/bin/knip.js', '--no-progress']] },
  { name: 'unit', tests: { folder: 'test/unit', coverage: COVERAGE } },
  { name: 'coverage', coverage: COVERAGE },
  ...['replay', 'integration', 'e2e', 'docs'].map((name) => ({ name, tests: { folder: `test/${name}` } })),
];

/**
 * The gates to run, in order. None is left out by itself: a folder of tests that is gone fails its gate.
 *
 * @param {readonly string[] | undefined} only names; all gates when undefined
 * @returns {readonly Gate[]}
 * @throws {Error} for a name that is no gate: a misspelled one must not pass by running nothing
 */
export function selectGates(only) {
  if (only === undefined) return GATES;
  const unknown = only.filter((name) => !GATES.some((gate) => gate.name === name));
  if (only.length === 0 || unknown.length > 0) {
    throw new Error(`unknown gate ${unknown.map((name) => `'${name}'`).join(', ')}; known are ${GATES.map(({ name }) => name).join(', ')}`);
  }
  return GATES.filter(({ name }) => only.includes(name));
}
