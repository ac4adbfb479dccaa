import { defaultPayloadConverter, toPayloads } from '@temporalio/common';
import type { WorkflowInterceptors } from '@temporalio/workflow';
import type { RunResult } from '../engine/results.js';

/**
 * A cancelled workflow closes without details, whatever it throws. This interceptor fills them in with the result,
 * so that what was finished and spent can be read from the run. It must be among the bundle's interceptor modules.
 * The module is evaluated once per run, so the holder belongs to one run.
 */
const closing: { result: RunResult | null } = { result: null };

export function cancelWith(result: RunResult): void {
  closing.result = result;
}

export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      concludeActivation(input, next) {
        const output = next(input);
        for (const command of output.commands) {
          if (command.cancelWorkflowExecution && closing.result) {
            command.cancelWorkflowExecution.details = { payloads: toPayloads(defaultPayloadConverter, closing.result) ?? [] };
          }
        }
        return output;
      },
    },
  ],
});
