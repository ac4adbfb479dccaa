import { describe, expect, it } from '@jest/globals';
import { refuse } from '../../../engine/requests.js';
import { snapshot, usageView } from '../../../engine/snapshot.js';
import { agentStep, askStep, conditionalStep, pipelineOf, toolStep, valueStep } from '../../support/documents.js';
import { costs, runEngine } from '../../support/run-engine.js';

const HOUR = 3_600_000;
const around = [agentStep('before'), askStep('ask'), agentStep('after')];
const agents = { before: [{ output: 'draft', usage: costs(5, 0.1) }], after: ['sent'] };

describe('a human step', () => {
  it('21.1 pauses the run with one finished step and one request', () => {
    const { state, result, calls } = runEngine(pipelineOf(around), { agents }, { context: { a: 1 } });
    expect(result).toBeNull();
    expect(snapshot(state)).toMatchObject({
      status: 'paused',
      steps: [{ name: 'before' }],
      active: [{ path: 'ask', kind: 'hitl' }],
      context: { a: 1, hitlHistory: [] },
      requests: [
        { id: 'ask', stepPath: 'ask', message: 'Well?', data: 'draft', form: null, deadline: null, createdAt: '2026-01-01T00:00:00.000Z' },
      ],
    });
    expect(calls).toHaveLength(1);
  });

  it('21.2 takes the first decision and no second one', () => {
    const { state } = runEngine(pipelineOf([askStep('ask'), askStep('more')]), { decisions: [{ request: 'ask', data: 'yes', by: 'ann' }] });
    expect(refuse(state, { requestId: 'ask', data: 'no' })).toBe("Request 'ask' is already decided by ann at 2026-01-01T00:00:00.000Z");
  });

  it('21.3 costs nothing, and after the decision the run goes on', () => {
    const before = runEngine(pipelineOf(around), { agents });
    const after = runEngine(pipelineOf(around), {
      agents: { ...agents, after: [{ hang: true }] },
      decisions: [{ request: 'ask', data: 'ok' }],
    });
    expect(snapshot(after.state).usage).toEqual(snapshot(before.state).usage);
    expect(snapshot(after.state).status).toBe('running');
    expect(usageView(after.state).usage.costUsd).toBe('0.1');
  });

  it('21.4 leaves the context alone but for its history', () => {
    const script = { decisions: [{ request: 'ask', data: { ok: true }, by: 'ann' }] };
    const { result } = runEngine(pipelineOf([askStep('ask')]), script, { context: { existing: 1 } });
    expect(result).toMatchObject({ output: { ok: true }, steps: [{ attempts: 1, usage: { calls: 0 } }] });
    expect(result!.context).toMatchObject({
      existing: 1,
      hitlHistory: [{ requestId: 'ask', message: 'Well?', decision: { ok: true }, by: 'ann', at: '2026-01-01T00:00:00.000Z' }],
    });
  });

  const deadline = (onTimeout: object, more: object = {}) =>
    pipelineOf([askStep('ask', { waitForever: undefined, timeout: '1h', onTimeout, ...more })]);

  it('21.5 takes a default at the deadline, and no decision after it', () => {
    const { result, state, elapsed } = runEngine(deadline({ action: 'default', value: "'reject'" }));
    expect(elapsed).toBe(HOUR);
    expect(result!.steps[0]).toMatchObject({ output: 'reject', success: true, metadata: { timedOut: true }, latencyMs: HOUR });
    expect(result!.context['hitlHistory']).toMatchObject([{ requestId: 'ask', decision: 'reject', by: null, timedOut: true }]);
    const open = runEngine(
      pipelineOf([askStep('ask', { waitForever: undefined, timeout: '1h', onTimeout: { action: 'default', value: '1' } }), askStep('b')]),
    );
    expect(refuse(open.state, { requestId: 'ask', data: 1 })).toBe("Request 'ask' is already timed out");
    expect(refuse(state, { requestId: 'ask', data: 1 })).toBe('Run is closed');
  });

  it('fails at the deadline', () => {
    const { result } = runEngine(deadline({ action: 'fail' }));
    expect(result!.steps[0]).toMatchObject({ success: false, attempts: 1, feedback: 'Human input timed out after 1h' });
    expect(result!.context['hitlHistory']).toEqual([]);
  });

  it('runs other steps at the deadline', () => {
    const steps = [toolStep('escalate', { sinkTo: 'boss' })];
    const { result } = runEngine(deadline({ action: 'branch', steps }), { tools: { escalate: ['done'] } }, { input: 'in' });
    expect(result!.steps[0]).toMatchObject({ output: 'done', metadata: { timedOut: true }, steps: [{ path: 'ask/timeout/escalate' }] });
    expect(result!.context).toMatchObject({ boss: 'done' });
  });

  it('a failing branch at the deadline fails it and merges nothing', () => {
    const steps = [valueStep('v', '1', { sinkTo: 'x' }), valueStep('bad', 'input.none')];
    const { result } = runEngine(deadline({ action: 'branch', steps }), {}, { input: {} });
    expect(result!.steps[0]!.feedback).toBe("Failure in branch 'timeout': Expression failed: No such key: none");
    expect(result!.context).not.toHaveProperty('x');
  });

  it.each([
    ['input.none', {}, 'Default value failed: No such key: none'],
    ['input', { form: { type: 'string' } }, 'Default value failed: $: expected string, got object'],
  ])('a default %s that can’t stand fails it', (value, more, feedback) => {
    expect(runEngine(deadline({ action: 'default', value }, more), {}, { input: {} }).result!.steps[0]).toMatchObject({
      success: false,
      feedback,
    });
  });

  it('a decision at its deadline counts; a later one does not', () => {
    const on = { action: 'default', value: "'late'" };
    expect(runEngine(deadline(on), { decisions: [{ request: 'ask', data: 'now', at: HOUR }] }).result!.output).toBe('now');
    expect(runEngine(deadline(on), { decisions: [{ request: 'ask', data: 'now', at: HOUR + 1 }] }).result!.output).toBe('late');
  });

  it('a decision cancels the deadline’s timer', () => {
    const { commands } = runEngine(deadline({ action: 'fail' }), { decisions: [{ request: 'ask', data: 1 }] });
    expect(commands.filter(({ type }) => type.endsWith('Timer'))).toMatchObject([
      { type: 'startTimer', id: 'ask' },
      { type: 'cancelTimer', id: 'ask' },
    ]);
  });

  it('asks with its input where it has no message', () => {
    const message = (input: string | object) =>
      snapshot(runEngine(pipelineOf([{ kind: 'hitl', name: 'ask', waitForever: true }]), {}, { input: input as never }).state).requests[0]!
        .message;
    expect(message('plain')).toBe('plain');
    expect(message({ a: [1] })).toBe('{"a":[1]}');
  });

  it('a message that can’t be rendered fails it before anybody is asked', () => {
    const { result } = runEngine(pipelineOf([askStep('ask', { message: '{{ context.nope }}' })]));
    expect(result!.steps[0]).toMatchObject({ attempts: 0, feedback: "Message failed: Undefined template variable: 'context.nope'" });
  });

  it('a message in warn mode is asked with what there is', () => {
    const { state, log } = runEngine(pipelineOf([askStep('ask', { message: 'a{{ context.nope }}b' })]), {}, { templates: 'warn' });
    expect(snapshot(state).requests[0]!.message).toBe('ab');
    expect(log).not.toEqual([]);
  });
});

