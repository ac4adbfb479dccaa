import { describe, expect, it } from '@jest/globals';
import { agentStep, pipelineOf, toolStep } from '../../support/documents.js';
import { costs, runEngine, thrown, type Answer } from '../../support/run-engine.js';

describe('a run', () => {
  it('2.1 ends at the first failed step, and later steps are not run', () => {
    const { failure, result, calls } = runEngine(pipelineOf([agentStep('a'), agentStep('b', { maxRetries: 0 }), agentStep('c')]), {
      agents: { a: ['x'], b: [thrown('Error', 'x')] },
    });
    expect(failure).toMatchObject({ type: 'StepFailed', message: "Step 'b' failed: Agent execution failed with Error: x", stepPath: 'b' });
    expect(result!.steps.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(result).toMatchObject({ status: 'failed', success: false, output: null, failure: { type: 'StepFailed' } });
    expect(calls.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('2.2 without steps gives its input back', () => {
    expect(runEngine(pipelineOf([]), {}, { input: 7 }).result).toMatchObject({
      status: 'completed',
      steps: [],
      output: 7,
      usage: { costUsd: '0', tokens: 0, calls: 0 },
    });
  });

  it('2.3 leaves unset model options out of the call', () => {
    const agents = { warm: { model: 'scripted:m', temperature: 0.3 }, plain: { model: 'scripted:m' } };
    const { calls } = runEngine(pipelineOf([agentStep('warm'), agentStep('plain')], { agents }), { agents: { warm: ['a'], plain: ['b'] } });
    expect(calls[0]!.call).toHaveProperty('options', { temperature: 0.3 });
    expect(calls[1]!.call).not.toHaveProperty('options');
  });

  it('gives the first step the run input and every later one the previous output', () => {
    const { calls, result } = runEngine(
      pipelineOf([agentStep('a'), agentStep('b')]),
      { agents: { a: ['one'], b: ['two'] } },
      { input: 'zero' },
    );
    expect(calls.map(({ call }) => call.step.path + ':' + String((call as { input: unknown }).input))).toEqual(['a:zero', 'b:one']);
    expect(result!.output).toBe('two');
  });
});

describe('tries', () => {
  const one = (options: { [key: string]: unknown } = {}, agents: object = {}) => pipelineOf([agentStep('w', options)], { agents });
  const w = (answers: readonly Answer[]) => ({ agents: { w: answers } });

  it('3.1 repeat a failed call', () => {
    expect(runEngine(one({ maxRetries: 1 }), w([thrown('Error', 'x'), 'ok'])).result!.steps[0]).toMatchObject({
      success: true,
      attempts: 2,
      output: 'ok',
    });
  });

  it('3.2 end after 1 + maxRetries', () => {
    const { calls, result } = runEngine(one({ maxRetries: 3 }), w(Array<Answer>(4).fill(thrown('RuntimeError', 'e1'))));
    expect(calls).toHaveLength(4);
    expect(result!.steps[0]).toMatchObject({ attempts: 4, output: null, feedback: 'Agent execution failed with RuntimeError: e1' });
    expect(result!.steps[0]!.tries!.map(({ n, outcome }) => [n, outcome])).toEqual([1, 2, 3, 4].map((n) => [n, 'agentFailed']));
  });

  it('3.4 end a call without result after the timeout', () => {
    const late: Answer = { outcome: { outcome: 'timedOut' } };
    const { calls, result } = runEngine(one({ maxRetries: 1, timeout: '50ms' }), w([late, late]));
    expect(calls[0]!.call.timeout).toBe(50);
    expect(result!.steps[0]).toMatchObject({ attempts: 2, feedback: 'Agent execution failed with TimeoutError: no result after 50ms' });
  });

  it('3.7 repeat an output that violates the schema, with the violations as feedback', () => {
    const agents = { w: { model: 'scripted:m', outputSchema: { type: 'object' } } };
    const script = w([
      { output: 'text', usage: costs(4, 0.1) },
      { output: { x: 1 }, usage: costs(5, 0.1) },
    ]);
    const { result, calls } = runEngine(one({ maxRetries: 1 }, agents), script, { input: 'go' });
    expect(result!.steps[0]).toMatchObject({ success: true, attempts: 2, usage: { tokens: 9, costUsd: '0.2' } });
    expect(calls[1]!.call).toMatchObject({ input: 'go\n\n[Feedback on the previous attempt]\n$: expected object, got string' });
  });

  it.each<[string, Answer, string]>([
    ['refused', { outcome: { outcome: 'refused', reason: 'no' } }, 'Agent refused: no'],
    ['truncated', { outcome: { outcome: 'truncated', tokens: 7 } }, 'Agent output was cut at 7 tokens'],
    ['stopped from outside', { outcome: { outcome: 'aborted' } }, 'Agent execution failed with AbortError: the call was stopped'],
  ])('an answer that was %s is a failed try and adds nothing to the next input', (_, answer, feedback) => {
    const { result, calls } = runEngine(one(), w([answer, answer]), { input: 'go' });
    expect(result!.steps[0]).toMatchObject({ attempts: 2, feedback });
    expect((calls[1]!.call as { input: unknown }).input).toBe('go');
  });

  it('end at an error that nobody retries', () => {
    const { result, calls } = runEngine(one({ maxRetries: 5 }), w([thrown('HttpError', 'status 401', true)]));
    expect(calls).toHaveLength(1);
    expect(result!.steps[0]).toMatchObject({ attempts: 1, feedback: 'Agent execution failed with HttpError: status 401' });
  });

  it.each([
    [{ q: 1 }, { q: 1, feedback: '$: expected string, got number' }],
    [{ feedback: 'old' }, { feedback: 'old\n$: expected string, got number' }],
    [{ feedback: 3 }, { feedback: '$: expected string, got number' }],
    [[1], { input: [1], feedback: '$: expected string, got number' }],
    [null, { input: null, feedback: '$: expected string, got number' }],
  ])('hand feedback on inside an input %j', (input, second) => {
    const agents = { w: { model: 'scripted:m', outputSchema: { type: 'string' } } };
    expect(runEngine(one({}, agents), w([5, 'ok']), { input }).calls[1]!.call).toMatchObject({ input: second });
  });

  it('carry only the last try’s texts', () => {
    const agents = { w: { model: 'scripted:m', outputSchema: { type: 'string' } } };
    const { calls } = runEngine(one({ maxRetries: 2 }, agents), w([5, thrown('Error', 'x'), 'ok']), { input: 'go' });
    expect((calls[2]!.call as { input: unknown }).input).toBe('go');
  });

  it('of a tool get the same input, and the texts apart', () => {
    const tools = { t: [thrown('Error', 'x'), { outcome: { outcome: 'invalid', violations: '$: is required' } as const }, 3] };
    const { calls, result } = runEngine(pipelineOf([toolStep('t', { maxRetries: 2 })]), { tools }, { input: 'go' });
    expect(calls.map(({ call }) => [(call as { input: unknown }).input, (call as { feedback?: string }).feedback])).toEqual([
      ['go', undefined],
      ['go', undefined],
      ['go', '$: is required'],
    ]);
    expect(result!.steps[0]).toMatchObject({ attempts: 3, output: 3 });
  });

  it('a failed tool says so', () => {
    const { result } = runEngine(pipelineOf([toolStep('t', { maxRetries: 0 })]), { tools: { t: [thrown('TypeError', 'no')] } });
    expect(result!.steps[0]!.feedback).toBe('Tool execution failed with TypeError: no');
  });
});

describe('a lost worker', () => {
  const lost: Answer = { outcome: { outcome: 'lost' } };

  it('costs its reservation, and a fresh call is made in the same try', () => {
    const step = agentStep('w', { estimate: { costUsd: '0.3', tokens: 10 } });
    const { calls, result, state } = runEngine(pipelineOf([step]), { agents: { w: [lost, { output: 'ok', usage: costs(5, 0.1) }] } });
    expect(calls.map(({ id }) => id)).toEqual(['w#1.1', 'w#1.1+1']);
    expect(new Set(calls.map(({ call }) => call.callId))).toEqual(new Set(['w#1.1']));
    expect(result!.steps[0]).toMatchObject({
      attempts: 1,
      output: 'ok',
      usage: { costUsd: '0.4', tokens: 15, calls: 2, estimated: { costUsd: '0.3', tokens: 10, calls: 1 } },
    });
    expect(state.ledger.unsettled).toEqual({ 'w#1.1': { path: 'w', try: 1, costUsd: '0.3', tokens: 10, scopes: [] } });
  });

  it('four times over fails the try', () => {
    const { calls, result } = runEngine(pipelineOf([agentStep('w', { maxRetries: 0 })]), { agents: { w: [lost, lost, lost, lost] } });
    expect(calls.map(({ id }) => id)).toEqual(['w#1.1', 'w#1.1+1', 'w#1.1+2', 'w#1.1+3']);
    expect(result!.steps[0]).toMatchObject({ attempts: 1, feedback: 'Agent execution failed with WorkerLost: no result after 4 calls' });
  });

  it('is refused a fresh call that the limit does not allow', () => {
    const step = agentStep('w', { estimate: { costUsd: '0.3', tokens: 0 } });
    const { calls, failure, result } = runEngine(pipelineOf([step]), { agents: { w: [lost] } }, { limits: { costUsd: '0.5' } });
    expect(calls).toHaveLength(1);
    expect(failure).toMatchObject({ type: 'UsageLimitExceeded', reason: 'reservation', unsettled: '0.3', requested: '0.3' });
    expect(result!.steps[0]).toMatchObject({ status: 'failed', attempts: 1, metadata: { exitReason: 'reservationRefused' } });
  });
});

describe('input', () => {
  it('an input that fails the schema fails the step before anything runs', () => {
    const step = agentStep('w', { inputSchema: { type: 'object', required: ['id'] } });
    const { calls, result } = runEngine(pipelineOf([step]), {}, { input: {} });
    expect(calls).toHaveLength(0);
    expect(result!.steps[0]).toMatchObject({ attempts: 0, output: null, feedback: 'Invalid input: $.id: is required' });
  });

  it('an input that can’t be made fails the step', () => {
    const { result } = runEngine(pipelineOf([agentStep('w', { input: { expr: 'input.none' } })]), {}, { input: {} });
    expect(result!.steps[0]).toMatchObject({ attempts: 0, feedback: 'Input expression failed: No such key: none' });
  });

  it('a system prompt is rendered once, with the step’s own input', () => {
    const agents = { w: { model: 'scripted:m', system: 'About {{ input }} for {{ context.who }}' } };
    const step = agentStep('w', { input: 'topic {{ input }}' });
    const { calls } = runEngine(
      pipelineOf([step], { agents }),
      { agents: { w: [thrown('Error', 'x'), 'ok'] } },
      { input: 'x', context: { who: 'ann' } },
    );
    expect(calls.map(({ call }) => (call as { system?: string }).system)).toEqual(['About topic x for ann', 'About topic x for ann']);
  });

  it('a system prompt that can’t be rendered fails the step without a call', () => {
    const agents = { w: { model: 'scripted:m', system: '{{ context.nope }}' } };
    const { calls, result } = runEngine(pipelineOf([agentStep('w')], { agents }));
    expect(calls).toHaveLength(0);
    expect(result!.steps[0]).toMatchObject({ attempts: 0, feedback: "System prompt failed: Undefined template variable: 'context.nope'" });
  });

  it('a template mode of warn writes nothing and says so', () => {
    const step = agentStep('w', { input: 'a{{ context.nope }}b' });
    const { calls, log } = runEngine(pipelineOf([step]), { agents: { w: ['ok'] } }, { templates: 'warn' });
    expect((calls[0]!.call as { input: unknown }).input).toBe('ab');
    expect(log.join()).toContain('context.nope');
  });

  it('24.8 a template that is one hole hands the value itself on', () => {
    const { calls } = runEngine(
      pipelineOf([agentStep('w', { input: '{{ context.list }}' })]),
      { agents: { w: ['ok'] } },
      { context: { list: [1, 2] } },
    );
    expect((calls[0]!.call as { input: unknown }).input).toEqual([1, 2]);
  });

  it('a run input that violates the pipeline’s schema ends the run before the first step', () => {
    const { failure, result } = runEngine(pipelineOf([agentStep('w')], { inputSchema: { type: 'object' } }), {}, { input: 'text' });
    expect(failure).toMatchObject({ type: 'InvalidInput', message: 'Invalid input: $: expected object, got string', stepPath: null });
    expect(result!.steps).toEqual([]);
  });
});

describe('values that can’t be kept', () => {
  it('25.6 end the run after one call, whatever follows', () => {
    const answer: Answer = { outcome: { outcome: 'notSerializable', what: 'function', path: '$', usage: costs(5, 0.1) } };
    const { failure, result, calls } = runEngine(pipelineOf([toolStep('s'), agentStep('next')]), { tools: { s: [answer] } });
    expect(failure).toMatchObject({
      type: 'NotSerializable',
      message: "Step 's' returned a value that cannot be serialized: function at $",
      stepPath: 's',
    });
    expect(calls).toHaveLength(1);
    expect(result!.steps[0]).toMatchObject({
      status: 'failed',
      metadata: { exitReason: 'notSerializable' },
      usage: { costUsd: '0.1', tokens: 5 },
    });
  });
});
