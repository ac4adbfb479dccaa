import { types } from 'node:util';
import { ApplicationFailure } from '@temporalio/common';
import type { CallError, CallOutcome, UsageReport } from '../engine/commands.js';
import { isObject } from '../pipeline/values/json.js';

/*
 * The one place that decides what becomes of an error. Only what proves that nothing was billed is thrown, so that Temporal may
 * repeat it; everything else is returned as an outcome.
 */

/** The closed list of failures that cost nothing; the name is what people see before the message. */
export const UNBILLED_TYPES = [
  'HttpError',
  'ConnectionError',
  'ModelUnavailable',
  'InvalidRequest',
  'UnknownTool',
  'InvalidInput',
] as const;
export type UnbilledType = (typeof UNBILLED_TYPES)[number];

/** Nothing was billed, proved by where it was thrown. */
export class UnbilledError extends Error {
  override readonly name = 'UnbilledError';

  /** @param retryAfterMs in place of the retry policy's own delay */
  constructor(
    readonly type: UnbilledType,
    message: string,
    readonly nonRetryable: boolean,
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

export type Redact = (text: string) => string;

/** What the activity throws: typed, marked as unbilled, without a cause that could hold anything. */
export function toApplicationFailure(error: UnbilledError, redact: Redact): ApplicationFailure {
  return ApplicationFailure.create({
    type: error.type,
    message: tidyMessage(error.message, redact),
    nonRetryable: error.nonRetryable,
    details: [{ billed: 'no' }],
    ...(error.retryAfterMs !== undefined && { nextRetryDelay: error.retryAfterMs }),
  });
}

/** What a callee threw, as the outcome of its call. Usage that the error carries is kept. */
export function failedOutcome(error: unknown, redact: Redact): CallOutcome {
  return { outcome: 'failed', error: describeError(error, redact), ...usageOf(error) };
}

/** The error's name and a message of at most 1 KiB without keys or control characters. A thrown non-error is an `Error` with its text. */
export function describeError(error: unknown, redact: Redact): CallError {
  if (!isError(error)) return { type: 'Error', message: tidyMessage(textOf(error), redact), ...markOf(error) };
  const type = error instanceof ApplicationFailure && error.type ? error.type : read(error, 'name');
  return {
    type: tidyMessage(typeof type === 'string' && type !== '' ? type : 'Error', redact, MAX_TYPE_BYTES),
    message: tidyMessage(textOf(read(error, 'message')), redact),
    ...markOf(error),
  };
}

function markOf(error: unknown): { nonRetryable?: true } {
  return read(error, 'nonRetryable') === true ? { nonRetryable: true } : {};
}

function usageOf(error: unknown): { usage?: UsageReport } {
  const usage = read(error, 'usage');
  return isObject(usage) ? { usage: readUsageReport(usage) } : {};
}

/** Keeps the four parts of a report; what JSON cannot hold as it is stands as its text, at most 64 characters. */
export function readUsageReport(usage: { readonly [key: string]: unknown }): UsageReport {
  const parts = REPORT_PARTS.flatMap((key) => {
    const value = read(usage, key);
    return value === undefined ? [] : [[key, reportPart(value)] as const];
  });
  return Object.fromEntries(parts);
}

const REPORT_PARTS = ['costUsd', 'tokens', 'inputTokens', 'outputTokens'] as const;

export function reportPart(value: unknown): string | number | boolean | null {
  if (value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value;
  return textOf(value).slice(0, 64);
}

/** An error of a tool's own HTTP client or socket that proves that the other side did no billable work; null otherwise. */
export function unbilledByShape(error: unknown): UnbilledError | null {
  if (isObject(read(error, 'usage')) || read(error, 'nonRetryable') === true) return null;
  const status = read(error, 'status') ?? read(error, 'statusCode');
  if (isError(error) && isErrorStatus(status)) return httpError(status, null);
  return connectionError(error);
}

/** @param headers of the answer; null when they are not known */
export function httpError(status: number, headers: Headers | null): UnbilledError {
  const advice = headers?.get('x-should-retry');
  const isRetryable = advice === 'true' || (advice !== 'false' && (RETRYABLE_STATUSES.has(status) || status >= 500));
  return new UnbilledError('HttpError', `status ${status}`, !isRetryable, headers ? retryAfterMs(headers) : undefined);
}

const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([408, 409, 425, 429]);

function isErrorStatus(status: unknown): status is number {
  return typeof status === 'number' && Number.isInteger(status) && status >= 300 && status <= 599;
}

/** No connection came about, so no request was read: refused, unknown host, TLS. A connection that broke later is not among these. */
export function connectionError(error: unknown): UnbilledError | null {
  let at = error;
  for (let depth = 0; depth < MAX_CAUSES && isError(at); depth++) {
    const code = read(at, 'code');
    if (typeof code === 'string' && isConnectCode(code))
      return new UnbilledError('ConnectionError', textOf(read(at, 'message')) || code, false);
    at = read(at, 'cause');
  }
  return null;
}

const MAX_CAUSES = 8;
const CONNECT_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'EPROTO',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

function isConnectCode(code: string): boolean {
  return CONNECT_CODES.has(code) || code.startsWith('CERT_') || code.startsWith('ERR_TLS_') || code.startsWith('ERR_SSL_');
}

const MAX_RETRY_AFTER_MS = 60_000;

/** `retry-after-ms`, else `retry-after` in seconds or as an HTTP date, held within 0 and 60 s; undefined when neither can be read. */
export function retryAfterMs(headers: Headers, now = Date.now()): number | undefined {
  const milliseconds = amount(headers.get('retry-after-ms'));
  if (milliseconds !== undefined) return clamp(milliseconds);
  const text = headers.get('retry-after');
  const seconds = amount(text);
  if (seconds !== undefined) return clamp(seconds * 1000);
  const date = text !== null && text.includes(':') ? Date.parse(text) : NaN;
  return Number.isNaN(date) ? undefined : clamp(date - now);
}

function amount(text: string | null): number | undefined {
  return text !== null && /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : undefined;
}

function clamp(milliseconds: number): number {
  return Math.min(Math.max(Math.round(milliseconds), 0), MAX_RETRY_AFTER_MS);
}

const MAX_MESSAGE_BYTES = 1024;
const MAX_TYPE_BYTES = 64;

/** At most 1 KiB of well-formed UTF-8; control characters that could drive a terminal are written as escapes. */
export function tidyMessage(message: string, redact: Redact, maxBytes = MAX_MESSAGE_BYTES): string {
  // Cut first: a 5 MB message is not searched. The margin keeps a key whole that the cut would split.
  const head = redact(message.slice(0, 8 * maxBytes));
  const safe = head.replace(
    // eslint-disable-next-line no-control-regex -- these are what must not reach a terminal
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const bytes = Buffer.from(safe, 'utf8');
  if (bytes.length <= maxBytes) return bytes.toString('utf8');
  let end = Math.min(bytes.length, maxBytes - 3);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.subarray(0, end).toString('utf8')}…`;
}

/** An error of any realm: those of Node's own network code are of another one wherever code runs in a VM context. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** Reads a property of something hostile: a getter that throws has no value. */
function read(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  try {
    return (value as Record<string, unknown>)[key]; // any object may be read by key
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return String(value);
  } catch {
    return 'unprintable value';
  }
}
