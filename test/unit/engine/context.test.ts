import { describe, expect, it } from '@jest/globals';
import { agentStep, askStep, conditionalStep, pipelineOf, toolStep, valueStep } from '../../support/documents.js';
import { runEngine } from '../../support/run-engine.js';

const readers = (...sources: string[]) => sources.map((source, n) => valueStep(`read${n}`, source));

describe('the context', () => {
  it('10.1 takes over an object output with updatesContext', () => {
    const output = { profile: { value: 123 }, list: [{ id: 1 }, { id: 2 }] };
    const steps = [toolStep('t', { updatesContext: true }), ...readers('context.profile.value', 'context.list.map(x, x.id)')];
    const { result } = runEngine(pipelineOf(steps), { tools: { t: [output] } });
    expect(result!.steps.slice(1).map((step) => step.output)).toEqual([123, [1, 2]]);
  });

  it('10.2 refuses a write that violates the schema, without another try', () => {
    const contextSchema = { type: 'object', properties: { counter: { type: 'integer' } } };
    const { result } = runEngine(
      pipelineOf([toolStep('t', { updatesContext: true, maxRetries: 3 })], { contextSchema, context: { counter: 0 } }),
      { tools: { t: [{ output: { counter: 'not-an-int' } }] } },
    );
    expect(result!.steps[0]).toMatchObject({ success: false, attempts: 1, output: { counter: 'not-an-int' } });
    expect(result!.steps[0]!.feedback).toBe('Context validation failed: $.counter: expected integer, got string');
    expect(result!.context).toMatchObject({ counter: 0 });
  });

  it('10.3 is not changed by an output that is no object', () => {
    const { result } = runEngine(pipelineOf([toolStep('t', { updatesContext: true })]), { tools: { t: ['text'] } }, { context: { a: 1 } });
    expect(result).toMatchObject({ success: true, context: { a: 1 } });
  });

  it('10.4 skips unknown fields of a closed schema, or refuses them', () => {
    const contextSchema = { type: 'object', properties: { known: {} } };
    const run = (options: object) =>
      runEngine(pipelineOf([toolStep('t', { updatesContext: true, ...options })], { contextSchema }), {
        tools: { t: [{ output: { known: 1, extra: 2 } }] },
      });
    const lenient = run({});
    expect(lenient.result!.context).toMatchObject({ known: 1 });
    expect(lenient.result!.context).not.toHaveProperty('extra');
    expect(lenient.log).toContain("Context field 'extra' is not in the schema; skipped");
    const strict = run({ validateFields: true });
    expect(strict.result!.steps[0]!.feedback).toBe("Context update failed: unknown field 'extra'");
    expect(strict.result!.context).not.toHaveProperty('known');
  });

  it('10.5 makes the objects that a sinkTo needs', () => {
    const { result } = runEngine(pipelineOf([toolStep('t', { sinkTo: 'report.summary' })]), { tools: { t: ['s'] } });
    expect(result!.context).toMatchObject({ report: { summary: 's' } });
  });

  it.each([
    ['context.report.summary', { report: { old: 1 } }, { report: { old: 1, summary: 's' } }],
    ['report', {}, { report: 's' }],
    ['a.b.c', { a: { x: 1 } }, { a: { x: 1, b: { c: 's' } } }],
  ])('sinkTo %s keeps what stands beside it', (sinkTo, context, expected) => {
    const { result } = runEngine(pipelineOf([toolStep('t', { sinkTo })]), { tools: { t: ['s'] } }, { context });
    expect(result!.context).toMatchObject(expected);
  });

  it('a non-object on the way of a sinkTo fails the step', () => {
    const { result } = runEngine(pipelineOf([toolStep('t', { sinkTo: 'a.b.c' })]), { tools: { t: ['s'] } }, { context: { a: { b: 1 } } });
    expect(result!.steps[0]).toMatchObject({ output: 's', feedback: "Cannot write sinkTo 'a.b.c': 'b' is not an object" });
  });

  it('a tool’s patch is written before its output', () => {
    const tools = { t: [{ output: { a: 2 }, contextPatch: { a: 1, b: 1 } }] };
    const { result } = runEngine(pipelineOf([toolStep('t', { updatesContext: true })]), { tools });
    expect(result!.context).toMatchObject({ a: 2, b: 1 });
  });

  it('the engine’s own fields are shown and can’t be written', () => {
    const tools = { t: [{ output: { runId: 'mine', initialInput: 1, hitlHistory: [], ok: 1 } }] };
    const { result, log } = runEngine(
      pipelineOf([toolStep('t', { updatesContext: true })]),
      { tools },
      { input: 'in', context: { runId: 'x' } },
    );
    expect(result!.context).toEqual({ ok: 1, runId: 'run-1', initialInput: 'in', hitlHistory: [] });
    expect(log).toContain("Context field 'runId' is not in the schema; skipped");
  });

  it('begins with schema defaults, then the pipeline’s fields, then the run’s', () => {
    const contextSchema = { type: 'object', properties: { a: { default: 1 }, b: { default: 1 }, c: { default: 1 } } };
    const { result } = runEngine(pipelineOf([], { contextSchema, context: { b: 2, c: 2 } }), {}, { context: { c: 3 } });
    expect(result!.context).toMatchObject({ a: 1, b: 2, c: 3 });
  });

  it('that does not fit its schema at the start ends the run', () => {
    const contextSchema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
    const { failure, result } = runEngine(pipelineOf([agentStep('w')], { contextSchema }));
    expect(failure).toMatchObject({ type: 'ContextInvalid', message: 'Failed to initialize context: $.n: is required' });
    expect(result!.steps).toEqual([]);
  });

  it('above 1 MiB takes no further write', () => {
    const big = 'x'.repeat(600_000);
    const steps = [toolStep('t', { sinkTo: 'a' }), toolStep('u', { sinkTo: 'b' })];
    const { result } = runEngine(pipelineOf(steps), { tools: { t: [big], u: [big] } });
    expect(result!.steps[1]!.feedback).toBe('Context validation failed: more than 1 MiB');
    expect(Object.keys(result!.context)).not.toContain('b');
  });

  it('Y06 treats names like __proto__ as data', () => {
    const tools = { t: [{ output: JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 2}') as never }] };
    const { result } = runEngine(pipelineOf([toolStep('t', { updatesContext: true })]), { tools });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(JSON.stringify(result!.context)).toContain('"__proto__":{"polluted":1}');
  });

  it('a snapshot for tools is cut by reads', () => {
    const steps = [toolStep('t', { reads: ['a', 'none'] }), toolStep('u')];
    const { calls } = runEngine(pipelineOf(steps), { tools: { t: [1], u: [2] } }, { context: { a: 1, b: 2 } });
    expect(calls.map(({ call }) => (call as { context: unknown }).context)).toEqual([
      { a: 1 },
      { a: 1, b: 2, runId: 'run-1', initialInput: '', hitlHistory: [] },
    ]);
  });
});

describe('transactions', () => {
  it('a branch that fails leaves no mark, and its copy stays readable', () => {
    const inner = [toolStep('t', { sinkTo: 'a' }), toolStep('u', { maxRetries: 0 })];
    const { result } = runEngine(pipelineOf([conditionalStep('c', "'x'", { x: inner })]), { tools: { t: ['s'], u: [] } });
    expect(result!.context).not.toHaveProperty('a');
    expect(result!.steps[0]!.branchContext).toMatchObject({ a: 's' });
  });

  it('a branch that succeeds is merged, then its container writes its own output', () => {
    const inner = [toolStep('t', { sinkTo: 'a' })];
    const { result } = runEngine(pipelineOf([conditionalStep('c', "'x'", { x: inner }, { sinkTo: 'b' })]), { tools: { t: ['s'] } });
    expect(result!.context).toMatchObject({ a: 's', b: 's' });
  });

  it('successful steps of a run that fails later keep their writes', () => {
    const { result } = runEngine(pipelineOf([toolStep('t', { sinkTo: 'a' }), toolStep('u')]), { tools: { t: ['s'] } });
    expect(result).toMatchObject({ status: 'failed', context: { a: 's' } });
  });

  it('a person’s answer can be written', () => {
    const { result } = runEngine(pipelineOf([askStep('ask', { sinkTo: 'answer' })]), { decisions: [{ request: 'ask', data: 'yes' }] });
    expect(result!.context).toMatchObject({ answer: 'yes' });
  });
});
