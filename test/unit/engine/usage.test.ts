import { describe, expect, it } from '@jest/globals';
import type { CallOutcome, UsageReport } from '../../../engine/commands.js';
import { agentStep, conditionalStep, pipelineOf, toolStep } from '../../support/documents.js';
import { costs, runEngine, type Answer } from '../../support/run-engine.js';

const report = (usage: UsageReport | null, output: string = 'x'): Answer => ({ output, usage });
const spends = (tokens: number, costUsd: number): Answer => report(costs(tokens, costUsd));
const sequence = (count: number, options: object = {}) =>
  pipelineOf(
    Array.from({ length: count }, (_, n) => agentStep(`s${n + 1}`)),
    { ...options },
  );
const answers = (...list: Answer[]) => ({ agents: Object.fromEntries(list.map((answer, n) => [`s${n + 1}`, [answer]])) });

describe('from report to charge', () => {
  it('8.1 sums are exact', () => {
    const { result } = runEngine(sequence(3), answers(spends(50, 0.1), spends(75, 0.2), spends(25, 0.05)));
    expect(result!.usage).toMatchObject({ tokens: 150, costUsd: '0.35', calls: 3 });
  });

  const priced = (model = 'openai:m', estimate?: object) =>
    pipelineOf([agentStep('w', estimate ? { estimate } : {})], { agents: { w: { model } } });
  const prices = { 'openai:m': { inputPerMillion: '5', outputPerMillion: '15' } };

  it('8.2 a reported cost is used as it is', () => {
    const { result } = runEngine(priced(), { agents: { w: [report({ costUsd: '1.23', tokens: 200 })] } }, { prices });
    expect(result!.usage).toMatchObject({ tokens: 200, costUsd: '1.23' });
  });

  it('8.3 without a reported cost the price table gives it', () => {
    const { result } = runEngine(priced(), { agents: { w: [report({ inputTokens: 100, outputTokens: 50 })] } }, { prices });
    expect(result!.usage).toEqual({ tokens: 150, inputTokens: 100, outputTokens: 50, costUsd: '0.00125', calls: 1 });
  });

  it('8.4 no price and no estimate under a cost limit is refused before the call', () => {
    const { failure, calls, result } = runEngine(priced(), {}, { limits: { costUsd: '1' } });
    expect(failure).toMatchObject({
      type: 'PricingNotConfigured',
      message: "No price for model 'openai:m' and no estimate, but a cost limit applies",
      stepPath: 'w',
    });
    expect(calls).toHaveLength(0);
    expect(result!.steps[0]).toMatchObject({ attempts: 0, metadata: { exitReason: 'pricingNotConfigured' } });
  });

  it('8.5 without a cost limit it runs and is counted as unknown', () => {
    const { result } = runEngine(priced(), { agents: { w: [report({ tokens: 10 })] } });
    expect(result!.usage).toMatchObject({ tokens: 10, costUsd: '0', unknownCalls: 1 });
  });

  it('8.6 a call without a report is charged at its estimate', () => {
    const { result, state } = runEngine(priced('openai:m', { costUsd: 0.03, tokens: 20 }), { agents: { w: [report(null)] } });
    expect(result!.usage).toMatchObject({ tokens: 20, costUsd: '0.03', estimated: { costUsd: '0.03', tokens: 20, calls: 1 } });
    expect(Object.keys(state.ledger.unsettled)).toEqual(['w#1.1']);
  });

  it.each<[string, UsageReport]>([
    ['costUsd is "NaN"', { costUsd: 'NaN', tokens: 5 }],
    ['costUsd is -1', { costUsd: -1, tokens: 5 }],
    ['costUsd is true', { costUsd: true, tokens: 5 }],
    ['tokens is 1.5', { costUsd: 1, tokens: 1.5 }],
    ['tokens is "12"', { costUsd: 1, tokens: '12' }],
    ['inputTokens is -3', { inputTokens: -3, outputTokens: 1 }],
    ['outputTokens is "Infinity"', { inputTokens: 3, outputTokens: 'Infinity' }],
    ['tokens is 1e+30', { tokens: 1e30 }],
    ['tokens is {}', { tokens: {} }],
  ])('8.7 a malformed report (%s) is rejected as a whole and the reservation charged', (detail, usage) => {
    const { result, log } = runEngine(priced('openai:m', { costUsd: '0.03', tokens: 20 }), { agents: { w: [report(usage)] } });
    expect(result!.usage).toMatchObject({ tokens: 20, costUsd: '0.03', estimated: { calls: 1 } });
    expect(log).toContain(`Usage report of 'w' rejected: ${detail}. Charged at the reservation`);
  });

  it.each<[UsageReport, object]>([
    [{ costUsd: '0.01' }, { costUsd: '0.01', tokens: 20, estimated: { costUsd: '0', tokens: 20, calls: 1 } }],
    [{ tokens: 7 }, { costUsd: '0.03', tokens: 7, estimated: { costUsd: '0.03', tokens: 0, calls: 1 } }],
    [{ inputTokens: 7 }, { costUsd: '0.03', tokens: 20, estimated: { costUsd: '0.03', tokens: 20, calls: 1 } }],
    [{}, { costUsd: '0.03', tokens: 20, estimated: { costUsd: '0.03', tokens: 20, calls: 1 } }],
  ])('a missing part of %j is charged at that part of the reservation', (usage, expected) => {
    const { result } = runEngine(priced('openai:m', { costUsd: '0.03', tokens: 20 }), { agents: { w: [report(usage)] } });
    expect(result!.usage).toMatchObject(expected);
  });

  it('a free tool is charged what it reports and nothing otherwise', () => {
    const tools = { t: [{ output: 1 }], u: [{ output: 2, usage: costs(3, 0.5) }] };
    const { result } = runEngine(pipelineOf([toolStep('t'), toolStep('u')]), { tools });
    expect(result!.usage).toMatchObject({ costUsd: '0.5', tokens: 3, calls: 1 });
  });

  it('a free tool’s malformed report is charged nothing, with a warning', () => {
    const { result, log } = runEngine(pipelineOf([toolStep('t')]), { tools: { t: [{ output: 1, usage: { tokens: -1 } }] } });
    expect(result!.usage).toMatchObject({ costUsd: '0', tokens: 0 });
    expect(log).toContain("Usage report of 't' rejected: tokens is -1. Charged at the reservation");
  });

  it('a paid tool reserves its estimate', () => {
    const step = toolStep('t', { estimate: { costUsd: '2', tokens: 0 } });
    const { failure, calls } = runEngine(pipelineOf([step]), {}, { limits: { costUsd: '1' } });
    expect(failure).toMatchObject({ type: 'UsageLimitExceeded', reason: 'reservation', requested: '2' });
    expect(calls).toHaveLength(0);
  });

  it('the bound of a prompt is reserved where nothing is declared', () => {
    const agents = { w: { model: 'openai:m', system: 'é', maxOutputTokens: 100, outputSchema: { type: 'string' } } };
    const { state } = runEngine(
      pipelineOf([agentStep('w')], { agents }),
      { agents: { w: [{ hang: true }] } },
      { input: 'abcd', prices, limits: { costUsd: '1' } },
    );
    // ceil((2 + 4 + 17 bytes) / 2) + 2 messages of 16, and 100 tokens out.
    expect(state.ledger.scopes['run']!.reserved).toEqual({ tokens: 12 + 32 + 100, costUsd: '0.00172' });
  });

  it('an unbilled failure releases its reservation and counts no call', () => {
    const failure = { cause: 'error', error: { type: 'HttpError', message: 'status 503' }, billed: 'no' } as const;
    const step = agentStep('w', { estimate: { costUsd: '1', tokens: 9 } });
    const { result, state } = runEngine(pipelineOf([step]), { agents: { w: [{ failure }, spends(3, 0.5)] } }, { limits: { costUsd: '1' } });
    expect(result!.steps[0]).toMatchObject({ attempts: 2, usage: { calls: 1, costUsd: '0.5' } });
    expect(state.ledger.scopes['run']!.reserved).toEqual({ costUsd: '0', tokens: 0 });
  });

  it.each([
    ['timeout', 'timedOut'],
    ['workerLost', 'agentFailed'],
  ] as const)('a %s without a value keeps the whole reservation charged', (cause, outcome) => {
    const failure = { cause, error: { type: 'TimeoutError', message: 'x' }, billed: 'unknown' } as const;
    const step = agentStep('w', { maxRetries: 0, estimate: { costUsd: '1', tokens: 9 } });
    const { result, state } = runEngine(pipelineOf([step]), { agents: { w: Array<Answer>(4).fill({ failure }) } });
    expect(result!.steps[0]!.tries![0]!.outcome).toBe(outcome);
    expect(Object.keys(state.ledger.unsettled)).toHaveLength(cause === 'timeout' ? 1 : 4);
  });

  it('usage in the last heartbeat settles a call without a value', () => {
    const failure = { cause: 'timeout', error: { type: 'TimeoutError', message: 'x' }, billed: 'yes', usage: costs(2, 0.25) } as const;
    const { result, state } = runEngine(pipelineOf([agentStep('w', { maxRetries: 0 })]), { agents: { w: [{ failure }] } });
    expect(result!.usage).toMatchObject({ costUsd: '0.25', tokens: 2 });
    expect(state.ledger.unsettled).toEqual({});
  });
});

