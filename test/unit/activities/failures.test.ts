import { describe, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { connectionError, describeError, failedOutcome, retryAfterMs, tidyMessage } from '../../../activities/failures.js';
import { createRedactor } from '../../../activities/redaction.js';

const redact = createRedactor({ OPENAI_API_KEY: 'secret-value-1', HOME: '/home/somebody', SHORT_KEY: 'abc' });

const circular = new Error('round');
circular.cause = circular;
const hostile = Object.defineProperty(new Error('x'), 'message', {
  get: () => {
    throw new Error('trap');
  },
});

describe('L25 what a callee throws', () => {
  test.each<[string, unknown, object]>([
    ['an error', new TypeError('m'), { type: 'TypeError', message: 'm' }],
    ['a text', 'm', { type: 'Error', message: 'm' }],
    ['undefined', undefined, { type: 'Error', message: 'undefined' }],
    ['null', null, { type: 'Error', message: 'null' }],
    ['a frozen object', Object.freeze({ a: 1 }), { type: 'Error', message: '[object Object]' }],
    ['an object without prototype', Object.create(null), { type: 'Error', message: 'unprintable value' }],
    ['an error with a circular cause', circular, { type: 'Error', message: 'round' }],
    ['an error whose message throws', hostile, { type: 'Error', message: 'undefined' }],
    ['a marked error', Object.assign(new Error('m'), { nonRetryable: true }), { type: 'Error', message: 'm', nonRetryable: true }],
    ['a failure with a type', ApplicationFailure.nonRetryable('m', 'Mine'), { type: 'Mine', message: 'm', nonRetryable: true }],
    ['a message with a key', new Error('key secret-value-1 is wrong'), { type: 'Error', message: 'key [redacted] is wrong' }],
    ['a message with control characters', new Error('\u001b[2J\r\u0000ok\n'), { type: 'Error', message: '\\u001b[2J\\u000d\\u0000ok\n' }],
  ])('%s', (_, thrown, expected) => {
    expect(describeError(thrown, redact)).toEqual(expected);
  });

  test('is at most 1 KiB', () => {
    for (const text of [
      'x'.repeat(5_000_000),
      '€'.repeat(5_000),
      'x'.repeat(1022) + '😀',
      '\ud800'.repeat(2_000),
      '\u0000'.repeat(1_000),
    ]) {
      const { message } = describeError(new Error(text), redact);
      expect(Buffer.byteLength(message)).toBeLessThanOrEqual(1024);
      expect(message.endsWith('…')).toBe(true);
      expect(Buffer.from(message, 'utf8').toString('utf8')).toBe(message);
    }
  });

  test('keeps its usage', () => {
    const error = Object.assign(new Error('m'), { usage: { costUsd: '0.5', tokens: 3, note: 'x' } });
    expect(failedOutcome(error, redact)).toEqual({
      outcome: 'failed',
      error: { type: 'Error', message: 'm' },
      usage: { costUsd: '0.5', tokens: 3 },
    });
  });
});

test.each<[string, boolean]>([
  ['ECONNREFUSED', true],
  ['ENOTFOUND', true],
  ['CERT_HAS_EXPIRED', true],
  ['ERR_TLS_CERT_ALTNAME_INVALID', true],
  ['ECONNRESET', false],
  ['UND_ERR_SOCKET', false],
  ['UND_ERR_HEADERS_TIMEOUT', false],
])('%s proves that nothing was billed: %s', (code, isUnbilled) => {
  const error = new TypeError('fetch failed', { cause: Object.assign(new Error('inner'), { code }) });
  expect(connectionError(error) !== null).toBe(isUnbilled);
});

const NOW = Date.parse('2026-10-21T07:28:00Z');
test.each<[string, string, number | undefined]>([
  ['retry-after', '2', 2_000],
  ['retry-after', '0.5', 500],
  ['retry-after', 'Wed, 21 Oct 2026 07:28:05 GMT', 5_000],
  ['retry-after', 'Wed, 21 Oct 2015 07:28:00 GMT', 0],
  ['retry-after', '-1', 0],
  ['retry-after', '1000000000', 60_000],
  ['retry-after', 'abc', undefined],
  ['retry-after', '', undefined],
  ['retry-after-ms', '250', 250],
])('L04 %s: %s is %s ms', (name, value, expected) => {
  expect(retryAfterMs(new Headers({ [name]: value }), NOW)).toBe(expected);
});

test.each<[string, string]>([
  ['sk-proj-abcdefghijklmnop1234', '[redacted]'],
  ['Authorization: Bearer abc.def-ghi123', 'Authorization: [redacted]'],
  ['AIzaSyA1234567890123456789012345678901', '[redacted]'],
  ['abc in /home/somebody', 'abc in /home/somebody'],
])('%s is shown as %s', (text, shown) => {
  expect(tidyMessage(text, redact)).toBe(shown);
});
