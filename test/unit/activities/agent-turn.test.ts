import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { parseScript, startModelServer } from '../../../testing/model-server/index.js';
import type { ModelServer } from '../../../testing/model-server/index.js';
import { agentCall, runAgent, serveAnswers } from './in-activity.js';
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

const at = (baseUrl: string): Surroundings => ({ providers: { scripted: { kind: 'openai-compatible', baseUrl } } });
const NOTHING = { costUsd: '0', tokens: 0, inputTokens: 0, outputTokens: 0 };
const OBJECT = { type: 'object', properties: { label: { type: 'string' } }, required: ['label'], additionalProperties: false } as const;

describe('an answer', () => {
  test('is a text with its usage, after the phases sent and billed', async () => {
    const usage = { costUsd: '0.0003', inputTokens: 10, outputTokens: 2, tokens: 12 };
    const ran = await runAgent(agentCall(), await scripted([{ output: 'hi', usage }]));
    expect(ran.outcome).toEqual({ outcome: 'ok', output: 'hi', usage });
    expect(ran.heartbeats).toEqual([
      { phase: 'sent', attempt: 1, call: 's#1.1' },
      { phase: 'billed', attempt: 1, call: 's#1.1', usage },
    ]);
  });

  test('is asked for with the key, the system text and nothing that was not set', async () => {
    const surroundings = await scripted(['hi', 'ho']);
    await runAgent(agentCall({ input: { b: 1, a: [2] } }), surroundings);
    await runAgent(agentCall({ system: 'Be short', options: { temperature: 0, maxOutputTokens: 9 } }), surroundings);
    const [plain, full] = server!.calls();
    expect(plain!.key).toBe('run-1/s#1.1');
    expect(plain!.body).toEqual({ model: 'w', messages: [{ role: 'user', content: '{"b":1,"a":[2]}' }] });
    expect(full!.body).toEqual({
      model: 'w',
      temperature: 0,
      max_tokens: 9,
      messages: [
        { role: 'system', content: 'Be short' },
        { role: 'user', content: 'hello' },
      ],
    });
  });

  test.each<[string, unknown, object]>([
    ['JSON as text', { label: 'a' }, { outcome: 'ok', output: { label: 'a' } }],
    [
      'fenced JSON',
      'Here:\n```json\n{"label": "a",}\n```',
      { outcome: 'ok', output: { label: 'a' }, warnings: ['structured output repaired'] },
    ],
    ['another type', { label: 5 }, { outcome: 'invalid', violations: '$.label: expected string, got number' }],
    ['prose', 'no', { outcome: 'invalid', violations: '$: expected object, got string' }],
  ])('with a schema: %s', async (_, output, expected) => {
    const ran = await runAgent(agentCall({ outputSchema: OBJECT }), await scripted([{ output }]));
    expect(ran.outcome).toEqual({ ...expected, usage: NOTHING });
    expect(server!.calls()[0]!.body['response_format']).toEqual({ type: 'json_object' });
  });

  test.each<[string, 'schema' | 'prompt', object | undefined]>([
    ['its schema parameter', 'schema', { type: 'json_schema', json_schema: { name: 'output', strict: true, schema: OBJECT } }],
    ['the prompt alone', 'prompt', undefined],
  ])('is asked for as JSON by %s when the provider is configured so', async (_, structured, format) => {
    const { providers } = await scripted([{ label: 'a' }]);
    const config = { ...providers!['scripted']!, structured };
    await runAgent(agentCall({ outputSchema: OBJECT }), { providers: { scripted: config } });
    const { body } = server!.calls()[0]!;
    expect(body['response_format']).toEqual(format);
    expect(JSON.stringify(body['messages']).includes('must match this JSON Schema')).toBe(structured === 'prompt');
  });

  test.each<[string, object, object]>([
    ['refused', { refused: 'not that' }, { outcome: 'refused', reason: 'not that', usage: NOTHING }],
    ['cut', { truncated: 7 }, { outcome: 'truncated', tokens: 7, usage: { costUsd: '0', tokens: 7, inputTokens: 0, outputTokens: 7 } }],
    [
      'an error',
      { error: { type: 'E', message: 'm' }, usage: { tokens: 3 } },
      { outcome: 'failed', error: { type: 'E', message: 'm' }, usage: { tokens: 3 } },
    ],
    ['without report', { output: 'x', usage: null }, { outcome: 'ok', output: 'x', usage: null }],
    [
      '8.7 with a malformed report',
      { output: 'x', usage: { costUsd: NaN, tokens: 5 } },
      { outcome: 'ok', output: 'x', usage: { costUsd: 'NaN', tokens: 5 } },
    ],
    [
      'with a count that is a text',
      { output: 'x', usage: { inputTokens: '12' } },
      { outcome: 'ok', output: 'x', usage: { inputTokens: '12' } },
    ],
  ])('that is %s comes back as a value', async (_, answer, expected) => {
    expect((await runAgent(agentCall(), await scripted([answer]))).outcome).toEqual(expected);
  });

  test('25.3 one call too many is an error that ends the tries', async () => {
    const { outcome } = await runAgent(agentCall(), await scripted([]));
    expect(outcome).toEqual({
      outcome: 'failed',
      error: { type: 'Error', message: 'No more outputs available', nonRetryable: true },
      usage: null,
    });
  });
});

