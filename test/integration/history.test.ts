import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunHandle } from '../../client/run-handle.js';
import { agentStep, askStep, pipelineOf, valueStep } from '../support/documents.js';
import { eventsOf, opened, startEnvironment, type Environment } from '../support/environment.js';
import { compiled } from '../support/run-engine.js';

const usage = { input_tokens: 3, output_tokens: 2, cost_usd: '0.1' };
const script = { m: { answers: [{ output: 'answer', usage }], then: 'repeat' } };

let environment: Environment;
beforeAll(async () => {
  environment = await startEnvironment(script);
});
afterAll(() => environment.stop());

const start = (document: unknown, options: object = {}) =>
  environment.client.start(compiled(document), { taskQueue: environment.taskQueue, ...options });
const events = (run: RunHandle) => eventsOf(environment, run);

describe('history events without search attributes', () => {
  const driver = { searchAttributes: false };
  const agents = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, { model: 'scripted:m' }]));
  const count = async (document: unknown) => {
    const run = await start(document, { driver });
    await run.result();
    return (await events(run)).length;
  };

  it.each([0, 1, 5])('of %i agent steps are 5 + 6N', async (n) => {
    const steps = Array.from({ length: n }, (_, each) => agentStep(`a${each}`));
    expect(await count(pipelineOf(steps, { agents: agents(n) }))).toBe(5 + 6 * n);
  });

  it.each([
    ['signal', {}, 4],
    ['update', {}, 5],
    ['signal', { waitForever: undefined, timeout: '1d', onTimeout: { action: 'fail' } }, 6],
    ['update', { waitForever: undefined, timeout: '1d', onTimeout: { action: 'fail' } }, 7],
  ] as const)('of a human step by %s %j are %i', async (via, options, more) => {
    const run = await start(pipelineOf([askStep('ask', options)]), { driver });
    await opened(run);
    await run.decide({ requestId: 'ask', data: 1 }, { via });
    await run.result();
    expect((await events(run)).length).toBe(5 + more);
  });

  it('pure steps add none', async () => {
    expect(await count(pipelineOf(Array.from({ length: 50 }, (_, n) => valueStep(`v${n}`, `'${n}'`))))).toBe(5);
  });

  it('with search attributes a wait adds 2 and the end 1', async () => {
    const run = await start(pipelineOf([askStep('ask')]), { driver: { searchAttributes: true } });
    await opened(run);
    await run.decide({ requestId: 'ask', data: 1 }, { via: 'signal' });
    await run.result();
    expect((await events(run)).length).toBe(5 + 4 + 3);
    expect((await run.describe()).searchAttributes).toMatchObject({ FlujoStatus: ['completed'], FlujoPipeline: ['p'] });
  });
});

describe('what people see in Temporal Web UI', () => {
  it('has the pipeline’s name, readable steps and the open request', async () => {
    const steps = [
      agentStep('draft'),
      askStep('approve', { message: 'Send it?', waitForever: undefined, timeout: '2d', onTimeout: { action: 'fail' } }),
    ];
    const run = await start(pipelineOf(steps, { agents: { draft: { model: 'scripted:m' } } }));
    await opened(run);
    expect((await run.describe()).type).toBe('p');
    const handle = environment.client.temporal.workflow.getHandle(run.runId);
    const metadata = await handle.query<{
      currentDetails: string;
      definition: { updateDefinitions: { name: string; description: string }[] };
    }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toContain('**p** · paused · $0.1 · 5 tokens');
    expect(metadata.currentDetails).toContain('"requestId":"approve"');
    expect(metadata.definition.updateDefinitions[0]).toMatchObject({
      name: 'decide',
      description: expect.stringContaining('Example: {"requestId"') as unknown,
    });
    const list = await events(run);
    const summaries = list.flatMap((event) =>
      event.userMetadata?.summary?.data ? [Buffer.from(event.userMetadata.summary.data).toString()] : [],
    );
    expect(summaries).toEqual(expect.arrayContaining(['"draft · try 1"', '"approve · deadline"']));
    const scheduled = list.find((event) => event.activityTaskScheduledEventAttributes);
    expect(scheduled!.activityTaskScheduledEventAttributes).toMatchObject({ activityType: { name: 'agent' }, activityId: 'draft#1.1' });
    await run.decide({ requestId: 'approve', data: 1 });
    await run.result();
  });
});