describe('limits', () => {
  it('9.1 a cost limit ends the run once it is passed', () => {
    const { failure, result } = runEngine(sequence(2), answers(spends(100, 0.1), spends(100, 0.1)), { limits: { costUsd: '0.15' } });
    expect(failure).toMatchObject({
      type: 'UsageLimitExceeded',
      message: 'Cost limit of $0.15 exceeded',
      stepPath: 's2',
      limit: { kind: 'costUsd', value: '0.15', scope: 'run' },
      reason: 'settlement',
      settled: '0.2',
      unsettled: '0',
      reserved: '0',
      requested: '0',
    });
    expect(result!.steps).toHaveLength(2);
    expect(result!.steps[1]).toMatchObject({
      status: 'failed',
      feedback: 'Cost limit of $0.15 exceeded',
      attempts: 1,
      usage: { costUsd: '0.1' },
      metadata: { exitReason: 'usageLimitExceeded' },
    });
    expect(result!.usage.costUsd).toBe('0.2');
  });

  it('9.2 a token limit likewise', () => {
    const { failure, result } = runEngine(sequence(2), answers(spends(100, 0.1), spends(100, 0.1)), { limits: { tokens: 150 } });
    expect(failure!.message).toBe('Token limit of 150 exceeded');
    expect(result).toMatchObject({ steps: { length: 2 }, usage: { tokens: 200 } });
  });

  it('9.3 a limit of 0 lets nothing be spent; without limits there is no breach', () => {
    expect(runEngine(sequence(1), answers(spends(1, 0.1)), { limits: { costUsd: '0' } }).failure).toMatchObject({ stepPath: 's1' });
    expect(runEngine(sequence(1), answers(spends(1_000_000, 1_000))).failure).toBeNull();
  });

  it('9.4 a breach counts what was really spent', () => {
    const { failure, result } = runEngine(sequence(2), answers(spends(0, 0.5), spends(0, 0.75)), { limits: { costUsd: '1' } });
    expect(failure!.message).toBe('Cost limit of $1 exceeded');
    expect(result).toMatchObject({ steps: { length: 2 }, usage: { costUsd: '1.25' } });
  });

  it('9.7 nothing runs after a breach', () => {
    const { result, calls } = runEngine(sequence(3), answers(spends(0, 0.5), spends(0, 0.5), spends(0, 0.5)), {
      limits: { costUsd: '0.25' },
    });
    expect(result).toMatchObject({ steps: { length: 1 }, usage: { costUsd: '0.5' } });
    expect(calls).toHaveLength(1);
  });

  it('9.8 tokens alone can be limited', () => {
    const { failure, result } = runEngine(sequence(3), answers(spends(100, 0), spends(100, 0), spends(100, 0)), {
      limits: { tokens: 250 },
    });
    expect(failure!.message).toBe('Token limit of 250 exceeded');
    expect(result).toMatchObject({ steps: { length: 3 }, usage: { tokens: 300, costUsd: '0' } });
  });

  it('9.13 cost is reported before tokens, and reaching a limit exactly is allowed', () => {
    const script = answers(spends(1, 0.0001), spends(1, 0.0001), spends(1, 0.0001));
    const { failure, result } = runEngine(sequence(3), script, { limits: { costUsd: '0.0002', tokens: 2 } });
    expect(failure!.message).toBe('Cost limit of $0.0002 exceeded');
    expect(result!.usage).toMatchObject({ tokens: 3, costUsd: '0.0003' });
  });

  it('run, pipeline and budget combine to the tightest of each', () => {
    const { state } = runEngine(sequence(1, { limits: { costUsd: '3', tokens: 9 } }), answers(spends(1, 0)), {
      limits: { costUsd: '2.5' },
      budget: { costUsd: '8', tokens: 7 },
    });
    expect(state.ledger.scopes['run']!.limits).toEqual({ costUsd: '2.5', tokens: 7 });
  });

  it('a step’s own limit is one more scope, named by its path', () => {
    const step = agentStep('s1', { maxRetries: 3, limits: { costUsd: '0.2' } });
    const bad = (cost: number): Answer => ({ outcome: { outcome: 'invalid', violations: 'x', usage: costs(0, cost) } as CallOutcome });
    const { failure, result } = runEngine(pipelineOf([step]), { agents: { s1: [bad(0.15), bad(0.15)] } }, { limits: { costUsd: '1' } });
    expect(failure).toMatchObject({ message: 'Cost limit of $0.2 exceeded', limit: { scope: 's1' } });
    expect(result!.steps[0]).toMatchObject({
      attempts: 2,
      tries: [{ outcome: 'invalid' }, { outcome: 'invalid' }],
      usage: { costUsd: '0.3' },
    });
  });

  it('a limit on a conditional covers everything inside it; every container around the breach fails with its text', () => {
    const route = conditionalStep('route', 'true', { true: [agentStep('inner')] }, { limits: { costUsd: '0.1' } });
    const { failure, result } = runEngine(pipelineOf([route, agentStep('after')]), { agents: { inner: [spends(5, 0.5)] } });
    expect(failure).toMatchObject({ stepPath: 'route/true/inner', limit: { scope: 'route' } });
    expect(result!.steps).toHaveLength(1);
    expect(result!.steps[0]).toMatchObject({
      name: 'route',
      status: 'failed',
      feedback: 'Cost limit of $0.1 exceeded',
      usage: { costUsd: '0.5', tokens: 5 },
      metadata: { executedBranchKey: true, exitReason: 'usageLimitExceeded' },
      steps: [{ name: 'inner', status: 'failed' }],
    });
  });

  it('a refusal names the limit, what is spent and what the call would have needed', () => {
    const steps = [agentStep('s1'), agentStep('s2', { estimate: { costUsd: '0.4', tokens: 3 } })];
    const { failure, result, calls } = runEngine(pipelineOf(steps), { agents: { s1: [spends(1, 0.2)] } }, { limits: { costUsd: '0.5' } });
    expect(failure).toMatchObject({
      reason: 'reservation',
      settled: '0.2',
      reserved: '0',
      requested: '0.4',
      message: 'Cost limit of $0.5 exceeded',
    });
    expect(result!.steps[1]).toMatchObject({ attempts: 0, metadata: { exitReason: 'reservationRefused' }, usage: { calls: 0 } });
    expect(calls).toHaveLength(1);
  });

  it('B22 a limit met exactly keeps the current call and refuses the next', () => {
    const steps = [agentStep('s1'), agentStep('s2', { estimate: { costUsd: '0.1', tokens: 0 } })];
    const { failure, result } = runEngine(pipelineOf(steps), { agents: { s1: [spends(1, 0.5)] } }, { limits: { costUsd: '0.5' } });
    expect(failure).toMatchObject({ reason: 'reservation' });
    expect(result!.steps.map(({ status }) => status)).toEqual(['completed', 'failed']);
  });
});
