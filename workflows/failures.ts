import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from '@temporalio/common';
import type { UsageReport } from '../engine/commands.js';
import type { CallFailure, Event } from '../engine/events.js';
import type { RunFailure, RunResult } from '../engine/results.js';

/**
 * The closing event of a call whose activity failed.
 * Only what proves that nothing was billed releases its reservation; a lost or timed-out call is settled from its last heartbeat, or stays charged.
 */
export function closingEvent(id: string, error: unknown, at: number): Event {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof CancelledFailure) return { type: 'callCancelled', id, at };
  return { type: 'callFailed', id, at, failure: failureOf(cause) };
}

function failureOf(cause: unknown): CallFailure {
  if (cause instanceof TimeoutFailure) return timeoutOf(cause);
  if (cause instanceof ApplicationFailure) {
    const [details] = (cause.details ?? []) as [{ billed?: unknown }?];
    const error = { type: cause.type ?? 'Error', message: cause.message, ...(cause.nonRetryable && { nonRetryable: true }) };
    return { cause: 'error', error, billed: details?.billed === 'no' ? 'no' : 'unknown' };
  }
  const { name, message } = cause instanceof Error ? cause : { name: 'Error', message: String(cause) };
  return { cause: 'error', error: { type: name, message }, billed: 'unknown' };
}

function timeoutOf(failure: TimeoutFailure): CallFailure {
  const phase = failure.lastHeartbeatDetails as { phase?: unknown; usage?: UsageReport | null } | undefined;
  const error = { type: 'TimeoutError', message: failure.message };
  // It never started, so nothing was sent.
  if (failure.timeoutType === 'SCHEDULE_TO_START') return { cause: 'timeout', error, billed: 'no' };
  const cause = failure.timeoutType === 'HEARTBEAT' ? 'workerLost' : 'timeout';
  if (phase?.phase === 'billed') return { cause, error, billed: 'yes', usage: phase.usage ?? null };
  return { cause, error, billed: 'unknown' };
}

/** What a failed run closes with: the failure's type, its message, and the result so far in the details. */
export function runFailed(failure: RunFailure, result: RunResult): ApplicationFailure {
  return ApplicationFailure.create({ type: failure.type, message: failure.message, nonRetryable: true, details: [result] });
}
