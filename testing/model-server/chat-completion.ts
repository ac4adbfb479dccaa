import type { Answer, ScriptedUsage } from './script.js';

/** An HTTP answer; `usage` is what it reports and what the bill says, null when it is free of charge. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
  readonly billed: ScriptedUsage | null;
}

const NOTHING: ScriptedUsage = { costUsd: '0', inputTokens: 0, outputTokens: 0, tokens: 0 };

/** Renders a scripted answer in the form of Chat Completions. An answer that hangs has no form. */
export function renderAnswer(answer: Exclude<Answer, { kind: 'hang' }>, model: string, created: number): HttpAnswer {
  const { usage } = answer;
  switch (answer.kind) {
    case 'output':
      return completion({ content: textOf(answer.output) }, 'stop', usage === undefined ? NOTHING : usage, model, created);
    case 'refused':
      return completion({ content: null, refusal: answer.reason }, 'stop', usage === undefined ? NOTHING : usage, model, created);
    case 'truncated': {
      const cut = { ...NOTHING, outputTokens: answer.tokens, tokens: answer.tokens };
      return completion({ content: '' }, 'length', usage === undefined ? cut : usage, model, created);
    }
    case 'error': {
      // Status 200: the model has worked, the answer is none.
      const error = { type: answer.type, message: answer.message, ...(answer.nonRetryable && { non_retryable: true }) };
      return json(200, { error, usage: reported(usage ?? null) }, usage ?? {});
    }
    case 'http': {
      const { status, retryAfter } = answer;
      const body = { error: { message: `scripted status ${status}` }, ...(usage && { usage: reported(usage) }) };
      return {
        ...json(status, body, usage ?? null),
        ...(retryAfter !== undefined && { headers: { ...JSON_HEADERS, 'retry-after': retryAfter } }),
      };
    }
    case 'raw':
      return { status: answer.status, headers: { ...JSON_HEADERS, ...answer.headers }, body: answer.body, billed: usage ?? null };
  }
}

export function errorAnswer(status: number, message: string): HttpAnswer {
  return json(status, { error: { message } }, null);
}

const JSON_HEADERS = { 'content-type': 'application/json' };

function json(status: number, body: unknown, billed: ScriptedUsage | null): HttpAnswer {
  return { status, headers: JSON_HEADERS, body: JSON.stringify(body), billed };
}

function completion(message: object, finishReason: string, usage: ScriptedUsage | null, model: string, created: number): HttpAnswer {
  const choice = { index: 0, message: { role: 'assistant', ...message }, finish_reason: finishReason };
  const body = { id: 'scripted', object: 'chat.completion', created, model, choices: [choice], usage: reported(usage) };
  return json(200, body, usage ?? {});
}

function textOf(output: unknown): string {
  return typeof output === 'string' ? output : JSON.stringify(output);
}

/** The parts under their names on the wire; a number that JSON cannot hold as its text. */
function reported(usage: ScriptedUsage | null): object | null {
  if (usage === null) return null;
  const parts = {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.tokens,
    cost_usd: usage.costUsd,
  };
  return Object.fromEntries(
    Object.entries(parts).map(([name, part]) => [name, typeof part === 'number' && !Number.isFinite(part) ? String(part) : part]),
  );
}
