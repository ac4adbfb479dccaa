import { describe, expect, it } from '@jest/globals';
import { NamespaceNotFoundError, ServiceError, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { translateError } from '../../../client/translate-error.js';

/** As gRPC throws it. */
const grpc = (code: number, details: string) =>
  new ServiceError('Failed to describe workflow', {
    cause: Object.assign(new Error(`${code}: ${details}`), { code, details, metadata: {} }),
  });

describe('what a request ended with', () => {
  it.each<[what: string, error: unknown, name: string, message: string]>([
    ['an unknown run', new WorkflowNotFoundError('workflow not found for ID: r', 'r', undefined), 'UnknownRunError', 'Run not found: r'],
    [
      'H05 a closed run',
      new WorkflowNotFoundError('workflow execution already completed', 'r', undefined),
      'DecisionRejectedError',
      'Run is closed',
    ],
    [
      'H04 a decision that the run refused',
      new WorkflowUpdateFailedError('Workflow Update failed', ApplicationFailure.create({ message: "Unknown request 'x'" })),
      'DecisionRejectedError',
      "Unknown request 'x'",
    ],
    ['an unknown namespace', new NamespaceNotFoundError('nope'), 'InvalidConnectionError', "Namespace not found: 'nope'"],
    [
      'a server that is gone',
      grpc(14, 'no connection. Resolution note: '),
      'NoServerError',
      'The Temporal server does not answer any more: no connection.',
    ],
    ['a refusal', grpc(7, 'not for you'), 'ServerError', 'Failed to describe workflow: not for you'],
  ])('%s', (_, error, name, message) => expect(translateError(error, 'r')).toMatchObject({ name, message }));

  it.each<[what: string, error: unknown]>([
    ['an end at a deadline', grpc(4, 'too late')],
    ['an aborted request', grpc(1, 'cancelled')],
    ['a defect', new TypeError('no')],
  ])('%s stays what it is', (_, error) => expect(translateError(error, 'r')).toBe(error));
});
