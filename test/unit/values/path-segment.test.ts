import { expect, test } from '@jest/globals';
import { branchSegment } from '../../../pipeline/values/path-segment.js';

test.each([
  ['refund', 'refund'],
  ['a/b', 'a%2Fb'],
  ['100%', '100%25'],
  ['#@[]~:', '%23%40%5B%5D%7E%3A'],
  ['a\tb', 'a%09b'],
  ['\u0085', '%C2%85'],
  ['ü 😀', 'ü 😀'],
])('the segment of branch %j', (key, segment) => {
  expect(branchSegment(key)).toBe(segment);
  expect(decodeURIComponent(segment)).toBe(key);
});
