import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineRegistry, tool, toolResult } from '../../../activities/registry.js';
import type { ToolContext, ToolDefinition } from '../../../activities/registry.js';
import { runToolActivity, toolCall } from './in-activity.js';
import type { Surroundings } from './in-activity.js';

const withTool = (definition: ToolDefinition, more: Surroundings = {}): Surroundings => ({
  registry: defineRegistry({ tools: { t: definition } }),
  ...more,
});
const returning = (value: unknown) => withTool(tool({ run: () => value }));
const throwing = (error: unknown) =>
  withTool(
    tool({
      run: () => {
        throw error;
      },
    }),
  );

test('a tool gets its parsed input and what surrounds the call', async () => {
  let received: [unknown, ToolContext] | undefined;
  const t = tool({
    input: z.object({ id: z.string(), n: z.number().default(3) }),
    run: (input, call) => {
      received = [input, call];
      return input.n + 1;
    },
  });
  const call = toolCall({ input: { id: 'a' }, context: { user: 'u' }, feedback: 'try harder' });
  const { outcome, heartbeats } = await runToolActivity(call, withTool(t));
  expect(outcome).toEqual({ outcome: 'ok', output: 4 });
  expect(heartbeats).toEqual([{ phase: 'sent', attempt: 1, call: call.callId }]);
  expect(received![0]).toEqual({ id: 'a', n: 3 });
  expect(received![1]).toMatchObject({ context: { user: 'u' }, step: call.step, callId: call.callId, feedback: 'try harder' });
  expect(received![1].signal.aborted).toBe(false);
});

describe('what a tool returns', () => {
  const usage = { costUsd: '0.2', tokens: 4 };
  class Money {
    constructor(readonly value: number) {}
  }
  test.each<[string, unknown, object]>([
    ['nothing', undefined, { outcome: 'ok', output: null }],
    ['a promise of a value', Promise.resolve([1]), { outcome: 'ok', output: [1] }],
    ['25.3 a date', new Date(Date.UTC(2023, 0, 1, 12)), { outcome: 'ok', output: '2023-01-01T12:00:00.000Z' }],
    ['25.1 NaN inside', { x: [1, Infinity] }, { outcome: 'notSerializable', what: 'Infinity', path: '$.x[1]' }],
    ['25.5 a class instance', new Money(5), { outcome: 'notSerializable', what: 'instance of Money', path: '$' }],
    [
      'a result with patch and usage',
      toolResult({ output: 1, contextPatch: { a: 2 }, usage }),
      { outcome: 'ok', output: 1, contextPatch: { a: 2 }, usage },
    ],
    [
      'a bad value with usage',
      toolResult({ output: new Set(), usage }),
      { outcome: 'notSerializable', what: 'instance of Set', path: '$', usage },
    ],
    [
      'a patch that is no object',
      toolResult({ output: 1, contextPatch: [1] as never, usage }),
      { outcome: 'failed', error: { type: 'TypeError', message: 'contextPatch must be an object', nonRetryable: true }, usage },
    ],
    ['an object that only looks like a result', { output: 1, usage }, { outcome: 'ok', output: { output: 1, usage } }],
  ])('%s', async (_, value, expected) => {
    expect((await runToolActivity(toolCall(), returning(value))).outcome).toEqual(expected);
  });

  test('25.6 a function cannot be kept', async () => {
    expect(
      (
        await runToolActivity(
          toolCall(),
          returning(() => 1),
        )
      ).outcome,
    ).toEqual({ outcome: 'notSerializable', what: 'function', path: '$' });
  });

  test('25.5 a class instance with a serializer is what that makes of it', async () => {
    const registry = defineRegistry({
      tools: { t: tool({ run: () => new Money(5) }) },
      serializers: [[Money, (money: Money) => ({ amount: money.value })]],
    });
    expect((await runToolActivity(toolCall(), { registry })).outcome).toEqual({ outcome: 'ok', output: { amount: 5 } });
  });

  test('usage is told before the value is looked at', async () => {
    const { heartbeats } = await runToolActivity(toolCall(), returning(toolResult({ output: new Map(), usage })));
    expect(heartbeats.at(-1)).toMatchObject({ phase: 'billed', usage });
  });

  test('is checked by the output schema', async () => {
    const t = tool({ output: z.object({ ok: z.boolean() }), run: () => toolResult({ output: { ok: 'yes' } as never, usage }) });
    const { outcome } = await runToolActivity(toolCall(), withTool(t));
    expect(outcome).toMatchObject({ outcome: 'invalid', violations: expect.stringMatching(/^\$\.ok: /), usage });
  });
});

