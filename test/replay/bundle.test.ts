import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { workflowBundlePath } from '../../worker/workflow-bundle.js';

const file = readFileSync(workflowBundlePath(), 'utf8');
const code = file.slice(0, file.lastIndexOf('//# sourceMappingURL='));
/** Each module with its share of the code, in bytes. */
const modules = code
  .split('\n/***/ "')
  .slice(1)
  .map((part): [path: string, bytes: number] => [part.slice(0, part.indexOf('"')), Buffer.byteLength(part)]);
const packageOf = (path: string) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
const packages = [...new Set(modules.flatMap(([path]) => packageOf(path) ?? []))].sort();
const own = modules.filter(([path]) => path.startsWith('./dist/'));

describe('the workflow bundle', () => {
  it('holds the engine, what it is made of, and nothing else', () => {
    expect(packages).toEqual(['@temporalio/common', '@temporalio/workflow', 'decimal.js', 'long', 'ms', 'nexus-rpc']);
    expect([...new Set(own.map(([path]) => path.split('/')[2]))].sort()).toEqual(['engine', 'pipeline', 'workflows']);
  });

  it('has neither the parsers nor the grammar of the language', () => {
    expect(own.filter(([path]) => /pipeline\/(ir|yaml|dsl|compile)\/|expression\/(parse|tokens|signatures)/.test(path))).toEqual([]);
  });

  it('adds at most 200 KB of code to the SDK and decimal.js', () => {
    expect(own.reduce((sum, [, bytes]) => sum + bytes, 0)).toBeLessThanOrEqual(200_000);
  });
});
