import type { Json, JsonObject, Limits, Pipeline, StepKind } from '../pipeline/ir/types.js';
import type { Command } from './commands.js';
import type { Decision } from './events.js';
import type { RunOptions } from './options.js';
import type { RunFailure, StepResult, TryResult, Usage } from './results.js';

/**
 * Everything a run knows, as plain JSON.
 * E1: between any two events it survives `JSON.parse(JSON.stringify(state))`. Views derived from it hang under symbols.
 */
export interface RunState {
  readonly stateVersion: 1;
  readonly runId: string;
  readonly input: Json;
  readonly options: RunOptions;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  now: number;
  mode: 'running' | 'closing' | 'closed';
  /** Why the run is closing; absent for a run that completes. */
  ending?: Ending;
  /** Positions, by path; a child stands after its parent. The root sequence has the path ''. */
  frames: { [path: string]: Frame };
  /** Calls in flight by lineId. */
  calls: { [id: string]: CallEntry };
  timers: { [id: string]: TimerEntry };
  ledger: Ledger;
  requests: { [id: string]: RequestEntry };
  /** The last requests that have their outcome, oldest first. */
  closedRequests: ClosedRequest[];
  /** Signals for steps not yet reached. */
  earlyDecisions: Decision[];
  hitlHistory: HitlEntry[];
  /** Continuations still to run after a yield, last first. */
  ready: Work[];
}

/** A continuation to run: the frame at `path` goes on at `name` with `value`. */
export type Work = [path: string, name: string, value: unknown];

export type Ending =
  { readonly kind: 'failed'; readonly failure: RunFailure; readonly exitReason: string } | { readonly kind: 'cancelled' };

/** Where a frame's definition stands in its parent's: a step's index, or the way to a list of steps. */
export type Part = number | readonly string[];

/** One position in a run. Fields stand in one order, made by one function, so that all frames have one shape. */
export interface Frame<Own = unknown> {
  readonly path: string;
  readonly parent: string | null;
  readonly kind: StepKind | 'sequence';
  readonly part: Part;
  /** The continuation of the parent that takes this frame's result. */
  readonly then: string;
  readonly startedAt: number;
  input: Json;
  /** Context fields that differ from the parent's view. They change only while the frame has no live child. */
  writes: JsonObject | null;
  /** From 1 once the kind has been entered. */
  try: number;
  /** Texts of the last failed try, for the next one. */
  feedback: string | null;
  tries: TryResult[];
  tryUsage: Usage;
  usage: Usage;
  /** Calls made in this try by role and name. */
  counts: { [role: string]: number };
  metadata: JsonObject;
  branchContext: JsonObject | null;
  steps: StepResult[];
  own: Own;
}

export interface CallEntry {
  readonly path: string;
  /** Continuation that takes the value: the outcome, or for a mapper its output. */
  readonly then: string;
  /** Of a mapper: the continuation that takes the error text. */
  readonly failed: string | null;
  /** The command as issued; a fresh call after a loss repeats it under a new id. */
  readonly command: Extract<Command, { call: unknown }>;
  readonly losses: number;
  readonly reservation: Reservation;
}

/** What a call may cost. `costUsd` null: the cost can't be known; `paid` false: charged only what it reports. */
export interface Reservation {
  readonly paid: boolean;
  readonly costUsd: string | null;
  readonly tokens: number;
  /** `provider:model` of an agent's turn. */
  readonly model: string | null;
  /** Scopes around the call, innermost first. */
  readonly scopes: readonly string[];
}

export interface TimerEntry {
  readonly path: string;
  readonly then: string;
}

export interface Ledger {
  /** By step path, or `run`. */
  scopes: { [scope: string]: Scope };
  total: Usage;
  /** Lines charged at their reservation, by lineId; a settled line folds into the totals at once. */
  unsettled: { [id: string]: UnsettledLine };
}
export interface Scope {
  readonly limits: Limits;
  settled: Amounts;
  unsettled: Amounts;
  reserved: Amounts;
}
export interface Amounts {
  costUsd: string;
  tokens: number;
}
export interface UnsettledLine extends Amounts {
  readonly path: string;
  readonly try: number;
  readonly scopes: readonly string[];
}

export interface RequestEntry {
  readonly path: string;
  readonly then: string;
  readonly message: string;
  readonly form: Json;
  readonly data: Json;
  readonly createdAt: number;
  readonly deadline: number | null;
}
export interface ClosedRequest {
  readonly id: string;
  readonly outcome: 'decided' | 'timed out' | 'cancelled';
  readonly by: string | null;
  readonly at: number;
}
export interface HitlEntry {
  readonly requestId: string;
  readonly message: string;
  readonly decision: Json;
  readonly by: string | null;
  readonly at: string;
  readonly timedOut?: true;
}

/** What a frame hands to its parent. */
export interface Done {
  readonly result: StepResult;
  readonly writes: JsonObject | null;
}

/** How a step's work, or one try of it, ended. */
export interface End {
  readonly success: boolean;
  readonly output: Json;
  readonly feedback: string | null;
  readonly attempts: number;
  /** May another try follow? `texts` go into its input. */
  readonly retry?: { readonly texts: string };
  readonly contextPatch?: JsonObject;
}

export type { Decision, Json, JsonObject, Pipeline };
