import { expect, test } from '@jest/globals';
import { suggest } from '../../../pipeline/values/suggest.js';

test.each([
  ['retries', 'max_retries'],
  ['retrys', 'max_retries'],
  ['maxRetries', 'max_retries'],
  ['timeuot', 'timeout'],
  ['agents', 'agent'],
  ['x', undefined],
  ['completely', undefined],
  ['', undefined],
  ['n'.repeat(10_000), undefined],
])('%s', (word, meant) => {
  expect(suggest(word, ['kind', 'agent', 'max_retries', 'timeout', 'sink_to'])).toBe(meant);
});