describe('an HTTP status', () => {
  test.each([408, 409, 425, 429, 500, 502, 503, 529])('L05 %d without usage is thrown for the retry policy', async (http) => {
    const { thrown, heartbeats } = await runAgent(agentCall(), await scripted([{ http }]));
    expect(thrown).toMatchObject({ type: 'HttpError', message: `status ${http}`, nonRetryable: false, details: [{ billed: 'no' }] });
    expect(heartbeats.at(-1)).toEqual({ phase: 'unbilled', attempt: 1, call: 's#1.1' });
  });

  test.each([301, 400, 401, 403, 404, 418, 422])('L06 %d ends the tries after one request', async (http) => {
    const { thrown } = await runAgent(agentCall(), await scripted([{ http }]));
    expect(thrown).toMatchObject({ type: 'HttpError', message: `status ${http}`, nonRetryable: true, details: [{ billed: 'no' }] });
    expect(server!.calls()).toHaveLength(1);
  });

  test.each<[number, object]>([
    [503, { type: 'HttpError', message: 'status 503' }],
    [400, { type: 'HttpError', message: 'status 400', nonRetryable: true }],
  ])('L05 %d with usage is a value', async (http, error) => {
    const { outcome } = await runAgent(agentCall(), await scripted([{ http, usage: { tokens: 4 } }]));
    expect(outcome).toEqual({ outcome: 'failed', error, usage: { tokens: 4 } });
  });

  test.each<[string, unknown]>([
    ['2', 2_000],
    ['1000000000', 60_000],
    ['-1', 0],
    ['abc', undefined],
  ])('L04 429 with Retry-After %s waits %s', async (retryAfter, delay) => {
    const { thrown } = await runAgent(agentCall(), await scripted([{ http: 429, retryAfter }]));
    expect(thrown!.nextRetryDelay).toBe(delay);
  });

  test('x-should-retry wins over the status', async () => {
    const headers = { 'x-should-retry': 'false' };
    const { thrown } = await runAgent(agentCall(), await scripted([{ raw: { status: 429, headers, body: '' } }]));
    expect(thrown).toMatchObject({ message: 'status 429', nonRetryable: true });
  });
});

describe('no or half an answer', () => {
  test('L03 a refused connection is unbilled', async () => {
    const gone = await serveAnswers(() => {});
    await gone.close();
    const { thrown } = await runAgent(agentCall(), at(gone.url));
    expect(thrown).toMatchObject({
      type: 'ConnectionError',
      message: expect.stringContaining('ECONNREFUSED'),
      nonRetryable: false,
      details: [{ billed: 'no' }],
    });
  });

  test('L03 an unknown host is unbilled', async () => {
    const { thrown } = await runAgent(agentCall(), at('http://no-such-host.invalid/v1'));
    expect(thrown).toMatchObject({ type: 'ConnectionError', nonRetryable: false });
  });

  test('L03 a TLS error is unbilled', async () => {
    const plain = await serveAnswers((_, response) => response.end());
    const { thrown } = await runAgent(agentCall(), at(plain.url.replace('http:', 'https:')));
    await plain.close();
    expect(thrown).toMatchObject({ type: 'ConnectionError', nonRetryable: false });
  });

  const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
  test.each<[string, (string | Buffer)[], string]>([
    ['L03 a reset before the headers', [], 'ConnectionError'],
    ['L03 a reset after the headers', [`${HEAD}content-length: 100\r\n\r\n`], 'BrokenAnswer'],
    ['L08 an answer cut in mid-JSON', [`${HEAD}content-length: 100\r\n\r\n{"choices": [{"mess`], 'BrokenAnswer'],
    ['L08 an answer cut inside a character', [`${HEAD}content-length: 100\r\n\r\n{"a": "`, Buffer.from([0xe2, 0x82])], 'BrokenAnswer'],
    ['L08 chunks without an end', [`${HEAD}transfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n`], 'BrokenAnswer'],
  ])('%s is a value without usage', async (_, parts, type) => {
    const raw = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        for (const part of parts) socket.write(part);
        setTimeout(() => (parts.length === 0 ? socket.resetAndDestroy() : socket.destroy()), 30);
      });
    });
    await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
    const ran = await runAgent(agentCall(), at(`http://127.0.0.1:${(raw.address() as AddressInfo).port}/v1`));
    await new Promise((resolve) => raw.close(resolve));
    expect(ran.outcome).toMatchObject({ outcome: 'failed', error: { type } });
    expect(ran.outcome!.usage).toBeUndefined();
    expect(ran.heartbeats).toEqual([{ phase: 'sent', attempt: 1, call: 's#1.1' }]);
  });

  test.each<[string, string, object]>([
    ['HTML', '<html>', { type: 'BrokenAnswer', message: 'status 200, not an answer of this protocol' }],
    ['nothing', '', { type: 'BrokenAnswer' }],
    ['null', 'null', { type: 'BrokenAnswer' }],
    ['an error body', '{"error": {"message": "overloaded"}}', { type: 'ModelError', message: 'overloaded' }],
    ['garbage that carries usage', '{"x": 1, "usage": {"total_tokens": 9}}', { type: 'BrokenAnswer' }],
  ])('L07 status 200 with %s is a value', async (_, body, error) => {
    const { outcome } = await runAgent(agentCall(), await scripted([{ raw: { body } }]));
    expect(outcome).toMatchObject({ outcome: 'failed', error });
    expect(outcome!.usage ?? null).toEqual(body.includes('total_tokens') ? { tokens: 9 } : null);
  });

  test('a redirect is not followed', async () => {
    const { thrown } = await runAgent(
      agentCall(),
      await scripted([{ raw: { status: 307, headers: { location: '/v1/chat/completions' } } }]),
    );
    expect(thrown).toMatchObject({ message: 'status 307', nonRetryable: true });
    expect(server!.calls()).toHaveLength(1);
  });
});

