import type { Context } from '@temporalio/activity';
import { APICallError, generateText, Output } from 'ai';
import type { GenerateTextResult } from 'ai';
import type { AgentCall, CallError, CallOutcome } from '../../engine/commands.js';
import type { Json, JsonSchema } from '../../pipeline/values/json.js';
import { isObject } from '../../pipeline/values/json.js';
import { formatViolations, validate } from '../../pipeline/schema/validate.js';
import { checkValue } from '../boundary-outcome.js';
import { connectionError, describeError, httpError, isError, tidyMessage, UnbilledError } from '../failures.js';
import { performCall } from '../perform-call.js';
import { providerOptions } from './providers.js';
import type { Model, Models } from './providers.js';
import { recordExchange } from './recorded-exchange.js';
import type { Exchange } from './recorded-exchange.js';
import { splitModel } from './requirements.js';
import { modesFor, readings, schemaInstruction } from './structured-output.js';
import type { StructuredMode } from './structured-output.js';

// The library prints what it leaves out of a request; a worker's log is no place for it.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

/** One model turn: asks, reads the answer, and returns whatever may have been billed as a value. */
export async function runTurn(context: Context, call: AgentCall, key: string, models: Models): Promise<CallOutcome> {
  return performCall(context, call, models.redact, async (attempt) => {
    const model = models.resolve(call.model);
    const schema = call.outputSchema;
    const modes = schema === undefined ? [null] : modesFor(schema, model.structured);
    let exchange: Exchange | undefined;
    let refusal: unknown;
    for (const mode of modes) {
      exchange = recordExchange(model.kind, attempt.sent);
      try {
        const answer = await ask(model, call, mode, key, attempt.signal, exchange);
        if (exchange.usage) attempt.billed(exchange.usage);
        return withUsage(readAnswer(answer, exchange, call, models), exchange);
      } catch (error) {
        if (exchange.usage) attempt.billed(exchange.usage);
        // Refused by the library before anything left, for instance a schema that it cannot express: one rung down.
        if (exchange.sent || attempt.signal.aborted) return withUsage(outcomeOfError(error, exchange, models), exchange);
        refusal = error;
      }
    }
    throw new UnbilledError('InvalidRequest', describeError(refusal, models.redact).message, true);
  });
}

type Answer = GenerateTextResult<Record<string, never>, ReturnType<typeof Output.text>>;

async function ask(
  model: Model,
  call: AgentCall,
  mode: StructuredMode | null,
  key: string,
  signal: AbortSignal,
  exchange: Exchange,
): Promise<Answer> {
  const schema = call.outputSchema;
  const instruction = schema === undefined || mode === 'schema' || mode === null ? [] : [schemaInstruction(schema)];
  const system = [...(call.system === undefined ? [] : [call.system]), ...instruction].join('\n\n');
  const provider = splitModel(call.model)!.provider; // resolved before
  return generateText({
    model: model.open(exchange.fetch),
    ...(system !== '' && { system }),
    messages: [{ role: 'user', content: typeof call.input === 'string' ? call.input : JSON.stringify(call.input) }],
    ...call.options,
    maxRetries: 0,
    abortSignal: signal,
    headers: { 'Idempotency-Key': key },
    ...(schema !== undefined &&
      mode === 'schema' && { output: textFor({ schema }), providerOptions: providerOptions(model, provider, schema) }),
    ...(mode === 'json' && { output: textFor({}) }),
  });
}

/** The answer's text, asked for as JSON: reading it is ours, so that a bad one keeps its usage. */
function textFor({ schema }: { schema?: JsonSchema }): ReturnType<typeof Output.text> {
  // The library types schemas more narrowly than JSON Schema is.
  const format = { type: 'json' as const, ...(schema !== undefined && { schema: schema as object, name: 'output' }) };
  return { ...Output.text(), responseFormat: Promise.resolve(format) };
}