describe('L25 what a tool throws', () => {
  const circular = new Error('round');
  circular.cause = circular;
  test.each<[string, unknown, object]>([
    ['an error', new RangeError('m'), { error: { type: 'RangeError', message: 'm' } }],
    ['undefined', undefined, { error: { type: 'Error', message: 'undefined' } }],
    ['a frozen object', Object.freeze({}), { error: { type: 'Error', message: '[object Object]' } }],
    ['a circular cause', circular, { error: { type: 'Error', message: 'round' } }],
    ['a key in the message', new Error('sk-abcdefghijklmnop1234'), { error: { type: 'Error', message: '[redacted]' } }],
    [
      'with usage',
      Object.assign(new Error('m'), { status: 503, usage: { tokens: 2 } }),
      { error: { type: 'Error', message: 'm' }, usage: { tokens: 2 } },
    ],
    [
      'not retryable',
      Object.assign(new Error('m'), { nonRetryable: true }),
      { error: { type: 'Error', message: 'm', nonRetryable: true } },
    ],
  ])('%s is a value', async (_, error, expected) => {
    expect((await runToolActivity(toolCall(), throwing(error))).outcome).toEqual({ outcome: 'failed', ...expected });
  });

  test.each<[string, unknown, object]>([
    [
      'a refused connection',
      new TypeError('fetch failed', { cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }) }),
      { type: 'ConnectionError', message: 'connect ECONNREFUSED', nonRetryable: false },
    ],
    ['status 503', Object.assign(new Error('busy'), { status: 503 }), { type: 'HttpError', message: 'status 503', nonRetryable: false }],
    ['status 404', Object.assign(new Error('gone'), { statusCode: 404 }), { type: 'HttpError', message: 'status 404', nonRetryable: true }],
  ])('%s is unbilled', async (_, error, expected) => {
    const { thrown, heartbeats } = await runToolActivity(toolCall(), throwing(error));
    expect(thrown).toMatchObject({ ...expected, details: [{ billed: 'no' }] });
    expect(heartbeats.some((details) => (details as { phase: string }).phase === 'unbilled')).toBe(
      !(expected as { nonRetryable: boolean }).nonRetryable,
    );
  });
});

describe('a tool that is not called', () => {
  test.each(['x', 'constructor', '__proto__'])('because it is unknown: %s', async (name) => {
    const registry = defineRegistry({ tools: { b: tool({ run: () => 1 }), a: tool({ run: () => 1 }) } });
    const { thrown, heartbeats } = await runToolActivity(toolCall({ tool: name }), { registry });
    expect(thrown).toMatchObject({
      type: 'UnknownTool',
      message: `Unknown tool '${name}'. Known: a, b`,
      nonRetryable: true,
      details: [{ billed: 'no' }],
    });
    expect(heartbeats).toEqual([]);
  });

  test('because its input is wrong', async () => {
    const t = tool({ input: z.object({ items: z.array(z.object({ id: z.string() })) }), run: () => 1 });
    const { thrown } = await runToolActivity(toolCall({ input: { items: [{ id: 1 }] } }), withTool(t));
    expect(thrown).toMatchObject({
      type: 'InvalidInput',
      message: expect.stringMatching(/^Input of tool 't': \$\.items\[0\]\.id: /),
      nonRetryable: true,
    });
  });

  test('because an earlier attempt may have done its work', async () => {
    let calls = 0;
    const t = tool({ run: () => ++calls });
    const { outcome } = await runToolActivity(
      toolCall(),
      withTool(t, { info: { attempt: 2, heartbeatDetails: { phase: 'sent', attempt: 1 } } }),
    );
    expect(outcome).toEqual({ outcome: 'lost' });
    expect(calls).toBe(0);
  });
});

describe('a tool that is stopped', () => {
  const untilStopped = tool({
    run: (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(Object.assign(new Error('stopped'), { usage: { tokens: 7 } })));
      }),
  });

  test('at its timeout says what it has cost', async () => {
    const { outcome } = await runToolActivity(toolCall({ timeout: 20 }), withTool(untilStopped));
    expect(outcome).toEqual({ outcome: 'timedOut', usage: { tokens: 7 } });
  });

  test('by cancellation says what it has cost and does not rethrow', async () => {
    const { outcome } = await runToolActivity(toolCall(), withTool(untilStopped, { onSent: (cancel) => setTimeout(cancel, 10) }));
    expect(outcome).toEqual({ outcome: 'aborted', usage: { tokens: 7 } });
  });

  test('without listening to its signal is left after a grace', async () => {
    const { outcome } = await runToolActivity(toolCall({ timeout: 20 }), withTool(tool({ run: () => new Promise(() => {}) })));
    expect(outcome).toEqual({ outcome: 'timedOut' });
  });
});

test('a tool that holds the event loop is named in the log', async () => {
  const warnings: string[] = [];
  const t = tool({
    run: async (_, { log }) => {
      log.warn = (message: string) => void warnings.push(message);
      await new Promise((resolve) => setTimeout(resolve, 1));
      const end = performance.now() + 2_600;
      while (performance.now() < end);
      return 1;
    },
  });
  await runToolActivity(toolCall(), withTool(t));
  expect(warnings).toEqual([expect.stringMatching(/^Tool 't' held the event loop for \d+ ms$/)]);
});
