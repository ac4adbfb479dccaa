import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadScript, parseScript } from '../../../testing/model-server/index.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flujo-script-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function load(text: string, name = 'script.yaml') {
  const path = join(folder, name);
  await writeFile(path, text);
  return loadScript(path);
}

test('YAML with snake case and JSON with camel case are the same script', async () => {
  const yaml = await load(
    'w:\n  answers:\n    - {output: {a_b: 1}, usage: {cost_usd: "0.1", input_tokens: 3}, latency: 200ms}\n    - {http: 429, retry_after: 2}\n  then: repeat\n',
  );
  const json = await load(
    '{"w": {"answers": [{"output": {"a_b": 1}, "usage": {"costUsd": "0.1", "inputTokens": 3}, "latency": 200}, {"http": 429, "retryAfter": "2"}], "then": "repeat"}}',
    'script.json',
  );
  expect(yaml).toEqual(json);
  expect(yaml['w']).toEqual({
    answers: [
      { kind: 'output', output: { a_b: 1 }, usage: { costUsd: '0.1', inputTokens: 3 }, latencyMs: 200 },
      { kind: 'http', status: 429, retryAfter: '2', latencyMs: 0 },
    ],
    then: 'repeat',
  });
});

test.each<[string, unknown]>([
  ['a text', 'hi'],
  ['null', null],
  ['a list', [1]],
  ['an object without an answer key', { label: 'x', usage: 1 }],
])('%s is an output as it is', (_, output) => {
  expect(parseScript({ w: [output] })['w']!.answers).toEqual([{ kind: 'output', output, latencyMs: 0 }]);
});

describe('a malformed script says where', () => {
  test.each<[unknown, string]>([
    [[], 's: $: must map model names to answers'],
    [{ w: 'hi' }, 's: w: must be a list of answers or {answers, then}'],
    [{ w: { answers: ['a'], then: 'stop' } }, 's: w.then: must be repeat or fail'],
    [{ w: { answers: [], then: 'repeat' } }, 's: w.answers: must not be empty when the last one is repeated'],
    [{ w: { answers: ['a'], than: 'fail' } }, "s: w: unknown key 'than'. Known: answers, then"],
    [{ w: [{ output: 1, usge: {} }] }, "s: w[0]: unknown key 'usge'. Known: output, usage, latency"],
    [{ w: ['a', { output: 1, http: 503 }] }, "s: w[1]: has both 'output' and 'http'"],
    [{ w: [{ lost: true }] }, "s: w[0]: 'lost' is not an answer of a model server"],
    [{ w: [{ output: 1, usage: { cost: 1 } }] }, "s: w[0].usage: unknown key 'cost'. Known: costUsd, tokens, inputTokens, outputTokens"],
    [{ w: [{ output: 1, usage: 3 }] }, 's: w[0].usage: must be null or {costUsd, tokens, inputTokens, outputTokens}'],
    [{ w: [{ output: 1, latency: 'soon' }] }, 's: w[0].latency: must be milliseconds or a duration such as 200ms'],
    [{ w: [{ http: 200 }] }, 's: w[0].http: must be a status from 300 to 599'],
    [{ w: [{ hang: 1 }] }, 's: w[0].hang: must be true'],
    [{ w: [{ refused: 1 }] }, 's: w[0].refused: must be a text'],
    [{ w: [{ truncated: 'x' }] }, 's: w[0].truncated: must be a number of tokens'],
    [{ w: [{ error: 'x' }] }, 's: w[0].error: must be {type, message}'],
    [{ w: [{ raw: { status: 99 } }] }, 's: w[0].raw.status: must be a status from 200 to 599'],
  ])('%j', (document, message) => {
    expect(() => parseScript(document, 's')).toThrow(expect.objectContaining({ name: 'ScriptError', message }));
  });

  test('also a syntax error, by line and column, and a file that is not there', async () => {
    await expect(load('w:\n  - [1,\n')).rejects.toThrow(/script\.yaml:\d+:\d+: /);
    await expect(loadScript(join(folder, 'no.yaml'))).rejects.toThrow('no.yaml: cannot be read');
  });
});
