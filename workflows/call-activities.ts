import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { Activities, AgentCall, CallMeta, CallOutcome, Command, ToolCall } from '../engine/commands.js';

type CallCommand = Extract<Command, { call: unknown }>;

/** A call without `timeout` has no bound that an author could meet; the server wants one. */
const UNBOUNDED = 24 * 3_600_000;
/** A call's own timeout ends it inside the activity; the server's is the net below. Milliseconds. */
const NET = 5_000;
/** Bytes; the server keeps 400. */
const MAX_SUMMARY = 200;

/** Starts calls as activities. Unbilled errors are retried by the policy; everything that may have been billed comes back as a value. */
export function createCaller(options: {
  executionId: string;
  heartbeatTimeout: number;
  callTimeout?: number | undefined;
}): (command: CallCommand) => Promise<CallOutcome> {
  const activities = proxyActivities<Activities>({
    startToCloseTimeout: options.callTimeout ?? UNBOUNDED,
    heartbeatTimeout: options.heartbeatTimeout,
    // Unset it would drop the usage of calls that a breach or a cancellation stops.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s', maximumAttempts: 4 },
  });
  return ({ type, id, call }) => {
    const meta: CallMeta = { key: `${options.executionId}/${call.callId}` };
    const settings = {
      activityId: id,
      summary: summaryOf(call),
      ...(call.timeout !== undefined && { startToCloseTimeout: call.timeout + NET }),
    };
    // The command's type fixes the call's.
    return type === 'callAgent'
      ? activities.agent.executeWithOptions(settings, [call as AgentCall, meta])
      : activities.tool.executeWithOptions(settings, [call as ToolCall, meta]);
  };
}

function summaryOf(call: AgentCall | ToolCall): string {
  const { path, try: n } = call.step;
  const mapper = 'role' in call && call.role === 'mapper' ? ` · ${call.tool}` : '';
  return shortenLeft(`${path} · try ${n}${mapper}`, MAX_SUMMARY);
}

/** Keeps the end, which names the step. Paths are ASCII but for percent-encoded keys, so characters count as bytes within a factor of three. */
export function shortenLeft(text: string, max: number): string {
  return text.length <= max ? text : `…${text.slice(text.length - max + 3)}`;
}
