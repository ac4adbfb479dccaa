export { WorkerStartError, startWorker } from './create-worker.js';
export type { FlujoWorker, WorkerOptions } from './create-worker.js';
export { workflowBundlePath } from './workflow-bundle.js';
export { createActivities, createModels, loadRegistry } from '../activities/index.js';
export { defineRegistry, mergeRegistries, tool, toolResult } from '../activities/registry.js';
