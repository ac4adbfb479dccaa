import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunFailedError } from '../../client/errors.js';
import type { RunHandle } from '../../client/run-handle.js';
import { agentStep, askStep, conditionalStep, pipelineOf, toolStep, valueStep } from '../support/documents.js';
import { CATALOGUE_SCRIPT, CATALOGUE_USAGE } from '../support/catalogue.js';
import { eventsOf, opened, startEnvironment, type Environment } from '../support/environment.js';
import { compiled } from '../support/run-engine.js';

const script = { ...CATALOGUE_SCRIPT, flaky: { answers: [{ http: 503 }, { http: 503 }, { output: 'ok', usage: CATALOGUE_USAGE }] } };
const KEPT = { costUsd: '0.1', inputTokens: 3, outputTokens: 2, tokens: 5, calls: 1 };

let environment: Environment;
beforeAll(async () => {
  environment = await startEnvironment(script);
});
afterAll(() => environment.stop());

const start = (document: unknown, options: object = {}) =>
  environment.client.start(compiled(document), { taskQueue: environment.taskQueue, ...options });
const failureOf = (run: RunHandle) =>
  run.result().then(
    () => {
      throw new Error('The run completed');
    },
    (error: unknown) => error as RunFailedError,
  );
const events = (run: RunHandle) => eventsOf(environment, run);

describe('a run on a real server', () => {
  it('completes with its result, its usage and its context', async () => {
    const steps = [
      toolStep('echo', { sinkTo: 'said' }),
      agentStep('w'),
      conditionalStep('c', 'true', { true: [valueStep('v', 'context.said')] }),
    ];
    const run = await start(pipelineOf(steps, { agents: { w: { model: 'scripted:m' } } }), { input: { a: 1 }, context: { b: 2 } });
    const result = await run.result();
    expect(result).toMatchObject({
      runId: run.runId,
      status: 'completed',
      output: { a: 1 },
      usage: KEPT,
      context: { b: 2, said: { a: 1 } },
    });
    expect(result.steps.map(({ path }) => path)).toEqual(['echo', 'w', 'c']);
  });

  it('tries again with feedback when an output violates its schema', async () => {
    const agents = {
      w: { model: 'scripted:json', outputSchema: { type: 'object', required: ['kind'], properties: { kind: { type: 'string' } } } },
    };
    const run = await start(pipelineOf([agentStep('w')], { agents }));
    expect(await run.result()).toMatchObject({ output: { kind: 'a' }, steps: [{ attempts: 2, usage: { calls: 2, costUsd: '0.2' } }] });
  });

  it('fails typed, with the result so far in its details', async () => {
    const error = await failureOf(await start(pipelineOf([toolStep('echo'), toolStep('throws', { maxRetries: 0 })])));
    expect(error.failure).toMatchObject({
      type: 'StepFailed',
      message: "Step 'throws' failed: Tool execution failed with TypeError: no",
      stepPath: 'throws',
    });
    expect(error.result!.steps).toHaveLength(2);
  });

  it('3.6 L05 retries what proved unbilled inside one activity, and that is no try', async () => {
    const run = await start(pipelineOf([agentStep('w', { maxRetries: 2 })], { agents: { w: { model: 'scripted:flaky' } } }));
    const result = await run.result();
    expect(result).toMatchObject({ output: 'ok', usage: KEPT, steps: [{ attempts: 1, tries: [{ outcome: 'ok' }] }] });
    expect((await events(run)).filter((event) => event.activityTaskScheduledEventAttributes)).toHaveLength(1);
    expect(environment.models.calls().filter(({ model }) => model === 'flaky')).toHaveLength(3);
  });

  it('L06 ends the tries at an HTTP 401, after one request', async () => {
    const run = await start(pipelineOf([agentStep('w', { maxRetries: 3 })], { agents: { w: { model: 'scripted:broken' } } }));
    const error = await failureOf(run);
    expect(error.failure!.message).toBe("Step 'w' failed: Agent execution failed with HttpError: status 401");
    expect(environment.models.calls().filter(({ model }) => model === 'broken')).toHaveLength(1);
  });

  it('ends typed when a tool returns what can’t be kept', async () => {
    const error = await failureOf(await start(pipelineOf([toolStep('functions')])));
    expect(error.failure).toMatchObject({
      type: 'NotSerializable',
      message: "Step 'functions' returned a value that cannot be serialized: function at $.a[0]",
    });
  });

  it('ends at a limit, and the refused call is not on the bill', async () => {
    const before = environment.models.bill().length;
    const steps = [agentStep('w'), agentStep('x', { estimate: { costUsd: '0.1', tokens: 5 } })];
    const document = pipelineOf(steps, { agents: { w: { model: 'scripted:m' }, x: { model: 'scripted:m' } } });
    const error = await failureOf(await start(document, { limits: { costUsd: '0.15' } }));
    expect(error.failure).toMatchObject({
      type: 'UsageLimitExceeded',
      message: 'Cost limit of $0.15 exceeded',
      requested: '0.1',
      settled: '0.1',
    });
    expect(environment.models.bill()).toHaveLength(before + 1);
  });

  it('is refused under another workflow type', async () => {
    const handle = await environment.client.temporal.workflow.start('other', {
      workflowId: `wrong-${Date.now()}`,
      taskQueue: environment.taskQueue,
      args: [{ pipeline: compiled(pipelineOf([])) }],
    });
    await expect(handle.result()).rejects.toMatchObject({
      cause: { type: 'InvalidDefinition', message: "Pipeline name 'p' does not match the workflow type 'other'" },
    });
  });

  it.each<[string, unknown[], object]>([
    ['no argument at all', [], { type: 'InvalidDefinition', message: 'Not compiled: the pipeline is not an object' }],
    ['null', [null], { type: 'InvalidDefinition' }],
    [
      'limits that are none',
      [{ pipeline: compiled(pipelineOf([])), options: { limits: { costUsd: 'much' } } }],
      { type: 'InvalidInput', message: 'Invalid options: limits' },
    ],
    [
      'a step that breaks the engine',
      [{ pipeline: { irVersion: 1, name: 'p', steps: [{ kind: 'expression', name: 'v', value: { source: 'x', ast: ['not'] } }] } }],
      { type: 'InternalError' },
    ],
  ])('started with %s fails typed and is never stuck', async (_, args, cause) => {
    const handle = await environment.client.temporal.workflow.start('p', {
      workflowId: `raw-${Math.random()}`,
      taskQueue: environment.taskQueue,
      args,
    });
    await expect(handle.result()).rejects.toMatchObject({ cause });
  });

  it('refuses a run id in use', async () => {
    const run = await start(pipelineOf([]));
    await expect(start(pipelineOf([]), { runId: run.runId })).rejects.toThrow(`Run id '${run.runId}' already exists`);
  });
});

