import { opened, type Environment } from './environment.js';
import { setTimeout as delay } from 'node:timers/promises';
import { agentStep, askStep, conditionalStep, pipelineOf, toolStep, valueStep } from './documents.js';
import { compiled } from './run-engine.js';

/** Runs that together show every kind of step with every ending; their histories are kept and replayed. */
export interface Case {
  readonly document: unknown;
  readonly input?: unknown;
  readonly limits?: { costUsd?: string };
  /** What happens to the run once it waits. */
  readonly then?: 'update' | 'signal' | 'cancel' | 'cancelCall';
}

const m = { model: 'scripted:m' };
const deadline = (onTimeout: object) => askStep('ask', { waitForever: undefined, timeout: '100ms', onTimeout });
const twoDays = askStep('ask', { waitForever: undefined, timeout: '2d', onTimeout: { action: 'fail' } });

export const CASES: { readonly [name: string]: Case } = {
  'agent-completed': { document: pipelineOf([agentStep('w')], { agents: { w: m } }) },
  'agent-tries': {
    document: pipelineOf([agentStep('w')], { agents: { w: { model: 'scripted:json', outputSchema: { type: 'object' } } } }),
  },
  'agent-failed': { document: pipelineOf([agentStep('w')], { agents: { w: { model: 'scripted:broken' } } }) },
  'agent-timed-out': {
    document: pipelineOf([agentStep('w', { timeout: '200ms', maxRetries: 0 })], { agents: { w: { model: 'scripted:hang' } } }),
  },
  'agent-cancelled': { document: pipelineOf([agentStep('w')], { agents: { w: { model: 'scripted:hang' } } }), then: 'cancelCall' },
  'agent-limit': { document: pipelineOf([agentStep('w'), agentStep('x')], { agents: { w: m, x: m } }), limits: { costUsd: '0.15' } },
  'tool-completed': { document: pipelineOf([toolStep('patch')]), input: 1 },
  'tool-failed': { document: pipelineOf([toolStep('throws')]) },
  'tool-cancelled': { document: pipelineOf([toolStep('sleeps')]), then: 'cancelCall' },
  'tool-not-serializable': { document: pipelineOf([toolStep('functions')]) },
  'expression-completed': { document: pipelineOf([valueStep('v', 'input + 1')]), input: 1 },
  'expression-failed': { document: pipelineOf([valueStep('v', 'input.none')]), input: {} },
  'conditional-completed': {
    document: pipelineOf([conditionalStep('c', { tool: 'pick' }, { a: [agentStep('w')] })], { agents: { w: m } }),
    input: 'a',
  },
  'conditional-failed': { document: pipelineOf([conditionalStep('c', "'x'", { a: [] })]) },
  'conditional-cancelled': {
    document: pipelineOf([conditionalStep('c', 'true', { true: [agentStep('w'), askStep('ask')] })], { agents: { w: m } }),
    then: 'cancel',
  },
  'hitl-update': { document: pipelineOf([twoDays, agentStep('w')], { agents: { w: m } }), then: 'update' },
  'hitl-signal': { document: pipelineOf([askStep('ask')]), then: 'signal' },
  'hitl-cancelled': { document: pipelineOf([twoDays]), then: 'cancel' },
  'hitl-timed-out-fail': { document: pipelineOf([deadline({ action: 'fail' })]) },
  'hitl-timed-out-default': { document: pipelineOf([deadline({ action: 'default', value: "'late'" })]) },
  'hitl-timed-out-branch': { document: pipelineOf([deadline({ action: 'branch', steps: [toolStep('echo')] })]) },
};

export const CATALOGUE_USAGE = { input_tokens: 3, output_tokens: 2, cost_usd: '0.1' };
export const CATALOGUE_SCRIPT = {
  m: { answers: [{ output: 'answer', usage: CATALOGUE_USAGE }], then: 'repeat' },
  json: {
    answers: [
      { output: 'no json', usage: CATALOGUE_USAGE },
      { output: { kind: 'a' }, usage: CATALOGUE_USAGE },
    ],
  },
  hang: { answers: [{ hang: true }], then: 'repeat' },
  broken: { answers: [{ http: 401 }], then: 'repeat' },
};

/** Carries a case out and gives back its history. */
export async function carryOut({ client, models, taskQueue }: Environment, { document, input, limits, then }: Case) {
  const calls = models.calls().length;
  const run = await client.start(compiled(document), { taskQueue, input, ...(limits && { limits }), driver: { searchAttributes: false } });
  if (then === 'cancelCall') {
    // The call is in flight when its activity has started.
    const handle = client.temporal.workflow.getHandle(run.runId);
    while (!(await handle.describe()).raw.pendingActivities?.some(({ lastStartedTime }) => lastStartedTime)) await delay(20);
    while (calls === models.calls().length && JSON.stringify(document).includes('scripted:hang')) await delay(20);
    await run.cancel();
  } else if (then) {
    const [{ id }] = await opened(run);
    if (then === 'cancel') await run.cancel();
    else await run.decide({ requestId: id, data: 'yes', by: 'ann' }, { via: then });
  }
  await run.result().catch(() => undefined);
  return client.temporal.workflow.getHandle(run.runId).fetchHistory();
}
