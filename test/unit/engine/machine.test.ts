import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkDefinition, checkOptions } from '../../../engine/definition.js';
import { apply, refuseRun, start } from '../../../engine/machine.js';
import type { Pipeline } from '../../../pipeline/ir/types.js';
import { boundResult, boundSnapshot } from '../../../engine/trace.js';
import { snapshot, statusOf, usageView } from '../../../engine/snapshot.js';
import type { Event } from '../../../engine/events.js';
import { agentStep, askStep, conditionalStep, pipelineOf, toolStep, valueStep } from '../../support/documents.js';
import { compiled, costs, runEngine, thrown, type Answer, type Script, type Told } from '../../support/run-engine.js';

const AT = Date.UTC(2026, 0, 1);
const begun = (document: unknown, options = {}) => {
  const pipeline = compiled(document);
  const state = start(pipeline, '', options, { id: 'run-1', now: AT });
  return { pipeline, state, commands: apply(pipeline, state, { type: 'started', at: AT }) };
};

describe('E1 the state is plain JSON between any two events', () => {
  const step = fc.letrec<{ steps: unknown[]; step: (name: string) => unknown }>((tie) => ({
    step: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc
        .constantFrom('0', '1', '2')
        .map((retries) => (name: string) => agentStep(name, { agent: 'w', maxRetries: Number(retries), sinkTo: `x.${name}` })),
      fc.constant((name: string) => toolStep(name, { tool: 't', updatesContext: true, estimate: { costUsd: '0.1', tokens: 1 } })),
      fc
        .constantFrom('size(runId)', 'context', 'input', 'input.none', 'context.x')
        .map((source) => (name: string) => valueStep(name, source)),
      fc.constant((name: string) =>
        askStep(name, { waitForever: undefined, timeout: '1h', onTimeout: { action: 'default', value: 'input' } }),
      ),
      tie('steps').map(
        (steps) => (name: string) => conditionalStep(name, "has(context.x) ? 'a' : 'b'", { a: [], b: steps }, { limits: { costUsd: '5' } }),
      ),
    ),
    steps: fc.array(tie('step'), { maxLength: 4 }).map((steps) => steps.map((make, n) => make(`s${n}`))),
  })).steps;
  const answer = fc.oneof<fc.Arbitrary<Answer>[]>(
    fc.constant({ output: { x: { y: 1 } }, usage: costs(3, 0.2), latency: 5 } as Answer),
    fc.constant('text'),
    fc.constant(thrown('Error', 'no')),
    fc.constant({ outcome: { outcome: 'lost' } } as Answer),
    fc.constant({ outcome: { outcome: 'invalid', violations: '$: no', usage: null } } as Answer),
    fc.constant({ hang: true } as Answer),
  );
  const renamed = (steps: unknown[], prefix = 'n'): unknown[] =>
    steps.map((each, n) => {
      const own = each as { name: string; branches?: { a: unknown[]; b: unknown[] } };
      const name = `${prefix}${n}`;
      return { ...own, name, ...(own.branches && { branches: { a: [], b: renamed(own.branches.b, `${name}b`) } }) };
    });
  const script = fc.record({
    agents: fc.array(answer, { maxLength: 8 }).map((w) => ({ w })),
    tools: fc.array(answer, { maxLength: 6 }).map((t) => ({ t })),
    decisions: fc.array(
      fc.record({
        request: fc.constantFrom('n0', 'n1', 'n1/b/n1b0'),
        data: fc.jsonValue() as fc.Arbitrary<never>,
        via: fc.constantFrom('signal' as const, 'update' as const),
        at: fc.nat(20),
      }),
    ),
    cancelAt: fc.option(fc.nat(40), { nil: undefined }),
  });
  const seen = ({ result, failure, commands, log, state }: Told) => JSON.stringify({ result, failure, commands, log, state });

  it('so a round trip before every event changes nothing, and little fuel only adds yields', () => {
    fc.assert(
      fc.property(step, script, fc.option(fc.constantFrom('0.3', '1'), { nil: undefined }), (steps, drawn, costUsd) => {
        const document = pipelineOf(renamed(steps), { agents: { w: { model: 'scripted:m', estimate: { costUsd: '0.1', tokens: 1 } } } });
        const options = costUsd === undefined ? {} : { limits: { costUsd } };
        const { cancelAt, ...rest } = drawn;
        const told = { ...rest, ...(cancelAt !== undefined && { cancelAt }) } as Script;
        const plain = runEngine(document, told, options);
        expect(seen(runEngine(document, told, { ...options, roundTrip: true }))).toBe(seen(plain));
        // What comes at a fixed time may find a yielding run a turn earlier.
        if (cancelAt === undefined && drawn.decisions.length === 0) {
          const slow = runEngine(document, told, { ...options, fuel: 2, roundTrip: true });
          expect(JSON.stringify([slow.result, slow.failure])).toBe(JSON.stringify([plain.result, plain.failure]));
        }
        // E2: no id twice. L2: nothing stays reserved once the run has closed.
        const ids = plain.calls.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        if (plain.result)
          for (const scope of Object.values(plain.state.ledger.scopes)) expect(scope.reserved).toEqual({ costUsd: '0', tokens: 0 });
      }),
      { numRuns: 1500 },
    );
  });
});

