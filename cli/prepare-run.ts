import type { Config } from '../config/load-config.js';
import { resolveBudget } from '../config/load-config.js';
import type { StartOptions } from '../client/flujo-client.js';
import type { Pipeline, Prices } from '../pipeline/ir/types.js';
import { isObject } from '../pipeline/values/json.js';
import { CommandError, EXIT } from './exit.js';
import { InvalidPipelineError, findingsText, loadPipeline, type Loaded } from './pipeline-file.js';
import { readContext, readInput, readLimits, readMetadata } from './run-input.js';
import { loadModules } from './workspace.js';
import { say } from './terminal.js';

export interface RunFlags {
  readonly input?: string;
  readonly context?: string;
  readonly limitCost?: string;
  readonly limitTokens?: string;
  readonly metadata: readonly string[];
  readonly runId?: string;
  readonly model: readonly string[];
  readonly onlySteps?: string;
}

export interface Prepared {
  readonly loaded: Loaded;
  readonly pipeline: Pipeline;
  readonly start: StartOptions;
  readonly models: readonly string[];
}

/** Everything of a run that is decided before it starts: the checked pipeline, its prices, its budget, its input. */
export async function prepareRun(file: string, config: Config, flags: RunFlags): Promise<Prepared> {
  const registry = await loadModules(config);
  const pricesOf = await loadPrices(config);
  const loaded = await loadPipeline(
    file,
    {
      ...(registry && { known: { tools: Object.keys(registry.tools) } }),
      hasPrice: hasPriceBy(pricesOf),
    },
    (document) => selectSteps(rewriteModels(document, flags.model), flags.onlySteps),
  );
  const { pipeline } = loaded;
  if (!pipeline) throw new InvalidPipelineError(loaded);
  if (loaded.diagnostics.length > 0) say(findingsText(loaded, process.stderr.isTTY));
  const models = [...new Set(Object.values(pipeline.agents ?? {}).map(({ model }) => model))];
  const budget = resolveBudget(config.document, pipeline.name).limits;
  const templates = config.document.template.undefined;
  const heartbeatTimeout = config.document.worker.heartbeat_timeout;
  const callTimeout = config.document.worker.call_timeout;
  const start: StartOptions = {
    input: await readInput(flags.input),
    runId: flags.runId,
    prices: pricesOf(models),
    ...optional('context', readContext(flags.context)),
    ...optional('limits', readLimits(flags.limitCost, flags.limitTokens)),
    ...optional('metadata', readMetadata(flags.metadata)),
    ...optional('budget', budget ?? undefined),
    ...optional('templates', templates),
    driver: { ...optional('heartbeatTimeout', heartbeatTimeout), ...optional('callTimeout', callTimeout) },
  };
  return { loaded, pipeline, start, models };
}

type PricesOf = (models: readonly string[]) => Prices;

/** Price rows of models, today's, with the configured ones over them. */
export async function loadPrices(config: Config): Promise<PricesOf> {
  const { priceRows } = await import('../pricing/index.js');
  const overrides = Object.fromEntries(
    Object.entries(config.document.prices).map(([model, row]) => [
      model,
      { inputPerMillion: row.input_per_million, outputPerMillion: row.output_per_million },
    ]),
  );
  return (models) => priceRows(models, overrides, new Date());
}

/** Scripted models report their cost. */
export const hasPriceBy =
  (pricesOf: PricesOf) =>
  (model: string): boolean =>
    model.startsWith('scripted:') || Object.hasOwn(pricesOf([model]), model);

function optional<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  // The key is the one named, which a computed key's type can't say.
  return value === undefined ? {} : ({ [key]: value } as { [key in K]?: V });
}

/** `provider:model` for every agent, `agent=provider:model` for one. */
function rewriteModels(document: unknown, flags: readonly string[]): unknown {
  if (flags.length === 0 || !isObject(document) || !isObject(document['agents'])) return document;
  let agents = document['agents'];
  for (const flag of flags) {
    const [, id, model] = /^(?:([A-Za-z][A-Za-z0-9_.-]*)=)?([^=:]+:.+)$/.exec(flag) ?? [];
    if (model === undefined) throw new CommandError(EXIT.usage, `--model: expected provider:model or agent=provider:model, got '${flag}'`);
    if (id !== undefined && !Object.hasOwn(agents, id)) {
      throw new CommandError(EXIT.usage, `--model: unknown agent '${id}'. Known: ${Object.keys(agents).join(', ')}`);
    }
    agents = Object.fromEntries(
      Object.entries(agents).map(([each, agent]) => [
        each,
        (id === undefined || id === each) && isObject(agent) ? { ...agent, model } : agent,
      ]),
    );
  }
  return { ...document, agents };
}

/** Keeps the named top-level steps, in their order. */
function selectSteps(document: unknown, names: string | undefined): unknown {
  if (names === undefined || !isObject(document) || !Array.isArray(document['steps'])) return document;
  const wanted = names.split(',').map((name) => name.trim());
  const known = document['steps'].map((step) => (isObject(step) ? step['name'] : null));
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new CommandError(EXIT.usage, `--only-steps: unknown step '${unknown}'. Known: ${known.join(', ')}`);
  return { ...document, steps: document['steps'].filter((step) => isObject(step) && wanted.includes(String(step['name']))) };
}
