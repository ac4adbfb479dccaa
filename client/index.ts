export { FlujoClient } from './flujo-client.js';
export type { StartOptions } from './flujo-client.js';
export { connect, connectionSettings } from './connect.js';
export type { ConnectOptions, Connected } from './connect.js';
export { RunHandle } from './run-handle.js';
export {
  DecisionRejectedError,
  FlujoError,
  InvalidConnectionError,
  InvalidRunInputError,
  NoServerError,
  NoWorkerError,
  RunExistsError,
  RunFailedError,
  ServerError,
  UnknownRunError,
} from './errors.js';
export type { Request, RunFailure, RunResult, Snapshot, StepResult, Usage, UsageView } from '../engine/results.js';
export type { RunInput } from '../workflows/messages.js';