describe('events', () => {
  it('of what is not in flight have no effect', () => {
    const { pipeline, state } = begun(pipelineOf([askStep('ask')]));
    const before = JSON.stringify(state);
    const strays: Event[] = [
      { type: 'callCompleted', id: 'x', at: AT, outcome: { outcome: 'ok', output: 1 } },
      { type: 'callFailed', id: 'x', at: AT, failure: { cause: 'error', error: { type: 'E', message: 'm' }, billed: 'no' } },
      { type: 'callCancelled', id: 'constructor', at: AT },
      { type: 'timerFired', id: 'toString', at: AT },
      { type: 'resumed', at: AT },
    ];
    for (const event of strays) expect(apply(pipeline, state, event)).toEqual([]);
    expect(JSON.stringify(state)).toBe(before);
  });

  it('after the end have no effect', () => {
    const { pipeline, state } = begun(pipelineOf([]));
    expect(apply(pipeline, state, { type: 'cancelRequested', at: AT })).toEqual([]);
  });

  it('of a second cancellation, and decisions while closing, change nothing', () => {
    const { pipeline, state } = begun(pipelineOf([agentStep('w')]));
    expect(apply(pipeline, state, { type: 'cancelRequested', at: AT }).map(({ type }) => type)).toEqual(['cancelCalls', 'startTimer']);
    expect(apply(pipeline, state, { type: 'cancelRequested', at: AT })).toEqual([]);
    const decision = { requestId: 'w', data: 1 };
    const [log] = apply(pipeline, state, { type: 'decisionReceived', at: AT, decision, via: 'signal' });
    expect(log).toMatchObject({ type: 'log', message: "Decision ignored: Unknown request 'w'" });
    expect(state.earlyDecisions).toEqual([]);
  });

  it('end a closing run when cancelled calls do not report in ten seconds', () => {
    const { pipeline, state } = begun(pipelineOf([agentStep('w', { estimate: { costUsd: '0.5', tokens: 1 } })]));
    const [, timer] = apply(pipeline, state, { type: 'cancelRequested', at: AT });
    expect(timer).toMatchObject({ type: 'startTimer', at: AT + 10_000 });
    const commands = apply(pipeline, state, { type: 'timerFired', id: (timer as { id: string }).id, at: AT + 10_000 });
    expect(commands.at(-1)).toMatchObject({ type: 'cancel', result: { status: 'cancelled', usage: { costUsd: '0.5' } } });
    expect(usageView(state).unsettled).toEqual([{ id: 'w#1.1', path: 'w', costUsd: '0.5', tokens: 1 }]);
  });
});

