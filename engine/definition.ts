import { isObject, type JsonObject } from '../pipeline/values/json.js';
import type { Parts } from './kind.js';
import { KINDS } from './steps/index.js';

/** Why a pipeline that came with a run can't be one of ours, or null. It is checked where it is used, since anybody may start a workflow. */
export function checkDefinition(pipeline: unknown, workflowType: string): string | null {
  if (!isObject(pipeline)) return 'Not compiled: the pipeline is not an object';
  if (pipeline['irVersion'] !== 1) return `Unknown irVersion: ${JSON.stringify(pipeline['irVersion'])}`;
  if (pipeline['name'] !== workflowType)
    return `Pipeline name '${String(pipeline['name'])}' does not match the workflow type '${workflowType}'`;
  return checkAgents(pipeline) ?? checkSteps(pipeline['steps'], '/steps', pipeline);
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
