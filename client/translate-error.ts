import {
  NamespaceNotFoundError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  isGrpcServiceError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DecisionRejectedError, InvalidConnectionError, NoServerError, ServerError, UnknownRunError } from './errors.js';

/** Codes of gRPC. */
const CANCELLED = 1;
const DEADLINE_EXCEEDED = 4;
const UNAVAILABLE = 14;

/** What a request about a run ended with, as an error of ours. Anything else, a request that was given up too, comes back as it is. */
export function translateError(error: unknown, runId: string): unknown {
  if (error instanceof WorkflowNotFoundError) {
    const isClosed = /already completed/i.test(error.message);
    return isClosed ? new DecisionRejectedError('Run is closed') : new UnknownRunError(`Run not found: ${runId}`);
  }
  if (error instanceof WorkflowUpdateFailedError) {
    return new DecisionRejectedError(error.cause instanceof ApplicationFailure ? error.cause.message : error.message, { cause: error });
  }
  if (error instanceof NamespaceNotFoundError) return new InvalidConnectionError(error.message, { cause: error });
  if (!(error instanceof ServiceError) || !isGrpcServiceError(error.cause)) return error;
  const { cause } = error;
  if (cause.code === CANCELLED || cause.code === DEADLINE_EXCEEDED) return error;
  if (cause.code === UNAVAILABLE)
    return new NoServerError(`The Temporal server does not answer any more: ${cause.details.split(' Resolution note')[0]}`, {
      cause: error,
    });
  return new ServerError(`${error.message}: ${cause.details}`, { cause: error });
}