describe('a decision', () => {
  const form = { type: 'object', properties: { approve: { type: 'boolean' } }, required: ['approve'], additionalProperties: false };
  const open = () => runEngine(pipelineOf([askStep('ask', { form })])).state;

  it.each<[string, unknown, string]>([
    ['H04 an unknown request', { requestId: 'other', data: 1 }, "Unknown request 'other'"],
    ['H11 the wrong type', { requestId: 'ask', data: 1 }, "Invalid decision for 'ask': $: expected object, got number"],
    ['H11 an extra field', { requestId: 'ask', data: { approve: true, x: 1 } }, "Invalid decision for 'ask': $.x: is not allowed"],
    ['H11 a missing field', { requestId: 'ask', data: {} }, "Invalid decision for 'ask': $.approve: is required"],
    ['no object', 'yes', 'A decision is {"requestId": text, "data": any JSON, "by": text (optional)}'],
    ['no data', { requestId: 'ask' }, 'A decision is {"requestId": text, "data": any JSON, "by": text (optional)}'],
    [
      'a sender that is no text',
      { requestId: 'ask', data: 1, by: 7 },
      'A decision is {"requestId": text, "data": any JSON, "by": text (optional)}',
    ],
  ])('%s is refused and changes nothing', (_, decision, refusal) => {
    const state = open();
    const before = JSON.stringify(state);
    expect(refuse(state, decision)).toBe(refusal);
    expect(JSON.stringify(state)).toBe(before);
  });

  it('H11 one that is nested too deep is refused', () => {
    const deep = JSON.parse('['.repeat(70) + ']'.repeat(70)) as unknown;
    expect(refuse(open(), { requestId: 'ask', data: deep })).toContain('depth over 64');
  });

  it('H02 a thousand times makes one decision', () => {
    const decisions = Array.from({ length: 1000 }, (_, n) => ({
      request: 'ask',
      data: { approve: n % 2 === 0 },
      via: 'signal' as const,
      at: 0,
    }));
    const { result, log } = runEngine(pipelineOf([askStep('ask', { form }), askStep('end')]), {
      decisions: [...decisions, { request: 'end', data: 1, at: 1 }],
    });
    expect(result!.steps[0]!.output).toEqual({ approve: true });
    expect(log.filter((line) => line.startsWith("Decision ignored: Request 'ask' is already decided by unknown"))).toHaveLength(999);
  });

  it('as a signal for a step not yet reached is kept and taken when its request opens', () => {
    const decisions = [{ request: 'ask', data: 'early', via: 'signal' as const, at: 0 }];
    const slow = { before: [{ output: 'x', latency: 10 }] };
    const { result, commands } = runEngine(
      pipelineOf([agentStep('before'), askStep('ask', { waitForever: undefined, timeout: '1h', onTimeout: { action: 'fail' } })]),
      { agents: slow, decisions },
    );
    expect(result!.output).toBe('early');
    expect(commands.some(({ type }) => type === 'startTimer')).toBe(false);
  });

  it('early decisions that are not valid are dropped when the request opens', () => {
    const decisions = [{ request: 'ask', data: 'no object', via: 'signal' as const, at: 0 }];
    const { result, log } = runEngine(pipelineOf([agentStep('before'), askStep('ask', { form })]), {
      agents: { before: [{ output: 'x', latency: 10 }] },
      decisions,
    });
    expect(result).toBeNull();
    expect(log).toContain("1 early decision(s) for 'ask' were not valid and are dropped");
  });

  it('as an update for a step not yet reached is not kept', () => {
    const decisions = [{ request: 'ask', data: 'early', via: 'update' as const, at: 0 }];
    const { state } = runEngine(pipelineOf([agentStep('before'), askStep('ask')]), {
      agents: { before: [{ output: 'x', latency: 10 }] },
      decisions,
    });
    expect(state.earlyDecisions).toEqual([]);
  });

  it('at most a thousand early signals are kept', () => {
    const decisions = Array.from({ length: 1001 }, (_, n) => ({ request: `r${n}`, data: n, via: 'signal' as const, at: 0 }));
    const { state, log } = runEngine(pipelineOf([askStep('ask')]), { decisions });
    expect(state.earlyDecisions).toHaveLength(1000);
    expect(log.at(-1)).toContain('1000 decisions for requests not yet open are kept already');
  });

  it('inside a branch is addressed by its path', () => {
    const steps = [conditionalStep('c', 'true', { true: [askStep('ask')] })];
    expect(runEngine(pipelineOf(steps), { decisions: [{ request: 'c/true/ask', data: 1 }] }).result!.output).toBe(1);
  });
});

