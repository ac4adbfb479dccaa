import { compile } from '../../index.js';
import { validate, formatViolations } from '../../pipeline/schema/validate.js';
import type { Json, Pipeline } from '../../pipeline/ir/types.js';
import type { AgentCall, CallOutcome, Command, ToolCall, UsageReport } from '../../engine/commands.js';
import type { Event } from '../../engine/events.js';
import { apply, start } from '../../engine/machine.js';
import type { RunOptions } from '../../engine/options.js';
import type { RunFailure, RunResult } from '../../engine/results.js';
import type { RunState } from '../../engine/state.js';

/** Drives the engine from a script, on a virtual clock: what a callee answers, what people decide and when. */
export interface Script {
  /** By agent id, in order over the run. */
  readonly agents?: { readonly [id: string]: readonly Answer[] };
  readonly tools?: { readonly [id: string]: readonly Answer[] };
  readonly decisions?: readonly { request: string; data: Json; by?: string; via?: 'update' | 'signal'; at?: number }[];
  /** Milliseconds since the start. */
  readonly cancelAt?: number;
  /** Stop here and leave the run open. */
  readonly until?: number;
}
export type Answer =
  | Json
  | { output: Json; usage?: UsageReport | null; contextPatch?: { [key: string]: Json }; latency?: number }
  | { outcome: CallOutcome; latency?: number }
  | { failure: Extract<Event, { type: 'callFailed' }>['failure']; latency?: number }
  | { hang: true; onCancel?: { usage: UsageReport } };

export interface Told {
  readonly state: RunState;
  readonly result: RunResult | null;
  readonly failure: RunFailure | null;
  readonly calls: readonly { type: string; name: string; id: string; call: AgentCall | ToolCall; at: number }[];
  readonly commands: readonly Command[];
  readonly log: readonly string[];
  /** Refusals of decisions, in order. */
  readonly elapsed: number;
}

const START = Date.UTC(2026, 0, 1);

export function compiled(document: unknown): Pipeline {
  const { pipeline, diagnostics } = compile(document as Parameters<typeof compile>[0]);
  if (!pipeline) throw new Error(`The test's pipeline does not compile: ${JSON.stringify(diagnostics)}`);
  return pipeline;
}

/** `roundTrip` puts the state through JSON before every event, which must change nothing. */
export function runEngine(
  document: unknown,
  script: Script = {},
  { input = '', roundTrip = false, fuel, ...options }: RunOptions & { input?: Json; roundTrip?: boolean; fuel?: number } = {},
): Told {
  const pipeline = compiled(document);
  let state = start(pipeline, input, options, { id: 'run-1', now: START });
  const told = { calls: [] as Told['calls'][number][], commands: [] as Command[], log: [] as string[] };
  const queues = new Map<string, Answer[]>();
  for (const [kind, answers] of [
    ['callAgent', script.agents],
    ['callTool', script.tools],
  ] as const) {
    for (const [name, list] of Object.entries(answers ?? {})) queues.set(`${kind} ${name}`, [...list]);
  }
  const due: { at: number; order: number; event: () => Event | null }[] = [];
  const hanging = new Map<string, UsageReport | undefined>();
  const timers = new Map<string, number>();
  let order = 0;
  let closing: Extract<Command, { result: RunResult }> | null = null;
  let now = START;
  const schedule = (at: number, event: () => Event | null) => due.push({ at, order: order++, event });

  const issue = (command: Command): void => {
    told.commands.push(command);
    switch (command.type) {
      case 'callAgent':
      case 'callTool': {
        const name = command.type === 'callAgent' ? (command.call as AgentCall).agent : (command.call as ToolCall).tool;
        told.calls.push({ type: command.type, name, id: command.id, call: command.call, at: now - START });
        const answer = queues.get(`${command.type} ${name}`)?.shift();
        if (isAnswer(answer, 'hang'))
          return void hanging.set(command.id, (answer as { onCancel?: { usage: UsageReport } }).onCancel?.usage);
        const at = now + (isAnswer(answer, 'latency') ? ((answer as { latency: number }).latency ?? 0) : 0);
        return void schedule(at, () => ({ ...closingEvent(command, answer), at }));
      }
      case 'cancelCalls':
        for (const [id, usage] of hanging) {
          const at = now;
          schedule(at, () =>
            usage ? { type: 'callCompleted', id, at, outcome: { outcome: 'aborted', usage } } : { type: 'callCancelled', id, at },
          );
        }
        return;
      case 'startTimer': {
        const { id, at } = command;
        timers.set(id, at);
        return void schedule(at, () => (timers.get(id) === at ? { type: 'timerFired', id, at } : null));
      }
      case 'cancelTimer':
        return void timers.delete(command.id);
      case 'yield':
        return void schedule(now, () => ({ type: 'resumed', at: now }));
      case 'log':
        return void told.log.push(command.message);
      case 'complete':
      case 'fail':
      case 'cancel':
        closing = command;
    }
  };
  const feed = (event: Event): void => {
    if (roundTrip) state = JSON.parse(JSON.stringify(state)) as RunState;
    for (const command of apply(pipeline, state, event, fuel)) issue(command);
  };

  const waiting = [...(script.decisions ?? [])];
  for (const decision of waiting.filter(({ at }) => at !== undefined)) {
    const at = START + decision.at!;
    schedule(at, () => ({ type: 'decisionReceived', at, via: decision.via ?? 'update', decision: decided(decision) }));
  }
  const prompt = waiting.filter(({ at }) => at === undefined);
  if (script.cancelAt !== undefined) schedule(START + script.cancelAt, () => ({ type: 'cancelRequested', at: START + script.cancelAt! }));

  feed({ type: 'started', at: START });
  while (!closing) {
    const next = prompt.findIndex(({ request }) => Object.hasOwn(state.requests, request));
    if (next >= 0) {
      const [decision] = prompt.splice(next, 1);
      feed({ type: 'decisionReceived', at: now, via: decision!.via ?? 'update', decision: decided(decision!) });
      continue;
    }
    due.sort((a, b) => a.at - b.at || a.order - b.order);
    const soonest = due.shift();
    if (!soonest || (script.until !== undefined && soonest.at > START + script.until)) break;
    now = Math.max(now, soonest.at);
    const event = soonest.event();
    if (event) feed(event);
  }
  const last = closing as Extract<Command, { result: RunResult }> | null;
  return { ...told, state, result: last?.result ?? null, failure: last?.type === 'fail' ? last.failure : null, elapsed: now - START };
}