describe('what a model may write', () => {
  test.each([65, 3_000, 6_000, 100_000])('L10 JSON nested %d deep cannot be kept and is paid once', async (depth) => {
    const text = '['.repeat(depth) + ']'.repeat(depth);
    const { outcome } = await runAgent(agentCall({ outputSchema: true }), await scripted([{ output: text, usage: { tokens: 8 } }]));
    expect(outcome).toMatchObject({ outcome: 'notSerializable', what: 'depth over 64', usage: { tokens: 8 } });
  });

  test('more than 1 MiB cannot be kept and is paid once', async () => {
    const { outcome } = await runAgent(agentCall(), await scripted([{ output: 'x'.repeat(1_100_000), usage: { tokens: 8 } }]));
    expect(outcome).toMatchObject({ outcome: 'notSerializable', what: '1100002 bytes, more than 1 MiB', usage: { tokens: 8 } });
  });

  test.each<[string, object]>([
    ['{"n": NaN}', { outcome: 'invalid', violations: '$.n: expected number, got string' }],
    ['{"n": Infinity}', { outcome: 'invalid', violations: '$.n: expected number, got string' }],
    ['{"n": 1e999}', { outcome: 'invalid', violations: '$.n: expected number, got string' }],
    ['{"n": 9007199254740993}', { outcome: 'invalid', violations: '$.n: expected number, got string' }],
    ['{"n": 9007199254740992}', { outcome: 'ok', output: { n: 9007199254740992 } }],
    ['{"n": -0}', { outcome: 'ok', output: { n: 0 } }],
    ['{"n": 1e-30}', { outcome: 'ok', output: { n: 1e-30 } }],
  ])('L12 %s is exact or refused', async (text, expected) => {
    const schema = { type: 'object', properties: { n: { type: 'number' } } };
    expect((await runAgent(agentCall({ outputSchema: schema }), await scripted([text]))).outcome).toEqual({ ...expected, usage: NOTHING });
  });

  test('L16 odd characters pass as they are', async () => {
    const text = `\u0000 \ud800 \u001b[31m \r ${'x'.repeat(1000)}`;
    expect((await runAgent(agentCall(), await scripted([text]))).outcome).toMatchObject({ outcome: 'ok', output: text });
  });

  test('a key __proto__ is data', async () => {
    const { outcome } = await runAgent(agentCall({ outputSchema: true }), await scripted(['{"__proto__": {"polluted": true}}']));
    expect(outcome).toMatchObject({ outcome: 'ok' });
    expect(JSON.stringify(outcome)).toContain('"__proto__":{"polluted":true}');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('a model that cannot be called', () => {
  test.each<[string, string, string]>([
    ['B04 a missing key', 'openai:gpt-5', "Model 'openai:gpt-5' needs OPENAI_API_KEY"],
    [
      'B04 an unknown provider',
      'nope:x',
      "Model 'nope:x' has an unknown provider. Known: anthropic, google, openai, own; another one needs [providers.nope]",
    ],
    ['a missing key of an own provider', 'own:m', "Model 'own:m' needs OWN_KEY"],
    ['a bare name', 'gpt-5', "Model 'gpt-5' is not written as provider:model"],
    [
      'a name like a property',
      'constructor:x',
      "Model 'constructor:x' has an unknown provider. Known: anthropic, google, openai, own; another one needs [providers.constructor]",
    ],
  ])('%s ends the tries unbilled, without a heartbeat', async (_, model, message) => {
    const providers = { own: { kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:1', apiKeyEnv: 'OWN_KEY' } } as const;
    const { thrown, heartbeats } = await runAgent(agentCall({ model }), { providers });
    expect(thrown).toMatchObject({ type: 'ModelUnavailable', message, nonRetryable: true, details: [{ billed: 'no' }] });
    expect(heartbeats).toEqual([]);
  });

  test('B04 a model that the server does not know ends the tries', async () => {
    const { thrown } = await runAgent(agentCall({ model: 'scripted:other' }), await scripted([]));
    expect(thrown).toMatchObject({ type: 'HttpError', message: 'status 404', nonRetryable: true });
  });
});
