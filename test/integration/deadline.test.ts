import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { FlujoClient } from '../../client/flujo-client.js';
import { createActivities, createModels } from '../../activities/index.js';
import { workflowBundlePath } from '../../worker/workflow-bundle.js';
import { installRuntime } from '../../worker/runtime.js';
import { askStep, pipelineOf, toolStep } from '../support/documents.js';
import { testServerPath } from '../support/environment.js';
import { compiled } from '../support/run-engine.js';
import tools from '../support/tools.js';

installRuntime({ level: 'error' });
const taskQueue = 'deadlines';
let environment: TestWorkflowEnvironment;
let worker: Worker;
let stopped: Promise<void>;

beforeAll(async () => {
  environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: await testServerPath() } },
  });
  worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue,
    workflowBundle: { codePath: workflowBundlePath() },
    activities: createActivities({ registry: tools, models: createModels({ env: {}, providers: {} }) }),
  });
  stopped = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await stopped;
  await environment.teardown();
});

it.each([
  ['fails', { action: 'fail' }, "Step 'ask' failed: Human input timed out after 30d"],
  ['takes its default', { action: 'default', value: "'no answer'" }, 'no answer'],
  ['runs its steps', { action: 'branch', steps: [toolStep('echo')] }, 'the question'],
])('a deadline of thirty days %s in no time on the time-skipping server', async (_, onTimeout, expected) => {
  const client = new FlujoClient(environment.client, 'time skipping');
  const document = pipelineOf([askStep('ask', { waitForever: undefined, timeout: '30d', onTimeout })]);
  const run = await client.start(compiled(document), { taskQueue, input: 'the question', driver: { searchAttributes: false } });
  const outcome = await run.result().then(
    ({ output, startedAt, finishedAt }) => {
      expect(Date.parse(finishedAt) - Date.parse(startedAt)).toBeGreaterThanOrEqual(30 * 86_400_000);
      return output;
    },
    (error: Error) => error.message,
  );
  expect(outcome).toBe(expected);
});
