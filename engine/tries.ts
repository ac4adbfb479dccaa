import { formatDuration } from '../pipeline/values/duration.js';
import { isObject } from '../pipeline/values/json.js';
import type { CallOutcome } from './commands.js';
import type { Vocabulary } from './kind.js';
import type { TryOutcome } from './results.js';
import type { End, Frame, Json } from './state.js';

/** Fresh calls after a lost one. */
export const MAX_FRESH_CALLS = 3;

/** Turns the outcome of a try's call into the end of the try. */
export function judge(run: Vocabulary, frame: Frame, outcome: CallOutcome, callee: 'Agent' | 'Tool', timeout: number | undefined): void {
  const end = endOf(outcome, frame, callee, timeout);
  recordTry(frame, outcome, end.feedback);
  run.finish(frame, end);
}

/** A leaf's record of one try. */
export function recordTry(frame: Frame, outcome: CallOutcome, feedback: string | null): void {
  frame.tries.push({ n: frame.try, outcome: tryOutcome(outcome), feedback, usage: frame.tryUsage });
}

function tryOutcome({ outcome }: CallOutcome): TryOutcome {
  return outcome === 'failed' || outcome === 'lost' || outcome === 'notSerializable' ? 'agentFailed' : outcome;
}

function endOf(outcome: CallOutcome, frame: Frame, callee: string, timeout: number | undefined): End {
  const ended = (feedback: string, texts: string | null = ''): End => ({
    success: false,
    output: null,
    feedback,
    attempts: frame.try,
    ...(texts !== null && { retry: { texts } }),
  });
  switch (outcome.outcome) {
    case 'ok': {
      const { output, contextPatch } = outcome;
      return { success: true, output, feedback: null, attempts: frame.try, ...(contextPatch && { contextPatch }) };
    }
    case 'invalid':
      return ended(`Invalid output: ${outcome.violations}`, outcome.violations);
    case 'refused':
      return ended(`${callee} refused: ${outcome.reason}`);
    case 'truncated':
      return ended(`${callee} output was cut at ${outcome.tokens} tokens`);
    case 'failed':
      return ended(`${callee} execution failed with ${errorText(outcome, timeout)}`, outcome.error.nonRetryable ? null : '');
    default:
      return ended(`${callee} execution failed with ${errorText(outcome, timeout)}`);
  }
}

/** `{Type}: {message}` of a call without a value. */
export function errorText(outcome: CallOutcome, timeout: number | undefined): string {
  switch (outcome.outcome) {
    case 'failed':
      return `${outcome.error.type}: ${outcome.error.message}`;
    case 'timedOut':
      return `TimeoutError: no result${timeout === undefined ? ' in time' : ` after ${formatDuration(timeout)}`}`;
    case 'aborted':
      return 'AbortError: the call was stopped';
    case 'lost':
      return `WorkerLost: no result after ${MAX_FRESH_CALLS + 1} calls`;
    case 'refused':
      return `Refused: ${outcome.reason}`;
    default:
      return `InvalidOutput: ${outcome.outcome}`;
  }
}

/** The next try's input: the step's own input and the texts of the try that failed. */
export function withFeedback(input: Json, texts: string): Json {
  if (texts === '') return input;
  if (typeof input === 'string') return `${input}\n\n[Feedback on the previous attempt]\n${texts}`;
  if (!isObject(input)) return { input, feedback: texts };
  const existing = Object.hasOwn(input, 'feedback') ? input['feedback'] : undefined;
  return { ...input, feedback: typeof existing === 'string' ? `${existing}\n${texts}` : texts };
}
