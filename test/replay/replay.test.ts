import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { CASES } from '../support/catalogue.js';
import { root } from '../support/environment.js';
import { installRuntime } from '../../worker/runtime.js';
import { workflowBundlePath } from '../../worker/workflow-bundle.js';

installRuntime({ level: 'error' });
const folder = join(root, 'test/replay/histories');
const fileOf = (name: string) => join(folder, `${name}.json`);
const bundle = () => readFileSync(workflowBundlePath(), 'utf8');

/** The first thing that each history and the code disagree on; null where they agree. */
async function replay(names: readonly string[], code: string): Promise<{ [name: string]: string | null }> {
  const histories = names.map((name) => ({
    workflowId: name,
    history: historyFromJSON(JSON.parse(readFileSync(fileOf(name), 'utf8'))) as unknown,
  }));
  const outcomes: { [name: string]: string | null } = {};
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: { code } }, histories))
    outcomes[workflowId] = error?.message ?? null;
  return outcomes;
}

describe('recorded histories', () => {
  it.each(Object.keys(CASES))('of %s is there', (name) => {
    expect(existsSync(fileOf(name))).toBe(true);
  });

  it('are those of the catalogue and no others', () => {
    expect(readdirSync(folder).sort()).toEqual(
      Object.keys(CASES)
        .map((name) => `${name}.json`)
        .sort(),
    );
  });

  it('are replayed by the present code, command by command', async () => {
    expect(await replay(Object.keys(CASES), bundle())).toEqual(Object.fromEntries(Object.keys(CASES).map((name) => [name, null])));
  });

  it.each([
    ['a step that is skipped', 'own.index++;', 'own.index+=2;', 'agent-limit'],
    ['a deadline that is not set', 'run.startTimer(frame,deadline,', 'void (', 'hitl-update'],
    ['a try too many', 'frame.try>=total', 'frame.try>total', 'tool-failed'],
    ['a timer that is not cancelled', '{run.cancelTimer(frame);', '{', 'hitl-update'],
    ['another branch', 'Object.hasOwn(step.branches,key)?key:null', 'null', 'conditional-completed'],
  ])('turn red for an engine with %s', async (_, from, to, name) => {
    const code = bundle();
    expect(code).toContain(from);
    const outcomes = await replay([name], code.replace(from, to));
    expect(outcomes[name]).not.toBeNull();
  });
});
