import { describe, expect, test } from '@jest/globals';
import { agentCall, runAgent, serveAnswers } from './in-activity.js';

/* Answers in the form in which each provider documents and sends them, read through its real client. */

const CLOSED = { type: 'object', properties: { label: { type: 'string' } }, required: ['label'], additionalProperties: false } as const;
const OPEN = { type: 'object', properties: { label: { type: 'string' } } } as const;

const openai = (message: object, finish = 'stop', usage: unknown = { prompt_tokens: 11, completion_tokens: 5, total_tokens: 16 }) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_760_000_000,
  model: 'gpt-5-2025-08-07',
  choices: [
    { index: 0, message: { role: 'assistant', refusal: null, annotations: [], ...message }, logprobs: null, finish_reason: finish },
  ],
  usage,
  service_tier: 'default',
});
const anthropic = (content: object[], stop = 'end_turn', usage: unknown = { input_tokens: 11, output_tokens: 5 }) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5-20250929',
  content,
  stop_reason: stop,
  stop_sequence: null,
  usage,
});
const google = (
  text: string,
  finish = 'STOP',
  usage: unknown = { promptTokenCount: 11, candidatesTokenCount: 5, totalTokenCount: 16 },
) => ({
  candidates: [{ content: { parts: [{ text }], role: 'model' }, finishReason: finish, index: 0 }],
  usageMetadata: usage,
  modelVersion: 'gemini-2.5-flash',
  responseId: 'r1',
});

const USED = { inputTokens: 11, outputTokens: 5 };
const TOTAL = { ...USED, tokens: 16 };

const PROVIDERS = {
  openai: { model: 'openai:gpt-5', key: 'OPENAI_API_KEY', base: 'OPENAI_BASE_URL' },
  anthropic: { model: 'anthropic:claude-sonnet-4-5', key: 'ANTHROPIC_API_KEY', base: 'ANTHROPIC_BASE_URL' },
  google: { model: 'google:gemini-2.5-flash', key: 'GOOGLE_GENERATIVE_AI_API_KEY', base: 'GOOGLE_GENERATIVE_AI_BASE_URL' },
};
type Provider = keyof typeof PROVIDERS;

async function ask(provider: Provider, body: unknown, { status = 200, headers = {}, outputSchema }: Options = {}) {
  const server = await serveAnswers((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  });
  const { model, key, base } = PROVIDERS[provider];
  const call = agentCall({ model, system: 'Be short', ...(outputSchema && { outputSchema }) });
  const ran = await runAgent(call, { env: { [key]: 'test-key-123456', [base]: server.url } });
  await server.close();
  return { ...ran, requests: server.requests };
}
interface Options {
  status?: number;
  headers?: Record<string, string>;
  outputSchema?: Record<string, unknown>;
}

describe('an answer', () => {
  test.each<[Provider, string, unknown, object]>([
    ['openai', 'text', openai({ content: 'hi' }), { outcome: 'ok', output: 'hi', usage: TOTAL }],
    [
      'openai',
      'a refusal',
      openai({ content: null, refusal: "I can't help with that." }),
      { outcome: 'refused', reason: "I can't help with that.", usage: TOTAL },
    ],
    ['openai', 'a filter', openai({ content: 'par' }, 'content_filter'), { outcome: 'refused', reason: 'content_filter', usage: TOTAL }],
    ['openai', 'a cut', openai({ content: 'par' }, 'length'), { outcome: 'truncated', tokens: 5, usage: TOTAL }],
    [
      'openai',
      'cached and reasoning tokens',
      openai({ content: 'hi' }, 'stop', {
        prompt_tokens: 100,
        completion_tokens: 50,
        total_tokens: 150,
        prompt_tokens_details: { cached_tokens: 80 },
        completion_tokens_details: { reasoning_tokens: 40 },
      }),
      { outcome: 'ok', output: 'hi', usage: { inputTokens: 100, outputTokens: 50, tokens: 150 } },
    ],
    [
      'openai',
      'usage without prompt tokens',
      openai({ content: 'hi' }, 'stop', { completion_tokens: 5 }),
      { outcome: 'ok', output: 'hi', usage: { outputTokens: 5 } },
    ],
    ['openai', 'no usage', openai({ content: 'hi' }, 'stop', null), { outcome: 'ok', output: 'hi', usage: null }],
    ['anthropic', 'text', anthropic([{ type: 'text', text: 'hi' }]), { outcome: 'ok', output: 'hi', usage: USED }],
    ['anthropic', 'a refusal', anthropic([], 'refusal'), { outcome: 'refused', reason: 'refusal', usage: USED }],
    ['anthropic', 'a cut', anthropic([{ type: 'text', text: 'par' }], 'max_tokens'), { outcome: 'truncated', tokens: 5, usage: USED }],
    [
      'anthropic',
      'cache tokens on top of the input',
      anthropic([{ type: 'text', text: 'hi' }], 'end_turn', {
        input_tokens: 11,
        cache_creation_input_tokens: 100,
        cache_read_input_tokens: 20,
        output_tokens: 5,
      }),
      { outcome: 'ok', output: 'hi', usage: { inputTokens: 131, outputTokens: 5 } },
    ],
    [
      'anthropic',
      'malformed usage',
      anthropic([{ type: 'text', text: 'hi' }], 'end_turn', { input_tokens: '11', output_tokens: 5 }),
      { outcome: 'ok', output: 'hi', usage: { inputTokens: '11', outputTokens: 5 } },
    ],
    ['google', 'text', google('hi'), { outcome: 'ok', output: 'hi', usage: TOTAL }],
    ['google', 'a safety stop', google('', 'SAFETY'), { outcome: 'refused', reason: 'SAFETY', usage: TOTAL }],
    [
      'google',
      'a blocked prompt',
      { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: { promptTokenCount: 11, totalTokenCount: 11 } },
      { outcome: 'refused', reason: 'PROHIBITED_CONTENT', usage: { inputTokens: 11, tokens: 11 } },
    ],
    ['google', 'a cut', google('par', 'MAX_TOKENS'), { outcome: 'truncated', tokens: 5, usage: TOTAL }],
    [
      'google',
      'thoughts counted as output',
      google('hi', 'STOP', { promptTokenCount: 11, candidatesTokenCount: 5, thoughtsTokenCount: 30, totalTokenCount: 46 }),
      { outcome: 'ok', output: 'hi', usage: { inputTokens: 11, outputTokens: 35, tokens: 46 } },
    ],
  ])('of %s: %s', async (provider, _, body, expected) => {
    const { outcome, requests } = await ask(provider, body);
    expect(outcome).toEqual(expected);
    expect(requests).toHaveLength(1);
    expect(requests[0]!.headers['idempotency-key']).toBe('run-1/s#1.1');
  });
});

