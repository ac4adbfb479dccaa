import type { Context } from '@temporalio/activity';
import type { CallOutcome, ToolCall } from '../../engine/commands.js';
import { isObject } from '../../pipeline/values/json.js';
import { checkValue } from '../boundary-outcome.js';
import { readUsageReport, tidyMessage, unbilledByShape, UnbilledError } from '../failures.js';
import type { Redact } from '../failures.js';
import { performCall } from '../perform-call.js';
import type { Attempt } from '../perform-call.js';
import { isToolResult } from '../registry.js';
import type { Registry, ToolDefinition, ToolResult } from '../registry.js';
import { formatIssues } from '../standard-schema.js';
import { watchEventLoop } from './event-loop-watch.js';

/** One call of a registered tool: its input is checked before it, its output and patch after it. */
export async function runTool(context: Context, call: ToolCall, registry: Registry, redact: Redact): Promise<CallOutcome> {
  return performCall(context, call, redact, async (attempt) => {
    const definition = findTool(registry, call.tool);
    const input = await checkInput(definition, call, redact);
    attempt.sent();
    const returned = await run(context, definition, call, input, attempt);
    const result: ToolResult = isToolResult(returned) ? returned : { output: returned };
    const usage = isObject(result.usage) ? readUsageReport(result.usage) : undefined;
    if (usage) attempt.billed(usage);
    return { ...(await readResult(definition, result, registry, redact)), ...(usage && { usage }) };
  });
}

function findTool(registry: Registry, name: string): ToolDefinition {
  const definition = Object.hasOwn(registry.tools, name) ? registry.tools[name] : undefined;
  if (definition) return definition;
  const known = Object.keys(registry.tools).sort().join(', ') || 'none';
  throw new UnbilledError('UnknownTool', `Unknown tool '${name}'. Known: ${known}`, true);
}

async function checkInput(definition: ToolDefinition, call: ToolCall, redact: Redact): Promise<unknown> {
  if (!definition.input) return call.input;
  const result = await definition.input['~standard'].validate(call.input);
  if (result.issues)
    throw new UnbilledError('InvalidInput', tidyMessage(`Input of tool '${call.tool}': ${formatIssues(result.issues)}`, redact), true);
  return result.value;
}

async function run(context: Context, definition: ToolDefinition, call: ToolCall, input: unknown, attempt: Attempt): Promise<unknown> {
  const stopWatch = watchEventLoop((held) =>
    context.log.warn(`Tool '${call.tool}' held the event loop for ${held} ms`, { callId: call.callId }),
  );
  try {
    return await definition.run(input, {
      context: call.context,
      step: call.step,
      callId: call.callId,
      signal: attempt.signal,
      log: context.log,
      ...(call.feedback !== undefined && { feedback: call.feedback }),
    });
  } catch (error) {
    throw unbilledByShape(error) ?? error;
  } finally {
    stopWatch();
  }
}

async function readResult(definition: ToolDefinition, result: ToolResult, registry: Registry, redact: Redact): Promise<CallOutcome> {
  let output = result.output;
  if (definition.output) {
    const checked = await definition.output['~standard'].validate(output);
    if (checked.issues) return { outcome: 'invalid', violations: tidyMessage(formatIssues(checked.issues), redact) };
    output = checked.value;
  }
  const value = checkValue(output, registry.serializers);
  if (value.outcome !== 'ok' || result.contextPatch === undefined) return value;
  if (!isObject(result.contextPatch)) {
    return { outcome: 'failed', error: { type: 'TypeError', message: 'contextPatch must be an object', nonRetryable: true } };
  }
  const patch = checkValue(result.contextPatch, registry.serializers);
  if (patch.outcome !== 'ok') return patch;
  // A class with a serializer may have become another kind of value.
  if (!isObject(patch.output))
    return { outcome: 'failed', error: { type: 'TypeError', message: 'contextPatch must be an object', nonRetryable: true } };
  return { ...value, contextPatch: patch.output };
}
