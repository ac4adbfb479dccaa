import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Info } from '@temporalio/activity';
import { createActivities, createModels } from '../../../activities/index.js';
import { defineRegistry } from '../../../activities/registry.js';
import type { Registry } from '../../../activities/registry.js';
import type { Environment, Providers } from '../../../activities/agent/requirements.js';
import type { AgentCall, CallOutcome, ToolCall } from '../../../engine/commands.js';

const STEP = { name: 's', path: 's', kind: 'agent', try: 1 } as const;
const QUIET = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, log: () => {} };

/** What an activity did: its value, or what it threw, and its heartbeats. */
export interface Ran {
  readonly outcome?: CallOutcome;
  readonly thrown?: Thrown;
  readonly heartbeats: readonly unknown[];
}
export interface Thrown {
  readonly name: string;
  readonly type?: string;
  readonly message: string;
  readonly nonRetryable?: boolean;
  readonly details?: readonly unknown[];
  readonly nextRetryDelay?: unknown;
  readonly cause?: unknown;
}

export interface Surroundings {
  readonly info?: Partial<Info>;
  readonly env?: Environment;
  readonly providers?: Providers;
  readonly registry?: Registry;
  /** Gets the environment's cancel once the first heartbeat was seen. */
  readonly onSent?: (cancel: MockActivityEnvironment['cancel']) => void;
}

export function agentCall(call: Partial<AgentCall> = {}): AgentCall {
  return { callId: 's#1.1', step: STEP, turn: 1, agent: 'w', model: 'scripted:w', input: 'hello', ...call };
}

export function toolCall(call: Partial<ToolCall> = {}): ToolCall {
  return { callId: 's#1/tool:t.1', step: { ...STEP, kind: 'tool' }, role: 'tool', tool: 't', input: {}, context: {}, ...call };
}

export const runAgent = (call: AgentCall, surroundings: Surroundings = {}) =>
  run(surroundings, (activities) => activities.agent(call, { key: `run-1/${call.callId}` }));

export const runToolActivity = (call: ToolCall, surroundings: Surroundings = {}) =>
  run(surroundings, (activities) => activities.tool(call, { key: `run-1/${call.callId}` }));

async function run(
  { info, env = {}, providers = {}, registry = defineRegistry({}), onSent }: Surroundings,
  start: (activities: ReturnType<typeof createActivities>) => Promise<CallOutcome>,
): Promise<Ran> {
  const activity = new MockActivityEnvironment({ attempt: 1, ...info }, { logger: QUIET });
  const heartbeats: unknown[] = [];
  activity.on('heartbeat', (details: unknown) => {
    heartbeats.push(details);
    if (heartbeats.length === 1) onSent?.(activity.cancel);
  });
  const activities = createActivities({ registry, models: createModels({ env, providers }) });
  try {
    return { outcome: await activity.run(() => start(activities)), heartbeats };
  } catch (error) {
    return { thrown: error as Thrown, heartbeats };
  }
}

/** A loopback server that answers as told and remembers what it was asked. */
export async function serveAnswers(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void) {
  const requests: { url: string; headers: IncomingMessage['headers']; body: Record<string, unknown> }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      requests.push({ url: request.url ?? '', headers: request.headers, body: JSON.parse(body) as Record<string, unknown> });
      answer(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    requests,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
