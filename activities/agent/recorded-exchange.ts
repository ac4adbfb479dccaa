import { Agent, fetch as send } from 'undici';
import { isObject } from '../../pipeline/values/json.js';
import type { JsonObject } from '../../pipeline/values/json.js';
import type { ProviderKind } from './requirements.js';
import { readUsage } from './usage.js';
import type { UsageReport } from '../../engine/commands.js';

/*
 * What really passed between us and the provider in one turn. The model layer turns an absent count into 0 and refuses a whole
 * answer for a malformed one, so the usage is read here, from the body as it came, and the layer gets a blank one in its place.
 * One turn is one request: a second one would be paid without a reservation.
 */
export interface Exchange {
  /** The request has left or may have. */
  readonly sent: boolean;
  readonly status: number | undefined;
  readonly headers: Headers | undefined;
  /** The answer as JSON; undefined when it is none or has not arrived whole. */
  readonly body: JsonObject | undefined;
  /** null: an answer without a report; undefined: no readable answer. */
  readonly usage: UsageReport | null | undefined;
  readonly fetch: typeof globalThis.fetch;
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const SILENCE_MS = 600_000;
const dispatcher = new Agent({ headersTimeout: SILENCE_MS, bodyTimeout: SILENCE_MS });

/** @param onSend called right before the request leaves */
export function recordExchange(kind: ProviderKind, onSend: () => void): Exchange {
  const exchange: { -readonly [K in keyof Exchange]: Exchange[K] } = {
    sent: false,
    status: undefined,
    headers: undefined,
    body: undefined,
    usage: undefined,
    fetch: async (url, init) => {
      if (exchange.sent) throw new Error('a second request in one turn');
      exchange.sent = true;
      onSend();
      // A redirect would carry the key to another host. The two libraries declare the same standard types apart.
      const response = await send(url as string, { ...(init as object), redirect: 'manual', dispatcher });
      exchange.status = response.status;
      exchange.headers = new Headers([...response.headers]);
      const text = await readText(response.body);
      const body = parseObject(text);
      exchange.body = body;
      if (body) exchange.usage = readUsage(kind, body);
      return new Response(NO_BODY_STATUSES.has(response.status) ? null : body ? withBlankUsage(kind, body, text) : text, {
        status: response.status,
        headers: exchange.headers,
      });
    },
  };
  return exchange;
}

const NO_BODY_STATUSES: ReadonlySet<number> = new Set([204, 205, 304]);

async function readText(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw new Error('an answer of more than 16 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The least that each provider's client accepts as usage. */
const BLANK_USAGE: { readonly [K in ProviderKind]: JsonObject } = {
  openai: { usage: null },
  'openai-compatible': { usage: null },
  anthropic: { usage: { input_tokens: 0, output_tokens: 0 } },
  google: { usageMetadata: null },
};

function withBlankUsage(kind: ProviderKind, body: JsonObject, text: string): string {
  try {
    return JSON.stringify({ ...body, ...BLANK_USAGE[kind] });
  } catch {
    // Nested too deep to be written again.
    return text;
  }
}
