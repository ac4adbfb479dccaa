import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { billedAmounts, openBill } from './bill.js';
import type { Bill, BillLine } from './bill.js';
import { errorAnswer, renderAnswer } from './chat-completion.js';
import type { HttpAnswer } from './chat-completion.js';
import type { Answer, Script } from './script.js';

/** A request as it arrived. */
export interface ReceivedCall {
  readonly model: string;
  /** `{run}/{callId}`; empty without the header. */
  readonly key: string;
  readonly headers: { readonly [name: string]: string | string[] | undefined };
  readonly body: { readonly [key: string]: unknown };
  /** ISO 8601. */
  readonly at: string;
}

export interface ModelServer {
  /** Base URL of an OpenAI-compatible provider. */
  readonly url: string;
  readonly port: number;
  /** In order of arrival. */
  calls(): readonly ReceivedCall[];
  /** Resolves when the n-th call, counted from 1, has arrived, before it is answered. */
  arrived(n: number): Promise<ReceivedCall>;
  bill(): readonly BillLine[];
  /** Ends at once, also what still waits for its answer. */
  close(): Promise<void>;
}

/**
 * Serves scripted models over Chat Completions on 127.0.0.1. Each run, told apart by what stands before the first `/` of its
 * `Idempotency-Key`, gets the answers from the first one on. A billed answer is on the bill before it leaves, even when nobody waits any more.
 *
 * @param port a free one when absent
 */
export async function startModelServer({
  script,
  port = 0,
  billFile,
}: {
  script: Script;
  port?: number;
  billFile?: string;
}): Promise<ModelServer> {
  const bill = openBill(billFile);
  const calls: ReceivedCall[] = [];
  const waiting: { n: number; resolve: (call: ReceivedCall) => void }[] = [];
  const nextAnswer = countAnswers(script);
  const stop = new AbortController();

  const receive = (call: ReceivedCall) => {
    calls.push(call);
    for (const { resolve } of waiting.filter(({ n }) => n === calls.length)) resolve(call);
  };
  const server = createServer((request, response) => {
    serve(request, response, { receive, nextAnswer, bill, signal: stop.signal }).catch((error: unknown) => {
      if (!stop.signal.aborted) response.destroy(error instanceof Error ? error : undefined);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port; // a TCP server has this form of address
  return {
    url: `http://127.0.0.1:${bound}/v1`,
    port: bound,
    calls: () => calls,
    arrived: async (n) => calls[n - 1] ?? new Promise((resolve) => waiting.push({ n, resolve })),
    bill: () => bill.lines,
    close: async () => {
      stop.abort();
      await close(server);
      bill.close();
    },
  };
}

function countAnswers(script: Script): (model: string, key: string) => Answer | null {
  const counts = new Map<string, number>();
  return (model, key) => {
    const scripted = Object.hasOwn(script, model) ? script[model] : undefined;
    if (!scripted) return null;
    const counter = `${key.split('/', 1)[0]}/${model}`;
    const index = counts.get(counter) ?? 0;
    counts.set(counter, index + 1);
    const { answers, then } = scripted;
    return answers[index] ?? (then === 'repeat' ? answers[answers.length - 1]! : NO_MORE);
  };
}

const NO_MORE: Answer = {
  kind: 'error',
  type: 'Error',
  message: 'No more outputs available',
  nonRetryable: true,
  usage: null,
  latencyMs: 0,
};

interface Desk {
  readonly receive: (call: ReceivedCall) => void;
  readonly nextAnswer: (model: string, key: string) => Answer | null;
  readonly bill: Bill;
  readonly signal: AbortSignal;
}

async function serve(request: IncomingMessage, response: ServerResponse, { receive, nextAnswer, bill, signal }: Desk): Promise<void> {
  if (request.method !== 'POST' || !request.url?.endsWith('/chat/completions'))
    return send(response, errorAnswer(404, 'POST /v1/chat/completions is all there is'));
  const body = await readBody(request);
  if (!body || typeof body['model'] !== 'string') return send(response, errorAnswer(400, 'a JSON object with a model is needed'));
  if (body['stream'] === true) return send(response, errorAnswer(400, 'streaming is not served'));
  const model = body['model'];
  const header = request.headers['idempotency-key'];
  const key = typeof header === 'string' ? header : '';
  const at = new Date();
  const answer = nextAnswer(model, key);
  receive({ model, key, headers: request.headers, body, at: at.toISOString() });
  if (!answer) return send(response, errorAnswer(404, `Unknown model '${model}'`));
  if (answer.latencyMs > 0) await delay(answer.latencyMs, undefined, { signal });
  const charge = (usage: HttpAnswer['billed']) => {
    if (usage) bill.add({ model, key, ...billedAmounts(usage), at: new Date().toISOString() });
  };
  if (answer.kind === 'hang') return charge(answer.usage ?? null);
  const rendered = renderAnswer(answer, model, Math.floor(at.getTime() / 1000));
  charge(rendered.billed);
  send(response, rendered);
}

const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<{ [key: string]: unknown } | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_REQUEST_BYTES) return null;
    chunks.push(chunk);
  }
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

function send(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  response.writeHead(status, headers);
  response.end(body);
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
