import { describe, expect, it } from '@jest/globals';
import { PriceError } from '../../../pricing/price-rows.js';
import { RegistryError } from '../../../activities/registry.js';
import { CommandError, EXIT, exitCodeOf } from '../../../cli/exit.js';
import {
  DecisionRejectedError,
  InvalidConnectionError,
  InvalidRunInputError,
  NoServerError,
  NoWorkerError,
  RunExistsError,
  RunFailedError,
  ServerError,
  UnknownRunError,
} from '../../../client/errors.js';
import { ConfigError } from '../../../config/parse-config.js';
import { ServerNotFoundError } from '../../../server/find-server.js';
import { PortBusyError, ServerRunningError } from '../../../server/start-server.js';
import { ScriptError } from '../../../testing/model-server/script.js';
import { WorkerStartError } from '../../../worker/create-worker.js';

it('C02 the numbers are part of the interface', () => {
  expect(EXIT).toEqual({ ok: 0, failed: 1, usage: 2, unreadable: 3, invalid: 4, interrupted: 130 });
});

describe('C02 a command ends with', () => {
  it.each<[code: number, error: Error]>([
    [1, new RunFailedError('failed', null, null)],
    [1, new DecisionRejectedError('Run is closed')],
    [1, new UnknownRunError('Run not found: r')],
    [1, new NoWorkerError('no worker')],
    [1, new ServerError('refused')],
    [1, new TypeError('a defect')],
    [2, new ConfigError('x')],
    [2, new PriceError('a:b', 'x')],
    [2, new NoServerError('x')],
    [2, new InvalidConnectionError('x')],
    [2, new ServerNotFoundError('x')],
    [2, new PortBusyError('x')],
    [2, new ServerRunningError('x')],
    [2, new RunExistsError('x')],
    [2, new InvalidRunInputError('x')],
    [2, new WorkerStartError('x')],
    [2, new ScriptError('x')],
    [3, new RegistryError('x')],
    [4, new CommandError(EXIT.invalid, 'x')],
  ])('%d on %p', (code, error) => expect(exitCodeOf(error)).toBe(code));

  it('1 on what is no error', () => expect(exitCodeOf('thrown text')).toBe(1));
});
