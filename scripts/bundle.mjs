// Makes dist/workflow-bundle.js from the built JavaScript: the SDK's bundler would compile TypeScript to an older target,
// and the engine as a preloaded module is evaluated once a worker instead of once a run.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { minifySync } from '@swc/core';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };

// Every run's isolate holds the code, so it travels without comments and white space; names stay, for stack traces.
for (const folder of ['pipeline', 'engine', 'workflows'].map((name) => at(`dist/${name}`))) {
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!name.endsWith('.js')) continue;
    const options = { compress: false, mangle: false, module: true, ecma: 2022, format: { asciiOnly: false } };
    writeFileSync(join(folder, name), minifySync(readFileSync(join(folder, name), 'utf8'), options).code);
  }
}

const { code } = await bundleWorkflowCode({
  workflowsPath: at('dist/workflows/index.js'),
  workflowInterceptorModules: [at('dist/workflows/cancellation.js')],
  preloadModules: [at('dist/engine/machine.js')],
  logger: quiet,
  webpackConfigHook: (config) => ({
    ...config,
    optimization: { ...config.optimization, providedExports: true, usedExports: true, concatenateModules: true, sideEffects: true },
  }),
});
writeFileSync(at('dist/workflow-bundle.js'), code);
