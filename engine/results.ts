import type { Json, JsonObject, StepKind } from '../pipeline/ir/types.js';

/** Tokens and decimal USD; sums are exact. */
export interface Usage {
  readonly costUsd: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly tokens: number;
  /** Calls whose usage was charged. */
  readonly calls: number;
  /** The part of the totals that was charged at a reservation instead of a report. */
  readonly estimated?: { readonly costUsd: string; readonly tokens: number; readonly calls: number };
  /** Calls whose cost or tokens could be neither reported, priced nor estimated. */
  readonly unknownCalls?: number;
}

export type Status = 'completed' | 'failed' | 'cancelled';

export interface StepResult {
  readonly name: string;
  readonly path: string;
  readonly kind: StepKind | 'sequence';
  readonly status: Status;
  readonly success: boolean;
  readonly output: Json;
  readonly attempts: number;
  readonly usage: Usage;
  readonly latencyMs: number;
  readonly feedback: string | null;
  readonly metadata: JsonObject;
  /** Leaf steps only. */
  readonly tries?: readonly TryResult[];
  /** Containers: the context at their end, also when they failed. */
  readonly branchContext?: JsonObject;
  readonly steps: readonly StepResult[];
}

export interface TryResult {
  readonly n: number;
  readonly outcome: TryOutcome;
  readonly feedback: string | null;
  readonly usage: Usage;
}
export type TryOutcome = 'ok' | 'agentFailed' | 'timedOut' | 'aborted' | 'invalid' | 'refused' | 'truncated';

export interface RunResult {
  readonly runId: string;
  readonly pipeline: { readonly name: string; readonly version: string | null; readonly fingerprint: string };
  readonly status: Status;
  readonly success: boolean;
  readonly output: Json;
  readonly context: JsonObject;
  readonly usage: Usage;
  readonly steps: readonly StepResult[];
  readonly failure?: RunFailure;
  /** What a result above 512 KiB left out. */
  readonly omitted?: { readonly steps?: true; readonly outputs?: true; readonly tries?: true; readonly context?: true };
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string;
}

export type FailureType =
  | 'StepFailed'
  | 'UsageLimitExceeded'
  | 'PricingNotConfigured'
  | 'NotSerializable'
  | 'InvalidDefinition'
  | 'InvalidInput'
  | 'ContextInvalid'
  | 'InternalError';

export interface RunFailure {
  readonly type: FailureType;
  readonly message: string;
  readonly stepPath: string | null;
  /** Of a `UsageLimitExceeded`. Amounts are decimal USD text or token counts, by `limit.kind`. */
  readonly limit?: { readonly kind: 'costUsd' | 'tokens'; readonly value: string | number; readonly scope: string };
  readonly reason?: 'settlement' | 'reservation';
  readonly settled?: string | number;
  readonly unsettled?: string | number;
  readonly reserved?: string | number;
  readonly requested?: string | number;
}

/** A person is asked. Times are ISO 8601. */
export interface Request {
  readonly id: string;
  readonly stepPath: string;
  readonly message: string;
  readonly form: Json;
  readonly data: Json;
  readonly createdAt: string;
  readonly deadline: string | null;
}

/** Where an open run stands. */
export interface Snapshot {
  readonly status: 'running' | 'paused' | Status;
  readonly steps: readonly StepResult[];
  /** Steps that have begun and not ended, outermost first. */
  readonly active: readonly { readonly path: string; readonly kind: StepKind; readonly try: number; readonly since: string }[];
  readonly context: JsonObject;
  readonly usage: Usage;
  readonly requests: readonly Request[];
}

/** A limit in force and how much of it is used. */
export interface LimitUse {
  readonly scope: string;
  readonly kind: 'costUsd' | 'tokens';
  readonly value: string | number;
  readonly settled: string | number;
  readonly unsettled: string | number;
  readonly reserved: string | number;
}
/** The query `usage`. */
export interface UsageView {
  readonly usage: Usage;
  readonly limits: readonly LimitUse[];
  /** Calls charged at their reservation because no report of them came. */
  readonly unsettled: readonly { readonly id: string; readonly path: string; readonly costUsd: string; readonly tokens: number }[];
}
