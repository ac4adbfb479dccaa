import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '../../support/environment.js';

let folder: string;
beforeAll(() => {
  mkdirSync(join(root, '.cache'), { recursive: true });
  folder = mkdtempSync(join(root, '.cache/sandbox-types-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('a file of the sandbox that uses Node does not compile, whatever types the others import', () => {
  writeFileSync(join(folder, 'probe.ts'), 'export const probe = [process.pid, Buffer];\n');
  const up = relative(folder, root);
  const include = ['pipeline', 'engine', 'workflows'].map((name) => `${up}/${name}/**/*.ts`);
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: `${up}/tsconfig.sandbox.json`, include: [...include, './probe.ts'] }),
  );
  const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder, '--noEmit'], {
    encoding: 'utf8',
  });
  expect(stdout).toContain("Cannot find name 'process'");
  expect(stdout).toContain("Cannot find name 'Buffer'");
  expect(stdout.match(/error TS/g)).toHaveLength(2);
});
