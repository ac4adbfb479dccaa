import { describe, expect, it } from '@jest/globals';
import { agentStep, conditionalStep, pipelineOf, toolStep, valueStep } from '../../support/documents.js';
import { costs, runEngine, thrown } from '../../support/run-engine.js';

describe('expression steps', () => {
  it('11.1 give the value of their expression', () => {
    expect(runEngine(pipelineOf([valueStep('v', 'size(input)')]), {}, { input: 'abc' }).result!.output).toBe(3);
  });

  it('11.2 reach earlier outputs by name', () => {
    const steps = [agentStep('a'), agentStep('b'), valueStep('v', "{'first': steps.a.output, 'second': steps.b.output}")];
    const { result } = runEngine(pipelineOf(steps), { agents: { a: ['one'], b: ['two'] } });
    expect(result!.output).toEqual({ first: 'one', second: 'two' });
  });

  it('11.3 fail on a missing key, with one try and no usage', () => {
    const { result } = runEngine(pipelineOf([valueStep('v', 'input.key')]), {}, { input: {} });
    expect(result!.steps[0]).toMatchObject({
      success: false,
      attempts: 1,
      feedback: 'Expression failed: No such key: key',
      usage: { calls: 0 },
    });
  });

  it.each(["steps['a'].output", 'steps[input].output', 'steps.?a.?output', 'has(steps.a) ? steps.a.output : 0'])(
    '%s reads a step',
    (source) => {
      const steps = [valueStep('a', "'a'"), valueStep('v', source)];
      expect(runEngine(pipelineOf(steps), {}, { input: 'x' }).result!.output).toBe('a');
    },
  );

  it('outputs inside a branch are not visible outside, those around it are inside', () => {
    const inner = [valueStep('in1', 'steps.out1.output + 1'), valueStep('in2', 'steps.in1.output + steps.out1.output')];
    const { result, state } = runEngine(pipelineOf([valueStep('out1', '1'), conditionalStep('c', 'true', { true: inner })]));
    expect(result!.output).toBe(3);
    expect(JSON.stringify(state)).not.toContain('"in2":');
  });

  it('the name of the run is visible', () => {
    expect(runEngine(pipelineOf([valueStep('v', 'runId')])).result!.output).toBe('run-1');
  });
});

