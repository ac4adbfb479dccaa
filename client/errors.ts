import type { RunFailure, RunResult } from '../engine/results.js';

/** Errors of the client. Their messages say what to do; none needs a stack to be understood. */
export class FlujoError extends Error {}

/** No server answered. */
export class NoServerError extends FlujoError {
  override readonly name = 'NoServerError';
}
/** `TEMPORAL_*` variables or a profile that can't be used: an unknown profile, a missing certificate. */
export class InvalidConnectionError extends FlujoError {
  override readonly name = 'InvalidConnectionError';
}
/** The run was asked, and no worker answered for it. */
export class NoWorkerError extends FlujoError {
  override readonly name = 'NoWorkerError';
}
/** The server refused a request; the message has its reason. */
export class ServerError extends FlujoError {
  override readonly name = 'ServerError';
}
/** A run id that is in use. */
export class RunExistsError extends FlujoError {
  override readonly name = 'RunExistsError';
}
export class UnknownRunError extends FlujoError {
  override readonly name = 'UnknownRunError';
}
/** What would be sent can't be: too large, or no JSON. */
export class InvalidRunInputError extends FlujoError {
  override readonly name = 'InvalidRunInputError';
}
/** A decision that the run refused; the message is the run's. */
export class DecisionRejectedError extends FlujoError {
  override readonly name = 'DecisionRejectedError';
}

/** A run that did not complete. `failure` is null for one that was cancelled, `result` where the run could not give it. */
export class RunFailedError extends FlujoError {
  override readonly name = 'RunFailedError';

  constructor(
    message: string,
    readonly failure: RunFailure | null,
    readonly result: RunResult | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
