import { isObject, type JsonObject } from '../pipeline/values/json.js';
import { parseAmount } from '../pipeline/values/decimal.js';
import type { Parts } from './kind.js';
import { KINDS } from './steps/index.js';

/** Why a pipeline that came with a run can't be one of ours, or null. It is checked where it is used, since anybody may start a workflow. */
export function checkDefinition(pipeline: unknown, workflowType: string): string | null {
  if (!isObject(pipeline)) return 'Not compiled: the pipeline is not an object';
  if (pipeline['irVersion'] !== 1) return `Unknown irVersion: ${JSON.stringify(pipeline['irVersion'])}`;
  if (pipeline['name'] !== workflowType)
    return `Pipeline name '${String(pipeline['name'])}' does not match the workflow type '${workflowType}'`;
  return (
    checkLimits(pipeline['limits'], 'Not compiled: /limits') ?? checkAgents(pipeline) ?? checkSteps(pipeline['steps'], '/steps', pipeline)
  );
}

function checkAgents(pipeline: { [key: string]: unknown }): string | null {
  const agents = pipeline['agents'] ?? {};
  if (!isObject(agents)) return 'Not compiled: /agents';
  for (const [id, agent] of Object.entries(agents)) {
    if (!isObject(agent) || typeof agent['model'] !== 'string') return `Not compiled: /agents/${id}`;
    const fault = checkText(agent['system'], `/agents/${id}/system`);
    if (fault !== null) return fault;
  }
  return null;
}

function checkSteps(steps: unknown, pointer: string, pipeline: JsonObject): string | null {
  if (!Array.isArray(steps)) return `Not compiled: ${pointer}`;
  for (const [index, step] of steps.entries()) {
    const fault = checkStep(step, `${pointer}/${index}`, pipeline);
    if (fault !== null) return fault;
  }
  return null;
}

function checkStep(step: unknown, pointer: string, pipeline: JsonObject): string | null {
  if (!isObject(step) || typeof step['name'] !== 'string') return `Not compiled: ${pointer}`;
  if (typeof step['kind'] !== 'string' || !isStepKind(step['kind'])) return `Unknown step kind: ${String(step['kind'])}`;
  const { texts, lists } = KINDS[step['kind']].parts(step, pipeline);
  const all: Parts['texts'] = { input: step['input'], ...texts };
  for (const [key, text] of Object.entries(all)) {
    const fault = checkText(text, `${pointer}/${key}`);
    if (fault !== null) return fault;
  }
  for (const [key, list] of Object.entries(lists)) {
    const fault = list === undefined ? null : checkSteps(list, `${pointer}/${key}`, pipeline);
    if (fault !== null) return fault;
  }
  return null;
}

function isStepKind(kind: string): kind is keyof typeof KINDS {
  return Object.hasOwn(KINDS, kind) && !KINDS[kind as keyof typeof KINDS].isTransparent;
}

function checkText(text: unknown, pointer: string): string | null {
  if (text === undefined) return null;
  if (!isObject(text)) return `Not compiled: ${pointer}`;
  if (text['expr'] !== undefined) return checkText(text['expr'], `${pointer}/expr`);
  return Array.isArray(text['ast']) || typeof text['tool'] === 'string' ? null : `Not compiled: ${pointer}`;
}

/** Why what a run adds to its pipeline can't be used, or null; anybody may start a workflow with anything. */
export function checkOptions(options: unknown): string | null {
  if (options === undefined) return null;
  if (!isObject(options)) return 'Invalid options: expected an object';
  const { context, limits, budget, prices, templates } = options;
  if (context !== undefined && !isObject(context)) return 'Invalid options: context must be an object';
  if (templates !== undefined && !['strict', 'warn', 'ignore'].includes(String(templates)))
    return 'Invalid options: templates must be strict, warn or ignore';
  return checkLimits(limits, 'Invalid options: limits') ?? checkLimits(budget, 'Invalid options: budget') ?? checkPrices(prices);
}

function checkLimits(limits: unknown, fault: string): string | null {
  if (limits === undefined) return null;
  if (!isObject(limits)) return fault;
  const { costUsd, tokens } = limits;
  const isFine =
    (costUsd === undefined || parseAmount(costUsd) !== null) &&
    (tokens === undefined || (Number.isSafeInteger(tokens) && Number(tokens) >= 0));
  return isFine ? null : fault;
}

function checkPrices(prices: unknown): string | null {
  if (prices === undefined) return null;
  const rows = isObject(prices) ? Object.values(prices) : [null];
  const isFine = rows.every(
    (row) => isObject(row) && parseAmount(row['inputPerMillion']) !== null && parseAmount(row['outputPerMillion']) !== null,
  );
  return isFine ? null : 'Invalid options: prices';
}