const decided = ({ request, data, by }: { request: string; data: Json; by?: string }) => ({
  requestId: request,
  data,
  ...(by !== undefined && { by }),
});

function isAnswer(answer: Answer | undefined, key: string): boolean {
  return typeof answer === 'object' && answer !== null && !Array.isArray(answer) && Object.hasOwn(answer, key);
}

function closingEvent(command: Extract<Command, { call: unknown }>, answer: Answer | undefined): Event {
  const { id } = command;
  if (answer === undefined) {
    const error = { type: 'Error', message: 'No more outputs available', nonRetryable: true };
    return { type: 'callFailed', id, at: 0, failure: { cause: 'error', error, billed: 'no' } };
  }
  if (isAnswer(answer, 'failure')) return { type: 'callFailed', id, at: 0, failure: (answer as { failure: never }).failure };
  if (isAnswer(answer, 'outcome')) return { type: 'callCompleted', id, at: 0, outcome: (answer as { outcome: CallOutcome }).outcome };
  const full = (isAnswer(answer, 'output') ? answer : { output: answer }) as {
    output: Json;
    usage?: UsageReport | null;
    contextPatch?: { [key: string]: Json };
  };
  const usage = full.usage === undefined && command.type === 'callAgent' ? { costUsd: '0', tokens: 0 } : (full.usage ?? null);
  const schema = command.type === 'callAgent' ? (command.call as AgentCall).outputSchema : undefined;
  const violations = schema === undefined ? [] : validate(schema, full.output);
  const outcome: CallOutcome =
    violations.length > 0
      ? { outcome: 'invalid', violations: formatViolations(violations), usage }
      : { outcome: 'ok', output: full.output, usage, ...(full.contextPatch && { contextPatch: full.contextPatch }) };
  return { type: 'callCompleted', id, at: 0, outcome };
}

/** `costs(5, 0.2)`: a report of 5 tokens and 0.2 USD. */
export const costs = (tokens: number, costUsd: number) => ({ tokens, costUsd });
export const thrown = (type: string, message: string, nonRetryable = false): Answer => ({
  outcome: { outcome: 'failed', error: { type, message, ...(nonRetryable && { nonRetryable: true }) }, usage: costs(0, 0) },
});
