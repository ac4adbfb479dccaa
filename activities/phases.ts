import type { Context } from '@temporalio/activity';
import type { CallOutcome, UsageReport } from '../engine/commands.js';
import { isObject } from '../pipeline/values/json.js';
import { readUsageReport } from './failures.js';

/*
 * How far a call got, told to the server by heartbeats, so that a crash leaves an account of what may have been billed.
 * P1: `sent` is the attempt's first heartbeat and precedes the request; only the first one leaves without delay.
 * P2: every heartbeat carries the whole phase; one without details would erase it.
 * P3: one reservation covers one paid call: an attempt that cannot prove its predecessor free makes no call.
 */
export type Phase = { readonly attempt: number; readonly call: string } & (
  { readonly phase: 'sent' | 'unbilled' } | { readonly phase: 'billed'; readonly usage: UsageReport }
);

export interface Phases {
  /** Right before the request leaves. */
  sent(): void;
  /** Proved unbilled; right before throwing. */
  unbilled(): void;
  /** As soon as a report is known. */
  billed(usage: UsageReport): void;
  /** Ends the keep-alive heartbeats. */
  stop(): void;
}

const DEFAULT_HEARTBEAT_TIMEOUT_MS = 10_000;

export function startPhases(context: Context, callId: string): Phases {
  const { attempt, heartbeatTimeoutMs } = context.info;
  // Details stay below 1 KiB; the end of a long id tells calls apart.
  const call = callId.slice(-200);
  let current: Phase;
  let keepAlive: NodeJS.Timeout | undefined;
  const enter = (phase: Phase) => {
    current = phase;
    context.heartbeat(current);
    keepAlive ??= setInterval(() => context.heartbeat(current), (heartbeatTimeoutMs || DEFAULT_HEARTBEAT_TIMEOUT_MS) / 3).unref();
  };
  return {
    sent: () => enter({ phase: 'sent', attempt, call }),
    unbilled: () => enter({ phase: 'unbilled', attempt, call }),
    billed: (usage) => enter({ phase: 'billed', attempt, call, usage }),
    stop: () => clearInterval(keepAlive),
  };
}

/**
 * What this attempt must return without a call because an earlier one may have been billed; null when it may call.
 * The server keeps the last details over retries, so a phase counts as free only with the number of the attempt just before.
 */
export function lostBefore(context: Context): CallOutcome | null {
  const { attempt, heartbeatDetails } = context.info;
  if (attempt <= 1) return null;
  const phase: unknown = heartbeatDetails;
  if (!isObject(phase)) return { outcome: 'lost' };
  if (phase['phase'] === 'unbilled' && phase['attempt'] === attempt - 1) return null;
  if (phase['phase'] === 'billed' && isObject(phase['usage'])) return { outcome: 'lost', usage: readUsageReport(phase['usage']) };
  return { outcome: 'lost' };
}
