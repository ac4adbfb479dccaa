import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { parseScript, startModelServer } from '../../../testing/model-server/index.js';
import type { ModelServer } from '../../../testing/model-server/index.js';

let server: ModelServer | undefined;
afterEach(() => server?.close());

async function start(script: Record<string, unknown>, billFile?: string): Promise<ModelServer> {
  return (server = await startModelServer({ script: parseScript(script), ...(billFile && { billFile }) }));
}

interface Answered {
  status: number;
  headers: Headers;
  body: { choices?: { message: { content: string | null; refusal?: string }; finish_reason: string }[]; usage?: unknown; error?: unknown };
}
async function ask(model: string, key?: string, more: object = {}): Promise<Answered> {
  const response = await fetch(`${server!.url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key !== undefined && { 'idempotency-key': key }) },
    body: JSON.stringify({ model, messages: [], ...more }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answered['body'] };
}
const contentOf = ({ body }: Answered) => body.choices?.[0]?.message.content;

test('each run gets the answers from the first one on', async () => {
  await start({ w: ['a', 'b'], v: ['c'] });
  const asked: [string, string][] = [
    ['w', 'r1/s#1.1'],
    ['w', 'r1/s#2.1'],
    ['w', 'r2/s#1.1'],
    ['v', 'r1/t#1.1'],
  ];
  const contents = [];
  for (const [model, key] of asked) contents.push(contentOf(await ask(model, key)));
  expect(contents).toEqual(['a', 'b', 'a', 'c']);
  expect(server!.calls().map(({ model, key }) => [model, key])).toEqual(asked);
});

test('after the last answer comes it again or an error', async () => {
  await start({ again: { answers: ['a', 'b'], then: 'repeat' }, once: ['a'] });
  const again = [];
  for (let n = 0; n < 3; n++) again.push(contentOf(await ask('again')));
  expect(again).toEqual(['a', 'b', 'b']);
  await ask('once');
  expect((await ask('once')).body.error).toEqual({ type: 'Error', message: 'No more outputs available', non_retryable: true });
});

test.each<[string, unknown, object]>([
  ['nothing said', 'x', { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0, cost_usd: '0' }],
  ['some parts', { output: 'x', usage: { tokens: 5 } }, { total_tokens: 5 }],
  ['malformed parts', { output: 'x', usage: { costUsd: NaN, tokens: -1 } }, { cost_usd: 'NaN', total_tokens: -1 }],
])('usage: %s', async (_, answer, usage) => {
  await start({ w: [answer] });
  expect((await ask('w')).body.usage).toEqual(usage);
});

test('no report is null', async () => {
  await start({ w: [{ output: 'x', usage: null }] });
  expect((await ask('w')).body.usage).toBeNull();
});

test('the forms of answers', async () => {
  await start({
    w: [
      { output: { a: 1 } },
      { refused: 'no' },
      { truncated: 3 },
      { http: 429, retryAfter: 2 },
      { raw: { status: 418, headers: { 'x-y': 'z' }, body: { t: 1 } } },
    ],
  });
  expect(contentOf(await ask('w'))).toBe('{"a":1}');
  expect((await ask('w')).body.choices![0]).toMatchObject({ message: { content: null, refusal: 'no' }, finish_reason: 'stop' });
  expect((await ask('w')).body).toMatchObject({ choices: [{ finish_reason: 'length' }], usage: { completion_tokens: 3 } });
  const limited = await ask('w');
  expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '2']);
  const raw = await ask('w');
  expect([raw.status, raw.headers.get('x-y'), raw.body]).toEqual([418, 'z', { t: 1 }]);
});

test.each<[string, object, number]>([
  ['an unknown model', { model: 'nope' }, 404],
  ['a model named like a property', { model: 'constructor' }, 404],
  ['no model', { model: 5 }, 400],
  ['a stream', { stream: true }, 400],
])('%s is refused', async (_, more, status) => {
  await start({ w: ['a'] });
  expect((await ask('w', undefined, more)).status).toBe(status);
  expect(server!.bill()).toEqual([]);
});

test('the bill has a line on disk for each billed answer before it arrives, and none for a free one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flujo-bill-'));
  const file = join(folder, 'bill.ndjson');
  await start(
    {
      w: [
        { output: 'a', usage: { costUsd: 0.2, inputTokens: 3, outputTokens: 4 } },
        { http: 503 },
        { error: { message: 'm' }, usage: { costUsd: '0.1', tokens: 2 } },
      ],
    },
    file,
  );
  for (const key of ['r/1', 'r/2', 'r/3']) {
    await ask('w', key);
    const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -1);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(server!.bill());
  }
  expect(server!.bill().map(({ at, ...line }) => ({ ...line, at: typeof at }))).toEqual([
    { model: 'w', key: 'r/1', costUsd: '0.2', tokens: 7, at: 'string' },
    { model: 'w', key: 'r/3', costUsd: '0.1', tokens: 2, at: 'string' },
  ]);
  await rm(folder, { recursive: true });
});

test('a call is seen when it arrives, before its answer, and is billed though nobody waits any more', async () => {
  await start({ w: [{ output: 'a', latency: 100, usage: { tokens: 1 } }] });
  const stop = new AbortController();
  const asked = fetch(`${server!.url}/chat/completions`, {
    method: 'POST',
    body: '{"model": "w"}',
    headers: { 'idempotency-key': 'r/1' },
    signal: stop.signal,
  });
  const failed = expect(asked).rejects.toThrow();
  expect(await server!.arrived(1)).toMatchObject({ model: 'w', key: 'r/1' });
  expect(server!.bill()).toEqual([]);
  stop.abort();
  await failed;
  while (server!.bill().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(server!.bill()[0]).toMatchObject({ key: 'r/1', tokens: 1 });
});

test('close ends a call that hangs', async () => {
  await start({ w: [{ hang: true }] });
  const asked = expect(ask('w')).rejects.toThrow();
  await server!.arrived(1);
  await server!.close();
  server = undefined;
  await asked;
});
