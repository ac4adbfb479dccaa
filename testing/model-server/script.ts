import { readFile } from 'node:fs/promises';
import { load, YAMLException } from 'js-yaml';

/** Answers of each model by its name (`classify` for `scripted:classify`). */
export interface Script {
  readonly [model: string]: ScriptedModel;
}
export interface ScriptedModel {
  /** In order, counted anew for each run. */
  readonly answers: readonly Answer[];
  /** After the last one: the same again, or the error `No more outputs available`. */
  readonly then: 'repeat' | 'fail';
}

/** `usage` null: the answer carries no report. Absent: 0 tokens and 0 USD are reported. */
export type Answer = { readonly usage?: ScriptedUsage | null; readonly latencyMs: number } & (
  | { readonly kind: 'output'; readonly output: unknown }
  | { readonly kind: 'error'; readonly type: string; readonly message: string; readonly nonRetryable: boolean }
  | { readonly kind: 'http'; readonly status: number; readonly retryAfter?: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'truncated'; readonly tokens: number }
  | { readonly kind: 'hang' }
  | { readonly kind: 'raw'; readonly status: number; readonly headers: { readonly [name: string]: string }; readonly body: string }
);
/** Exactly the parts that are sent, malformed ones too. */
export interface ScriptedUsage {
  readonly costUsd?: unknown;
  readonly tokens?: unknown;
  readonly inputTokens?: unknown;
  readonly outputTokens?: unknown;
}

/** A script that cannot be served. The message names the file and the place. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

/** Reads a script file, YAML (`snake_case` keys) or JSON (`camelCase`). @throws ScriptError */
export async function loadScript(path: string): Promise<Script> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    throw new ScriptError(`${path}: cannot be read`);
  }
  let document: unknown;
  try {
    // JSON is YAML.
    document = load(text, { filename: path });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const place = error.mark ? `:${error.mark.line + 1}:${error.mark.column + 1}` : '';
    throw new ScriptError(`${path}${place}: ${error.reason}`);
  }
  return parseScript(document, path);
}

/** @param file named in errors. @throws ScriptError at `{model}.answers[{i}].{key}` */
export function parseScript(document: unknown, file = 'script'): Script {
  const at = (place: string, problem: string): never => {
    throw new ScriptError(`${file}: ${place}: ${problem}`);
  };
  if (!isRecord(document)) return at('$', 'must map model names to answers');
  return Object.fromEntries(Object.entries(document).map(([model, value]) => [model, parseModel(value, model, at)]));
}

type Complain = (place: string, problem: string) => never;

function parseModel(value: unknown, place: string, at: Complain): ScriptedModel {
  if (Array.isArray(value)) return { answers: value.map((answer, i) => parseAnswer(answer, `${place}[${i}]`, at)), then: 'fail' };
  if (!isRecord(value) || !Array.isArray(value['answers'])) return at(place, 'must be a list of answers or {answers, then}');
  checkKeys(value, ['answers', 'then'], place, at);
  const then = value['then'] ?? 'fail';
  if (then !== 'repeat' && then !== 'fail') return at(`${place}.then`, 'must be repeat or fail');
  const answers = value['answers'].map((answer, i) => parseAnswer(answer, `${place}.answers[${i}]`, at));
  if (then === 'repeat' && answers.length === 0) return at(`${place}.answers`, 'must not be empty when the last one is repeated');
  return { answers, then };
}

const ANSWER_KEYS = ['output', 'error', 'http', 'refused', 'truncated', 'hang', 'raw'] as const;
const COMMON_KEYS = ['usage', 'latency'];
const NOT_SERVED = ['toolCalls', 'chunks', 'lost', 'expr'];