describe('a conditional', () => {
  const a = [agentStep('a')];
  const b = [agentStep('b')];

  it('12.1 runs the branch of exactly that key', () => {
    const { result, calls } = runEngine(pipelineOf([conditionalStep('c', "'a'", { a, b })]), { agents: { a: ['A'] } });
    expect(calls.map(({ name }) => name)).toEqual(['a']);
    expect(result!.steps[0]).toMatchObject({
      name: 'c',
      path: 'c',
      output: 'A',
      attempts: 1,
      metadata: { executedBranchKey: 'a', resolvedBranchKey: 'a' },
      steps: [{ path: 'c/a/a' }],
    });
  });

  it('12.2 runs the default for another key', () => {
    const { result } = runEngine(pipelineOf([conditionalStep('c', "'x'", { a }, { default: [valueStep('d', "'DEF'")] })]));
    expect(result!.steps[0]).toMatchObject({
      output: 'DEF',
      metadata: { executedBranchKey: 'x', defaultBranch: true },
      steps: [{ path: 'c/default/d' }],
    });
    expect(result!.steps[0]!.metadata).not.toHaveProperty('resolvedBranchKey');
  });

  it('12.3 fails without a branch and a default', () => {
    const { result } = runEngine(pipelineOf([conditionalStep('c', "'x'", { a })]));
    expect(result!.steps[0]).toMatchObject({
      success: false,
      output: null,
      attempts: 0,
      feedback: "No branch found for key 'x' and no default branch provided",
      metadata: { executedBranchKey: 'x' },
    });
  });

  it('12.4 shows the usage of its branch', () => {
    const { result } = runEngine(pipelineOf([conditionalStep('c', "'a'", { a })]), {
      agents: { a: [{ output: 'A', usage: costs(100, 0.01) }] },
    });
    expect(result!.steps[0]!.usage).toMatchObject({ tokens: 100, costUsd: '0.01' });
  });

  it('12.5 fails on a key of another type', () => {
    const { result } = runEngine(pipelineOf([conditionalStep('c', 'input.score', { a })]), {}, { input: { score: 1.5 } });
    expect(result!.steps[0]!.feedback).toBe("Condition of 'c' must evaluate to a branch key (string, boolean or integer); got number");
  });

  it('12.6 ends a branch at its first failure and merges nothing', () => {
    const inner = [agentStep('a', { maxRetries: 0, sinkTo: 'x' }), agentStep('b')];
    const { result, calls } = runEngine(pipelineOf([conditionalStep('c', "'a'", { a: inner })]), {
      agents: { a: [{ outcome: { outcome: 'failed', error: { type: 'Error', message: 'no' }, usage: costs(10, 0.1) } }] },
    });
    expect(calls).toHaveLength(1);
    expect(result!.steps[0]).toMatchObject({
      success: false,
      attempts: 1,
      usage: { tokens: 10, costUsd: '0.1' },
      feedback: "Failure in branch 'a': Agent execution failed with Error: no",
    });
    expect(result!.failure).toMatchObject({ stepPath: 'c/a/a' });
  });

  it.each([
    ['true', 'true'],
    ['1 == 2', 'false'],
    ['3 + 4', '7'],
  ])('the key of %s is its text', (condition, key) => {
    const { result } = runEngine(pipelineOf([conditionalStep('c', condition, { [key]: [valueStep('v', "'hit'")] })]));
    expect(result!.steps[0]).toMatchObject({ output: 'hit', metadata: { resolvedBranchKey: key } });
  });

  it('E13 names value and alternatives’ absence when nothing matches', () => {
    const { failure } = runEngine(pipelineOf([conditionalStep('c', "'A'", { a })]));
    expect(failure!.message).toBe("Step 'c' failed: No branch found for key 'A' and no default branch provided");
  });

  it('E12 an empty list or an object is no key', () => {
    for (const [source, type] of [
      ['[]', 'list'],
      ["{'a': 1}", 'map'],
      ['null', 'null'],
    ]) {
      const { result } = runEngine(pipelineOf([conditionalStep('c', source, { a })]));
      expect(result!.steps[0]!.feedback).toContain(`got ${type}`);
    }
  });

  it('maps what goes into a branch and what comes out', () => {
    const mappers = { branchInputMapper: 'input + key', branchOutputMapper: 'output + key + context.c + steps.s.output' };
    const steps = [valueStep('s', "'S'"), conditionalStep('c', "'a'", { a: [] }, mappers)];
    expect(runEngine(pipelineOf(steps), {}, { context: { c: 'C' } }).result!.output).toBe('SaaCS');
  });

  it.each([
    ['condition', { condition: 'input.none' }, 0, 'Error executing conditional logic or branch: No such key: none'],
    ['branchInputMapper', { branchInputMapper: 'input.none' }, 0, 'Branch input mapper raised an exception: No such key: none'],
    ['branchOutputMapper', { branchOutputMapper: 'output.none' }, 1, 'Branch output mapper raised an exception: No such key: none'],
  ])('an error in its %s fails it', (_, options, attempts, feedback) => {
    const { result } = runEngine(pipelineOf([conditionalStep('c', "'a'", { a: [] }, options)]), {}, { input: {} });
    expect(result!.steps[0]).toMatchObject({ success: false, attempts, feedback });
  });

  it('takes tools in place of expressions, each one try', () => {
    const options = { branchInputMapper: { tool: 'before' }, branchOutputMapper: { tool: 'after', timeout: '5s' } };
    const step = conditionalStep('c', { tool: 'pick' }, { a: [] }, options);
    const { result, calls, log } = runEngine(
      pipelineOf([step]),
      { tools: { pick: ['a'], before: [5], after: [{ output: 6, contextPatch: { x: 1 } }] } },
      { input: 'in' },
    );
    expect(result!.output).toBe(6);
    expect(calls.map(({ id }) => id)).toEqual(['c#1/mapper:pick.1', 'c#1/mapper:before.1', 'c#1/mapper:after.1']);
    expect(calls[1]!.call).toMatchObject({ role: 'mapper', input: { input: 'in', key: 'a', steps: {}, runId: 'run-1' } });
    expect(calls[2]!.call).toMatchObject({ timeout: 5000, input: { output: 5 } });
    expect(log.join()).toContain('contextPatch of a mapper is ignored');
    expect(result!.context).not.toHaveProperty('x');
  });

  it.each([
    [thrown('Error', 'down'), 'Error: down'],
    [{ outcome: { outcome: 'timedOut' } } as const, 'TimeoutError: no result in time'],
    [{ outcome: { outcome: 'aborted' } } as const, 'AbortError: the call was stopped'],
    [{ outcome: { outcome: 'refused', reason: 'r' } } as const, 'Refused: r'],
    [{ outcome: { outcome: 'truncated', tokens: 1 } } as const, 'InvalidOutput: truncated'],
  ])('a tool in place of its condition that fails is its error', (answer, text) => {
    const { result } = runEngine(pipelineOf([conditionalStep('c', { tool: 'pick' }, { a })]), { tools: { pick: [answer] } });
    expect(result!.steps[0]!.feedback).toBe(`Error executing conditional logic or branch: ${text}`);
  });

  it('escapes branch keys in paths', () => {
    const { result } = runEngine(pipelineOf([conditionalStep('c', "'a/b#1'", { 'a/b#1': [valueStep('v', '1')] })]));
    expect(result!.steps[0]!.steps[0]!.path).toBe('c/a%2Fb%231/v');
  });

  it('fails through its own context write after its branch was merged into its copy', () => {
    const contextSchema = { type: 'object', properties: { n: { type: 'integer' }, t: { type: 'string' } } };
    const inner = [toolStep('t', { sinkTo: 't' })];
    const { result } = runEngine(pipelineOf([conditionalStep('c', "'a'", { a: inner }, { sinkTo: 'n' })], { contextSchema }), {
      tools: { t: ['s'] },
    });
    expect(result!.steps[0]).toMatchObject({
      success: false,
      output: 's',
      feedback: 'Context validation failed: $.n: expected integer, got string',
    });
    expect(result!.context).not.toHaveProperty('t');
  });
});
