import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The workflow code as the worker loads it, made by the build beside the compiled sources. */
export function workflowBundlePath(): string {
  const candidates = ['../workflow-bundle.js', '../dist/workflow-bundle.js'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`No workflow bundle at ${candidates.join(' or ')}. Make it with 'npm run build'`);
  return found;
}