describe('cancellation', () => {
  it('closes a waiting request, records the step as cancelled and keeps what was finished', () => {
    const { result, failure, commands, state } = runEngine(pipelineOf(around), { agents, cancelAt: 5 });
    expect(failure).toBeNull();
    expect(result).toMatchObject({ status: 'cancelled', success: false, output: null, usage: { costUsd: '0.1' } });
    expect(result!.steps).toMatchObject([
      { name: 'before', status: 'completed' },
      { name: 'ask', status: 'cancelled', usage: { calls: 0 } },
    ]);
    expect(commands.at(-1)!.type).toBe('cancel');
    expect(state.closedRequests).toMatchObject([{ id: 'ask', outcome: 'cancelled' }]);
    expect(snapshot(state).status).toBe('cancelled');
  });

  it('cancels a deadline', () => {
    const steps = [askStep('ask', { waitForever: undefined, timeout: '1h', onTimeout: { action: 'fail' } })];
    const { commands } = runEngine(pipelineOf(steps), { cancelAt: 5 });
    expect(commands.map(({ type }) => type)).toEqual(['publish', 'startTimer', 'publish', 'cancelTimer', 'cancel']);
  });

  it('awaits calls in flight, so that their usage counts', () => {
    const script = { agents: { w: [{ hang: true as const, onCancel: { usage: costs(7, 0.25) } }] }, cancelAt: 5 };
    const { result } = runEngine(pipelineOf([conditionalStep('c', 'true', { true: [agentStep('w')] })]), script);
    expect(result!.steps[0]).toMatchObject({
      name: 'c',
      status: 'cancelled',
      usage: { costUsd: '0.25', tokens: 7 },
      steps: [{ status: 'cancelled', tries: [{ outcome: 'aborted' }] }],
    });
  });

  it('a call cancelled without a report stays charged at its reservation', () => {
    const step = agentStep('w', { estimate: { costUsd: '0.5', tokens: 3 } });
    const { result, state } = runEngine(pipelineOf([step]), { agents: { w: [{ hang: true }] }, cancelAt: 5 });
    expect(result!.usage).toMatchObject({ costUsd: '0.5', tokens: 3, estimated: { calls: 1 } });
    expect(Object.keys(state.ledger.unsettled)).toEqual(['w#1.1']);
  });
});