describe('people', () => {
  const form = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] };
  const asks = pipelineOf([askStep('ask', { form })]);

  it('decide by update, and wrong, unknown and second decisions are rejected without an event', async () => {
    const run = await start(asks);
    await opened(run);
    const before = (await events(run)).length;
    await expect(run.decide({ requestId: 'ask', data: 1 })).rejects.toThrow("Invalid decision for 'ask': $: expected object, got number");
    await expect(run.decide({ requestId: 'other', data: 1 })).rejects.toThrow("Unknown request 'other'");
    expect((await events(run)).length).toBe(before);
    await run.decide({ requestId: 'ask', data: { ok: true }, by: 'ann' });
    expect(await run.result()).toMatchObject({ output: { ok: true }, context: { hitlHistory: [{ by: 'ann' }] } });
    await expect(run.decide({ requestId: 'ask', data: { ok: false } })).rejects.toThrow('Run is closed');
  });

  it('21.2 twice by update: the second is already decided', async () => {
    const run = await start(pipelineOf([askStep('ask'), askStep('more')]));
    await opened(run);
    await run.decide({ requestId: 'ask', data: 1, by: 'ann' });
    await expect(run.decide({ requestId: 'ask', data: 2 })).rejects.toThrow("Request 'ask' is already decided by ann at ");
    await run.decide({ requestId: 'more', data: 3 });
    expect(await run.result()).toMatchObject({ output: 3 });
  });

  it('H27 a signal that does not fit is recorded and ignored; an early one is kept', async () => {
    const run = await start(asks);
    await opened(run);
    await run.decide({ requestId: 'ask', data: 'no' }, { via: 'signal' });
    await environment.client.temporal.workflow.getHandle(run.runId).signal('decide', 'garbage');
    await run.decide({ requestId: 'ask', data: { ok: false } }, { via: 'signal' });
    expect(await run.result()).toMatchObject({ output: { ok: false } });
    const early = await start(pipelineOf([agentStep('w'), askStep('ask')], { agents: { w: { model: 'scripted:m' } } }));
    await early.decide({ requestId: 'ask', data: 'early' }, { via: 'signal' });
    expect(await early.result()).toMatchObject({ output: 'early' });
  });

  it('H11 a decision above 256 KiB is refused before it is sent', async () => {
    const run = await start(pipelineOf([askStep('ask')]));
    await opened(run);
    const before = (await events(run)).length;
    await expect(run.decide({ requestId: 'ask', data: 'x'.repeat(300_000) })).rejects.toThrow(/more than 256 KiB/);
    expect((await events(run)).length).toBe(before);
    await run.decide({ requestId: 'ask', data: 1 });
    await run.result();
  });
});

describe('cancellation', () => {
  it('closes a waiting run as Cancelled, with its result in the details', async () => {
    const run = await start(pipelineOf([agentStep('w'), askStep('ask')], { agents: { w: { model: 'scripted:m' } } }));
    await opened(run);
    await run.cancel();
    const error = await failureOf(run);
    expect(error.failure).toBeNull();
    expect(error.result).toMatchObject({
      status: 'cancelled',
      usage: KEPT,
      steps: [{ status: 'completed' }, { name: 'ask', status: 'cancelled' }],
    });
    expect((await run.describe()).status.name).toBe('CANCELLED');
    expect(await run.snapshot()).toMatchObject({ status: 'cancelled' });
  });

  it('stops a call in flight and keeps it charged', async () => {
    const agents = { w: { model: 'scripted:hang', estimate: { costUsd: '0.3', tokens: 9 } } };
    const run = await start(pipelineOf([agentStep('w')], { agents }));
    for (let calls = 0; calls === 0; await delay(20)) calls = environment.models.calls().filter(({ model }) => model === 'hang').length;
    await run.cancel();
    const error = await failureOf(run);
    expect(error.result).toMatchObject({ status: 'cancelled', usage: { costUsd: '0.3', estimated: { calls: 1 } } });
  });
});