describe('a definition that came with a run', () => {
  const good = compiled(
    pipelineOf(
      [agentStep('w', { input: 'a' }), conditionalStep('c', 'true', { true: [valueStep('v', '1')] }, { default: [] }), askStep('ask')],
      { agents: { w: { model: 'scripted:m', system: 's' } } },
    ),
  ) as unknown;
  const changed = (change: (pipeline: { [key: string]: never }) => void) => {
    const copy = JSON.parse(JSON.stringify(good)) as { [key: string]: never };
    change(copy);
    return copy;
  };
  type Loose = { steps: { [key: string]: unknown }[]; agents: { [id: string]: unknown }; [key: string]: unknown };

  it('of ours is fine', () => expect(checkDefinition(good, 'p')).toBeNull());

  it.each<[string, (pipeline: Loose) => void, string]>([
    ['another name', (p) => (p['name'] = 'q'), "Pipeline name 'q' does not match the workflow type 'p'"],
    ['a newer form', (p) => (p['irVersion'] = 2), 'Unknown irVersion: 2'],
    ['W20 an unknown kind', (p) => (p.steps[0]!['kind'] = 'loop'), 'Unknown step kind: loop'],
    ['an inner kind', (p) => (p.steps[0]!['kind'] = 'sequence'), 'Unknown step kind: sequence'],
    ['a kind from a prototype', (p) => (p.steps[0]!['kind'] = 'constructor'), 'Unknown step kind: constructor'],
    ['a template in text', (p) => (p.steps[0]!['input'] = 'a'), 'Not compiled: /steps/0/input'],
    ['an expression without its tree', (p) => (p.steps[0]!['input'] = { expr: { source: 'a' } }), 'Not compiled: /steps/0/input/expr'],
    ['a missing condition', (p) => delete p.steps[1]!['condition'], 'Not compiled: /steps/1/condition'],
    ['a branch that is no list', (p) => (p.steps[1]!['branches'] = { a: 1 }), 'Not compiled: /steps/1/branches/a'],
    [
      'a text in a branch',
      (p) => (p.steps[1]!['branches'] = { a: [{ kind: 'expression', name: 'v', value: '1' }] }),
      'Not compiled: /steps/1/branches/a/0/value',
    ],
    ['a message in text', (p) => (p.steps[2]!['message'] = 'm'), 'Not compiled: /steps/2/message'],
    [
      'an inner list that is none',
      (p) => (p.steps[2]!['onTimeout'] = { action: 'branch', steps: {} }),
      'Not compiled: /steps/2/onTimeout/steps',
    ],
    ['limits that are none', (p) => (p['limits'] = { costUsd: 'x' } as never), 'Not compiled: /limits'],
    ['steps that are none', (p) => (p['steps'] = {} as never), 'Not compiled: /steps'],
    ['a step that is none', (p) => (p.steps[0] = 1 as never), 'Not compiled: /steps/0'],
    ['agents that are none', (p) => (p['agents'] = [] as never), 'Not compiled: /agents'],
    ['an agent without model', (p) => (p.agents['w'] = {}), 'Not compiled: /agents/w'],
    ['a system prompt in text', (p) => (p.agents['w'] = { model: 'a:b', system: 's' }), 'Not compiled: /agents/w/system'],
    ['an agent that is not there', (p) => delete p.agents['w'], 'Not compiled: /steps/0/agent'],
  ])('with %s is refused', (_, change, fault) => expect(checkDefinition(changed(change as never), 'p')).toBe(fault));

  it('that is no object is refused, and the refusal says which it was', () => {
    expect(checkDefinition(null, 'p')).toBe('Not compiled: the pipeline is not an object');
    const state = start({} as Pipeline, '', {}, { id: 'run-1', now: AT });
    const { failure, result } = refuseRun({ name: 'x', version: '2' }, state, 'InvalidDefinition', 'no');
    expect(failure).toEqual({ type: 'InvalidDefinition', message: 'no', stepPath: null });
    expect(result).toMatchObject({ pipeline: { name: 'x', version: '2' }, status: 'failed', steps: [], failure });
    expect(refuseRun(null, state, 'InvalidDefinition', 'no').result.pipeline).toMatchObject({ name: '', version: null });
  });

  it('an error of our own keeps what was finished', () => {
    const { state } = begun(pipelineOf([valueStep('v', '1'), askStep('ask')]));
    expect(refuseRun({ name: 'p' }, state, 'InternalError', 'TypeError: x').result.steps).toHaveLength(1);
    expect(statusOf(state)).toBe('failed');
  });
});

