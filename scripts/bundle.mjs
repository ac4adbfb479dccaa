// Makes dist/workflow-bundle.js from the built JavaScript: the SDK's bundler would compile TypeScript to an older target,
// and the engine as a preloaded module is evaluated once a worker instead of once a run.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };

export async function bundle(target = at('dist/workflow-bundle.js')) {
  const { code } = await bundleWorkflowCode({
    workflowsPath: at('dist/workflows/index.js'),
    workflowInterceptorModules: [at('dist/workflows/cancellation.js')],
    preloadModules: [at('dist/engine/machine.js')],
    logger: quiet,
  });
  writeFileSync(target, code);
  return code.length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle();