function readAnswer(answer: Answer, exchange: Exchange, call: AgentCall, models: Models): CallOutcome {
  const { text, finishReason, rawFinishReason } = answer;
  switch (finishReason) {
    case 'content-filter':
      return { outcome: 'refused', reason: tidyMessage(refusalText(exchange.body) ?? rawFinishReason ?? finishReason, models.redact) };
    case 'length': {
      const tokens = exchange.usage?.outputTokens;
      return { outcome: 'truncated', tokens: typeof tokens === 'number' ? tokens : (call.options?.maxOutputTokens ?? 0) };
    }
    case 'tool-calls':
      return { outcome: 'failed', error: { type: 'UnexpectedToolCall', message: 'the model asked for a tool, but has none' } };
    case 'error':
      return {
        outcome: 'failed',
        error: { type: 'ModelError', message: tidyMessage(`finished with ${rawFinishReason ?? 'error'}`, models.redact) },
      };
    default:
      return call.outputSchema === undefined ? checkValue(text) : readStructured(text, call.outputSchema);
  }
}

/** The first reading of the text that the schema accepts; what is wrong with the best one when none is. */
function readStructured(text: string, schema: JsonSchema): CallOutcome {
  let invalid: CallOutcome | undefined;
  for (const { value, repaired } of readings(text)) {
    const checked = checkValue(value);
    if (checked.outcome !== 'ok') return checked;
    const violations = validate(schema, checked.output);
    if (violations.length === 0) return { ...checked, ...(repaired && { warnings: ['structured output repaired'] }) };
    // A repaired object says more than that a text is no object.
    if (!invalid || repaired) invalid = { outcome: 'invalid', violations: formatViolations(violations) };
  }
  return invalid!; // the text itself is always a reading
}

/** OpenAI's refusal stands beside the content; other providers give a reason code only. */
function refusalText(body: Json | undefined): string | null {
  const choice = isObject(body) && Array.isArray(body['choices']) ? body['choices'][0] : undefined;
  const message = isObject(choice) ? choice['message'] : undefined;
  const refusal = isObject(message) ? message['refusal'] : undefined;
  return typeof refusal === 'string' && refusal !== '' ? refusal : null;
}

function withUsage(outcome: CallOutcome, { usage }: Exchange): CallOutcome {
  return usage === undefined ? outcome : { ...outcome, usage };
}

function outcomeOfError(error: unknown, exchange: Exchange, models: Models): CallOutcome {
  const { status, headers, usage } = exchange;
  if (status === undefined) {
    const refused = connectionError(error);
    if (refused) throw refused;
    return { outcome: 'failed', error: { type: 'ConnectionError', message: `the connection broke: ${rootMessage(error, models)}` } };
  }
  if (status < 200 || status > 299) {
    const answered = httpError(status, headers ?? null);
    if (!usage) throw answered;
    return {
      outcome: 'failed',
      error: { type: answered.type, message: answered.message, ...(answered.nonRetryable && { nonRetryable: true }) },
    };
  }
  const told = toldError(exchange.body, models);
  if (told) return { outcome: 'failed', error: told };
  const problem =
    APICallError.isInstance(error) && error.responseBody !== undefined
      ? 'not an answer of this protocol'
      : `the answer broke off: ${rootMessage(error, models)}`;
  return { outcome: 'failed', error: { type: 'BrokenAnswer', message: `status ${status}, ${problem}` } };
}

/** The error that an answer of status 200 holds in place of choices; our scripted server marks those that no further try can help. */
function toldError(body: Json | undefined, models: Models): CallError | null {
  const error = isObject(body) ? body['error'] : undefined;
  if (!isObject(error) || typeof error['message'] !== 'string') return null;
  const type = typeof error['type'] === 'string' && error['type'] !== '' ? error['type'] : 'ModelError';
  return {
    type: tidyMessage(type, models.redact, 64),
    message: tidyMessage(error['message'], models.redact),
    ...(error['non_retryable'] === true && { nonRetryable: true }),
  };
}

function rootMessage(error: unknown, models: Models): string {
  let root = error;
  for (let depth = 0; depth < 8 && isError(root) && isError(root.cause); depth++) root = root.cause;
  return describeError(root, models.redact).message;
}