describe('options that came with a run', () => {
  it.each<unknown>([
    undefined,
    {},
    {
      context: {},
      limits: { costUsd: '1', tokens: 5 },
      budget: { costUsd: 0.5 },
      prices: { 'a:b': { inputPerMillion: '1', outputPerMillion: 2 } },
      templates: 'warn',
    },
  ])('%j are fine', (options) => expect(checkOptions(options)).toBeNull());

  it.each<[unknown, string]>([
    [null, 'Invalid options: expected an object'],
    [{ context: [] }, 'Invalid options: context must be an object'],
    [{ templates: 'loud' }, 'Invalid options: templates must be strict, warn or ignore'],
    [{ limits: 1 }, 'Invalid options: limits'],
    [{ limits: { costUsd: 'much' } }, 'Invalid options: limits'],
    [{ limits: { costUsd: -1 } }, 'Invalid options: limits'],
    [{ budget: { tokens: 1.5 } }, 'Invalid options: budget'],
    [{ budget: { tokens: -1 } }, 'Invalid options: budget'],
    [{ prices: 1 }, 'Invalid options: prices'],
    [{ prices: { 'a:b': null } }, 'Invalid options: prices'],
    [{ prices: { 'a:b': { inputPerMillion: '1' } } }, 'Invalid options: prices'],
    [{ prices: { 'a:b': { inputPerMillion: 'x', outputPerMillion: '1' } } }, 'Invalid options: prices'],
  ])('%j are refused', (options, fault) => expect(checkOptions(options)).toBe(fault));
});

describe('results have a bound', () => {
  const { result } = runEngine(pipelineOf([conditionalStep('c', 'true', { true: [toolStep('t', { sinkTo: 'a' })] }), agentStep('w')]), {
    tools: { t: ['x'.repeat(2000)] },
    agents: { w: ['done'] },
  });
  const size = (value: unknown) => JSON.stringify(value).length;

  it.each([
    [10_000_000, undefined],
    [size(result) - 1, { steps: true }],
    [6_500, { steps: true, outputs: true }],
    [700, { steps: true, outputs: true, tries: true, context: true }],
  ])('of %i bytes, leaving out what it must', (limit, omitted) => {
    const bounded = boundResult(result!, limit);
    expect(bounded.omitted).toEqual(omitted);
    expect(bounded.output).toBe('done');
  });

  it('and so do snapshots', () => {
    const { state } = begun(pipelineOf([valueStep('v', "'x'", { sinkTo: 'a' }), askStep('ask')]));
    const bounded = boundSnapshot(snapshot(state), 10);
    expect(bounded).toMatchObject({ status: 'paused', context: {}, steps: [{ output: null }] });
  });
});

describe('the state of a run', () => {
  it('is completed, failed, cancelled, paused or running', () => {
    expect(statusOf(runEngine(pipelineOf([])).state)).toBe('completed');
    expect(statusOf(runEngine(pipelineOf([valueStep('v', 'input.x')])).state)).toBe('failed');
    expect(statusOf(begun(pipelineOf([agentStep('w')])).state)).toBe('running');
    expect(snapshot(start({} as Pipeline, '', {}, { id: 'r', now: AT }))).toMatchObject({
      status: 'running',
      steps: [],
      context: { runId: 'r' },
    });
  });
});
