import type { Json } from '../pipeline/ir/types.js';
import type { CallError, CallOutcome, UsageReport } from './commands.js';

/** What happened. `at` is the workflow clock in milliseconds since the epoch. */
export type Event = { readonly at: number } & (
  | { readonly type: 'started' }
  | { readonly type: 'callCompleted'; readonly id: string; readonly outcome: CallOutcome }
  | { readonly type: 'callFailed'; readonly id: string; readonly failure: CallFailure }
  /** Cancelled without a report. */
  | { readonly type: 'callCancelled'; readonly id: string }
  | { readonly type: 'timerFired'; readonly id: string }
  | { readonly type: 'decisionReceived'; readonly decision: Decision; readonly via: 'update' | 'signal' }
  | { readonly type: 'cancelRequested' }
  | { readonly type: 'resumed' }
);

/** A call that ended without a value. */
export interface CallFailure {
  readonly cause: 'error' | 'timeout' | 'workerLost';
  readonly error: CallError;
  /** `no`: proved unbilled, the reservation is released. `yes`: `usage` came with the last heartbeat. */
  readonly billed: 'no' | 'unknown' | 'yes';
  readonly usage?: UsageReport | null;
}

export interface Decision {
  readonly requestId: string;
  readonly data: Json;
  readonly by?: string;
}
