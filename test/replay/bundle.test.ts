import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { workflowBundlePath } from '../../worker/workflow-bundle.js';

const file = readFileSync(workflowBundlePath(), 'utf8');
const code = file.slice(0, file.lastIndexOf('//# sourceMappingURL='));
/** Modules by themselves, and those that were joined into others. */
const modules = [...code.matchAll(/^(?:\/\*\*\*\/ "|;\/\/ (?:CONCATENATED MODULE: )?)(\.\/[^"\s]+)/gm)].map(([, path]) => path!);
const packages = [...new Set(modules.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []))].sort();
const own = modules.filter((path) => path.startsWith('./dist/'));

/** The SDK's modules and decimal.js, bundled alone. Bytes. */
const BASE = 648_000;

describe('the workflow bundle', () => {
  it('holds the engine, what it is made of, and nothing else', () => {
    expect(packages).toEqual(['@temporalio/common', '@temporalio/workflow', 'decimal.js', 'long', 'ms', 'nexus-rpc']);
    expect([...new Set(own.map((path) => path.split('/')[2]))].sort()).toEqual(['engine', 'pipeline', 'workflows']);
  });

  it('has neither the parsers nor the grammar of the language', () => {
    expect(own.filter((path) => /pipeline\/(ir|yaml|dsl|compile)\/|expression\/(parse|tokens|signatures)/.test(path))).toEqual([]);
  });

  it('adds at most 150 KB of code to the SDK and decimal.js', () => {
    expect(Buffer.byteLength(code) - BASE).toBeLessThanOrEqual(150_000);
  });
});
