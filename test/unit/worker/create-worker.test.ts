import { describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { defineRegistry } from '../../../activities/registry.js';
import { WorkerStartError, startWorker } from '../../../worker/create-worker.js';
import { workflowBundlePath } from '../../../worker/workflow-bundle.js';

describe('a worker', () => {
  it('loads the workflow code that the build made', () => {
    expect(workflowBundlePath()).toMatch(/dist\/workflow-bundle\.js$/);
    expect(existsSync(workflowBundlePath())).toBe(true);
  });

  it('C03 says in one line that no server answers', async () => {
    const options = { address: '127.0.0.1:1', namespace: 'team', registry: defineRegistry({}), env: {} };
    const error = await startWorker(options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(WorkerStartError);
    expect((error as Error).message).toBe("No worker at 127.0.0.1:1, namespace 'team': no server answers");
  });
});
