import { Context } from '@temporalio/activity';
import type { Activities } from '../engine/commands.js';
import type { Models } from './agent/providers.js';
import { runTurn } from './agent/run-turn.js';
import type { Registry } from './registry.js';
import { runTool } from './tools/run-tool.js';

export { createModels } from './agent/providers.js';
export type { Models } from './agent/providers.js';
export type { Environment, Providers } from './agent/requirements.js';
export { loadRegistry } from './load-registry.js';

/**
 * The activities of a worker. Both return whatever may have been billed as a value; what they throw is an `ApplicationFailure` with
 * `details[0].billed` `'no'`.
 */
export function createActivities({ registry, models }: { readonly registry: Registry; readonly models: Models }): Activities {
  return {
    agent: (call, { key }) => runTurn(Context.current(), call, key, models),
    tool: (call) => runTool(Context.current(), call, registry, models.redact),
  };
}
