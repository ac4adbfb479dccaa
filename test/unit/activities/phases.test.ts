import { afterEach, describe, expect, test } from '@jest/globals';
import { ActivityCancellationDetails } from '@temporalio/common';
import { parseScript, startModelServer } from '../../../testing/model-server/index.js';
import type { ModelServer } from '../../../testing/model-server/index.js';
import { agentCall, runAgent } from './in-activity.js';
import type { Surroundings } from './in-activity.js';

let server: ModelServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function scripted(answers: unknown): Promise<Surroundings> {
  server = await startModelServer({ script: parseScript({ w: answers }) });
  return { providers: { scripted: { kind: 'openai-compatible', baseUrl: server.url } } };
}

describe('a call that is stopped', () => {
  test('at its timeout returns timedOut', async () => {
    const { outcome } = await runAgent(agentCall({ timeout: 50 }), await scripted([{ hang: true }]));
    expect(outcome).toEqual({ outcome: 'timedOut' });
  });

  test('by cancellation returns aborted', async () => {
    const surroundings = await scripted([{ hang: true }]);
    const { outcome } = await runAgent(agentCall(), { ...surroundings, onSent: (cancel) => void server!.arrived(1).then(() => cancel()) });
    expect(outcome).toEqual({ outcome: 'aborted' });
  });
});

describe('a later attempt', () => {
  const sent = { phase: 'sent', attempt: 1, call: 's#1.1' };
  test.each<[string, number, unknown, object]>([
    ['after unbilled calls', 2, { ...sent, phase: 'unbilled' }, { outcome: 'ok' }],
    ['after an older unbilled is lost', 3, { ...sent, phase: 'unbilled' }, { outcome: 'lost' }],
    ['after sent is lost', 2, sent, { outcome: 'lost' }],
    ['after nothing is lost', 2, undefined, { outcome: 'lost' }],
    [
      'after billed is lost with its usage',
      2,
      { ...sent, phase: 'billed', usage: { tokens: 3 } },
      { outcome: 'lost', usage: { tokens: 3 } },
    ],
    [
      'after billed two attempts ago is lost with its usage',
      3,
      { ...sent, phase: 'billed', usage: { tokens: 3 } },
      { outcome: 'lost', usage: { tokens: 3 } },
    ],
  ])('%s', async (_, attempt, heartbeatDetails, expected) => {
    const ran = await runAgent(agentCall(), { ...(await scripted(['x'])), info: { attempt, heartbeatDetails } });
    expect(ran.outcome).toMatchObject(expected);
    expect(server!.calls()).toHaveLength(ran.outcome!.outcome === 'ok' ? 1 : 0);
  });

  test('keeps the phase alive by repeating it whole', async () => {
    const ran = await runAgent(agentCall(), { ...(await scripted([{ output: 'x', latency: 120 }])), info: { heartbeatTimeoutMs: 60 } });
    const sentOnes = ran.heartbeats.filter((details) => (details as { phase: string }).phase === 'sent');
    expect(sentOnes.length).toBeGreaterThan(2);
    expect(sentOnes.every((details) => JSON.stringify(details) === JSON.stringify(sent))).toBe(true);
  });
});

test('a worker that shuts down loses the call instead of aborting the run', async () => {
  const details = new ActivityCancellationDetails({ workerShutdown: true });
  const surroundings = await scripted([{ hang: true }]);
  const { outcome } = await runAgent(agentCall(), {
    ...surroundings,
    onSent: (cancel) => void server!.arrived(1).then(() => cancel('WORKER_SHUTDOWN', details)),
  });
  expect(outcome).toEqual({ outcome: 'lost' });
});