describe('an error', () => {
  test.each<[Provider, number, object, Record<string, string>, object]>([
    [
      'openai',
      429,
      { error: { message: 'Rate limit', type: 'requests', param: null, code: 'rate_limit_exceeded' } },
      { 'retry-after-ms': '1500' },
      { nonRetryable: false, nextRetryDelay: 1500 },
    ],
    [
      'openai',
      401,
      { error: { message: 'Incorrect API key provided: test-key-123456', type: 'invalid_request_error' } },
      {},
      { nonRetryable: true },
    ],
    ['anthropic', 529, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, {}, { nonRetryable: false }],
    [
      'anthropic',
      429,
      { type: 'error', error: { type: 'rate_limit_error', message: 'slow' } },
      { 'retry-after': '3' },
      { nonRetryable: false, nextRetryDelay: 3000 },
    ],
    ['google', 503, { error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } }, {}, { nonRetryable: false }],
    ['google', 400, { error: { code: 400, message: 'API key not valid.', status: 'INVALID_ARGUMENT' } }, {}, { nonRetryable: true }],
  ])('of %s with status %d', async (provider, status, body, headers, expected) => {
    const { thrown } = await ask(provider, body, { status, headers });
    expect(thrown).toMatchObject({ type: 'HttpError', message: `status ${status}`, details: [{ billed: 'no' }], ...expected });
    expect(thrown!.cause).toBeUndefined();
  });

  test('L04 a Retry-After date is a delay from now, held within a minute', async () => {
    const { thrown } = await ask('openai', {}, { status: 429, headers: { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() } });
    expect(thrown!.nextRetryDelay).toBe(60_000);
    const past = await ask('openai', {}, { status: 429, headers: { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' } });
    expect(past.thrown!.nextRetryDelay).toBe(0);
  });
});

describe('structured output', () => {
  test.each<[string, Record<string, unknown>, boolean]>([
    ['a closed schema with all properties required', CLOSED, true],
    ['a schema with an optional property', OPEN, false],
  ])('of openai is strict only for what qualifies: %s', async (_, outputSchema, strict) => {
    const { outcome, requests } = await ask('openai', openai({ content: '{"label":"a"}' }), { outputSchema });
    expect(outcome).toMatchObject({ outcome: 'ok', output: { label: 'a' } });
    expect(requests[0]!.body['response_format']).toEqual({
      type: 'json_schema',
      json_schema: { name: 'output', strict, schema: outputSchema },
    });
  });

  test('of anthropic carries the schema and comes back as JSON', async () => {
    const { outcome, requests } = await ask('anthropic', anthropic([{ type: 'text', text: '{"label":"a"}' }]), { outputSchema: CLOSED });
    expect(outcome).toMatchObject({ outcome: 'ok', output: { label: 'a' } });
    expect(JSON.stringify(requests[0]!.body)).toContain('"label"');
  });

  test('of google carries the schema, and what it drops is checked here', async () => {
    const outputSchema = { type: 'object', properties: { label: { type: 'string', minLength: 3 } }, required: ['label'] };
    const { outcome, requests } = await ask('google', google('{"label":"a"}'), { outputSchema });
    expect(outcome).toMatchObject({ outcome: 'invalid', violations: '$.label: must have at least 3 characters' });
    expect(requests[0]!.body['generationConfig']).toMatchObject({ responseMimeType: 'application/json' });
  });

  test('of google goes one rung down for a schema that its client cannot express', async () => {
    const outputSchema = {
      type: 'object',
      properties: { next: { $ref: '#/$defs/node' } },
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
    };
    const { outcome, requests } = await ask('google', google('{"next":{}}'), { outputSchema });
    expect(outcome).toMatchObject({ outcome: 'ok', output: { next: {} } });
    expect(requests).toHaveLength(1);
    expect(JSON.stringify(requests[0]!.body['systemInstruction'])).toContain('must match this JSON Schema');
  });
});
