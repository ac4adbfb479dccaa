export { runPipeline, runPipeline as default } from './run-pipeline.js';
export { interceptors } from './cancellation.js';
export { decide, decideSignal, requestsQuery, snapshotQuery, usageQuery } from './handlers.js';
