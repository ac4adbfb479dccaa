import type { Context } from '@temporalio/activity';
import type { CallOutcome, UsageReport } from '../engine/commands.js';
import { failedOutcome, toApplicationFailure, UnbilledError } from './failures.js';
import type { Redact } from './failures.js';
import { lostBefore, startPhases } from './phases.js';

/** What the work of one call gets. */
export interface Attempt {
  /** Fires when the call is cancelled or its time is up. */
  readonly signal: AbortSignal;
  /** Right before the first request of the call leaves, or the tool runs. */
  sent(): void;
  /** As soon as a report is known, before the value is looked at. */
  billed(usage: UsageReport): void;
}

/** What a stopped callee may take to say what it cost. The activity's own timeout is 5 s above the call's. */
const STOP_GRACE_MS = 2_000;
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Carries out one external call: the phases around it, its timeout, its cancellation and what becomes of its errors.
 * Throws only an `ApplicationFailure` that proves that nothing was billed.
 *
 * @param call `timeout` in milliseconds
 */
export async function performCall(
  context: Context,
  call: { readonly callId: string; readonly timeout?: number },
  redact: Redact,
  work: (attempt: Attempt) => Promise<CallOutcome>,
): Promise<CallOutcome> {
  const lost = lostBefore(context);
  if (lost) return lost;

  const phases = startPhases(context, call.callId);
  const stop = watchStop(context, call.timeout);
  let reported: UsageReport | undefined;
  const attempt: Attempt = {
    signal: stop.signal,
    sent: phases.sent,
    billed: (usage) => {
      reported = usage;
      phases.billed(usage);
    },
  };
  try {
    const outcome = await Promise.race([work(attempt), stop.expired]);
    const usage = outcome?.usage ?? reported;
    if (stop.reason) return { outcome: stop.reason, ...(usage !== undefined && { usage }) };
    // Only a stop resolves the race without an outcome.
    return outcome!;
  } catch (error) {
    if (error instanceof UnbilledError) {
      if (!error.nonRetryable) phases.unbilled();
      throw toApplicationFailure(error, redact);
    }
    const outcome = failedOutcome(error, redact);
    const usage = outcome.usage ?? reported;
    return { ...(stop.reason ? { outcome: stop.reason } : outcome), ...(usage !== undefined && { usage }) };
  } finally {
    stop.close();
    phases.stop();
  }
}

type StopReason = 'timedOut' | 'aborted' | 'lost';

interface Stop {
  readonly signal: AbortSignal;
  readonly reason: StopReason | undefined;
  /** Resolves when the callee has had its grace after a stop. */
  readonly expired: Promise<undefined>;
  close(): void;
}

function watchStop(context: Context, timeout: number | undefined): Stop {
  const controller = new AbortController();
  const { promise: expired, resolve: expire } = defer();
  let reason: StopReason | undefined;
  let grace: NodeJS.Timeout | undefined;
  const halt = (why: StopReason) => {
    if (reason) return;
    reason = why;
    grace = setTimeout(expire, STOP_GRACE_MS);
    controller.abort(new DOMException(why === 'timedOut' ? 'The call took too long' : 'The call was stopped', 'AbortError'));
  };
  // A worker that shuts down loses the call; the run goes on and makes a fresh one.
  const onCancel = () => halt(context.cancellationDetails?.workerShutdown ? 'lost' : 'aborted');
  const timer = timeout === undefined ? undefined : setTimeout(() => halt('timedOut'), Math.min(timeout, MAX_TIMER_MS));
  if (context.cancellationSignal.aborted) onCancel();
  context.cancellationSignal.addEventListener('abort', onCancel);
  return {
    signal: controller.signal,
    get reason() {
      return reason;
    },
    expired,
    close: () => {
      clearTimeout(timer);
      clearTimeout(grace);
      context.cancellationSignal.removeEventListener('abort', onCancel);
    },
  };
}

function defer(): { promise: Promise<undefined>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<undefined>((settle) => {
    resolve = () => settle(undefined);
  });
  return { promise, resolve };
}