function parseAnswer(source: unknown, place: string, at: Complain): Answer {
  const value = isRecord(source) ? camelKeys(source) : {};
  const kinds = ANSWER_KEYS.filter((key) => Object.hasOwn(value, key));
  const foreign = NOT_SERVED.find((key) => Object.hasOwn(value, key));
  if (foreign !== undefined) return at(place, `'${foreign}' is not an answer of a model server`);
  const kind = kinds[0];
  if (kind === undefined) return { kind: 'output', output: source, latencyMs: 0 };
  if (kinds.length > 1) return at(place, `has both '${kind}' and '${kinds[1]}'`);
  checkKeys(value, [kind, ...COMMON_KEYS, ...(kind === 'http' ? ['retryAfter'] : [])], place, at);
  const common = { latencyMs: parseLatency(value['latency'], `${place}.latency`, at), ...parseUsage(value['usage'], `${place}.usage`, at) };
  return { ...PARSERS[kind](value, `${place}.${kind}`, at), ...common };
}

type Parsed = Answer extends infer Each ? (Each extends Answer ? Omit<Each, 'usage' | 'latencyMs'> : never) : never;

const PARSERS: { readonly [K in (typeof ANSWER_KEYS)[number]]: (value: Record<string, unknown>, place: string, at: Complain) => Parsed } = {
  output: ({ output }) => ({ kind: 'output', output }),
  error: ({ error }, place, at) => {
    if (!isRecord(error)) return at(place, 'must be {type, message}');
    const { type = 'Error', message = '', nonRetryable = false } = camelKeys(error);
    if (typeof type !== 'string' || typeof message !== 'string' || typeof nonRetryable !== 'boolean')
      return at(place, 'must be {type, message}');
    return { kind: 'error', type, message, nonRetryable };
  },
  http: ({ http, retryAfter }, place, at) => {
    if (!isStatus(http)) return at(place, 'must be a status from 300 to 599');
    return { kind: 'http', status: http, ...(retryAfter !== undefined && { retryAfter: String(retryAfter) }) };
  },
  refused: ({ refused }, place, at) => (typeof refused === 'string' ? { kind: 'refused', reason: refused } : at(place, 'must be a text')),
  truncated: ({ truncated }, place, at) =>
    typeof truncated === 'number' ? { kind: 'truncated', tokens: truncated } : at(place, 'must be a number of tokens'),
  hang: ({ hang }, place, at) => (hang === true ? { kind: 'hang' } : at(place, 'must be true')),
  raw: ({ raw }, place, at) => {
    if (!isRecord(raw)) return at(place, 'must be {status, headers, body}');
    checkKeys(raw, ['status', 'headers', 'body'], place, at);
    const { status = 200, headers = {}, body = '' } = raw;
    if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599)
      return at(`${place}.status`, 'must be a status from 200 to 599');
    if (!isRecord(headers)) return at(`${place}.headers`, 'must be names and texts');
    return {
      kind: 'raw',
      status,
      headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
      body: typeof body === 'string' ? body : JSON.stringify(body),
    };
  },
};

function parseUsage(usage: unknown, place: string, at: Complain): { usage?: ScriptedUsage | null } {
  if (usage === undefined) return {};
  if (usage === null) return { usage };
  if (!isRecord(usage)) return at(place, 'must be null or {costUsd, tokens, inputTokens, outputTokens}');
  const parts = camelKeys(usage);
  checkKeys(parts, ['costUsd', 'tokens', 'inputTokens', 'outputTokens'], place, at);
  return { usage: parts };
}

const UNITS_MS: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function parseLatency(latency: unknown, place: string, at: Complain): number {
  if (latency === undefined) return 0;
  if (typeof latency === 'number' && latency >= 0) return latency;
  const match = typeof latency === 'string' ? /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(latency) : null;
  return match ? Number(match[1]) * UNITS_MS[match[2]!]! : at(place, 'must be milliseconds or a duration such as 200ms');
}

function checkKeys(value: Record<string, unknown>, known: readonly string[], place: string, at: Complain): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) at(place, `unknown key '${unknown}'. Known: ${known.join(', ')}`);
}

function camelKeys(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), item]),
  );
}

function isStatus(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 300 && value <= 599;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
