import type { Json, JsonObject, JsonSchema, ModelOptions, StepKind } from '../pipeline/ir/types.js';
import type { RunFailure, RunResult } from './results.js';

/** What the engine wants done. Data only; the driver carries it out and answers with one closing event per call or timer. */
export type Command =
  | { readonly type: 'callAgent'; readonly id: string; readonly call: AgentCall }
  | { readonly type: 'callTool'; readonly id: string; readonly call: ToolCall }
  /** Ask every call in flight to stop; each still closes with an event of its own. */
  | { readonly type: 'cancelCalls' }
  | { readonly type: 'startTimer'; readonly id: string; readonly at: number; readonly summary: string }
  | { readonly type: 'cancelTimer'; readonly id: string }
  /** What an outside observer sees has changed: status, open requests or spend. */
  | { readonly type: 'publish' }
  | { readonly type: 'log'; readonly level: 'info' | 'warn'; readonly message: string }
  /** The work of one activation is used up; go on with the event `resumed` in a new one. */
  | { readonly type: 'yield' }
  | { readonly type: 'complete'; readonly result: RunResult }
  | { readonly type: 'fail'; readonly failure: RunFailure; readonly result: RunResult }
  | { readonly type: 'cancel'; readonly result: RunResult };

/** Common to every external call. It is the input of the activity, so it holds what the callee gets and nothing else. */
interface Call {
  /**
   * The call's own name in the run and its idempotency key, stable over replay and over fresh calls after a loss:
   * `{path}#{try}.{turn}` for an agent's turn, `{path}#{try}/{role}:{name}.{n}` for anything else.
   */
  readonly callId: string;
  readonly step: StepReference;
  /** Milliseconds; bounds each transport try. No bound when absent. */
  readonly timeout?: number;
}
export interface StepReference {
  readonly name: string;
  readonly path: string;
  readonly kind: StepKind;
  /** From 1; 0 for what runs before the first try. */
  readonly try: number;
}

/** One model turn. */
export interface AgentCall extends Call {
  /** From 1 within the try. */
  readonly turn: number;
  readonly agent: string;
  /** `provider:model` */
  readonly model: string;
  /** Rendered. */
  readonly system?: string;
  /** What the agent is asked: text as it is, anything else as compact JSON text. */
  readonly input: Json;
  readonly outputSchema?: JsonSchema;
  readonly options?: ModelOptions;
}

export interface ToolCall extends Call {
  readonly role: 'tool' | 'mapper';
  readonly tool: string;
  readonly input: Json;
  /** Texts of the previous failed try of a tool step. */
  readonly feedback?: string;
  /** Snapshot of the context, cut by the step's `reads`. */
  readonly context: JsonObject;
}

/** A token and cost report as the callee gave it; unchecked. A number that JSON cannot hold stands as its text (`"NaN"`). */
export interface UsageReport {
  readonly costUsd?: Json;
  readonly tokens?: Json;
  readonly inputTokens?: Json;
  readonly outputTokens?: Json;
}

/**
 * What a call returned. Everything that may have been billed comes back as a value, so that nothing repeats it;
 * `usage` absent or null means that no report reached us.
 */
export type CallOutcome = {
  readonly usage?: UsageReport | null;
  /** For logs: what the callee or the boundary had to say (`structured output repaired`). */
  readonly warnings?: readonly string[];
} & (
  | { readonly outcome: 'ok'; readonly output: Json; readonly contextPatch?: JsonObject }
  /** Violates the output schema; `violations` is `{path}: {violation}; …`. */
  | { readonly outcome: 'invalid'; readonly violations: string }
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'truncated'; readonly tokens: number }
  /** Thrown by the callee or a broken answer: may have been billed. */
  | { readonly outcome: 'failed'; readonly error: CallError }
  /** No result within the call's `timeout`. */
  | { readonly outcome: 'timedOut' }
  /** Cancelled in flight. */
  | { readonly outcome: 'aborted' }
  /** An earlier attempt of the same activity died in mid-call; this one made no call. */
  | { readonly outcome: 'lost' }
  /** `what at path`, as the boundary words it. */
  | { readonly outcome: 'notSerializable'; readonly what: string; readonly path: string }
);

/** `type` is the error's name (`HttpError`, `TypeError`); nonRetryable ends the step's tries. */
export interface CallError {
  readonly type: string;
  readonly message: string;
  readonly nonRetryable?: boolean;
}

/** The far side of the calls: what a worker offers. The names are the activity types, so that a timeline reads `agent • draft · try 2`. */
export interface Activities {
  agent(call: AgentCall, meta: CallMeta): Promise<CallOutcome>;
  tool(call: ToolCall, meta: CallMeta): Promise<CallOutcome>;
}

/** What a callee's side needs beside the call. */
export interface CallMeta {
  /** `{first execution's run id}/{callId}`: the idempotency key, one per call over retries, replay and continue-as-new. */
  readonly key: string;
}
