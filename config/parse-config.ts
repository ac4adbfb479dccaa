import { TomlError, parse } from 'smol-toml';
import { z } from 'zod';
import { parseAmount, amountText } from '../pipeline/values/decimal.js';
import { suggest } from '../pipeline/values/suggest.js';
import { parseDuration } from '../pipeline/values/duration.js';
import type { Limits } from '../pipeline/ir/types.js';

/** A configuration that can't be used. The message has file and line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const duration = z.unknown().transform((value, context) => {
  const milliseconds = parseDuration(value);
  if (milliseconds === null)
    context.addIssue({ code: 'custom', message: `expected a duration such as "30s", got ${JSON.stringify(value)}` });
  return milliseconds ?? 0;
});
const amount = z.unknown().transform((value, context) => {
  const parsed = parseAmount(value);
  if (!parsed)
    context.addIssue({ code: 'custom', message: `expected an amount of USD, 0 or more, got ${JSON.stringify(value) ?? String(value)}` });
  return parsed ? amountText(parsed) : '0';
});
const limitKeys = z.strictObject({ cost_usd: amount.optional(), tokens: z.number().int().min(0).optional() });
const limits = limitKeys.transform(({ cost_usd, tokens }): Limits => ({
  ...(cost_usd !== undefined && { costUsd: cost_usd }),
  ...(tokens !== undefined && { tokens }),
}));

const provider = z.strictObject({
  kind: z.literal('openai-compatible').optional(),
  base_url: z.url().optional(),
  api_key_env: z.string().optional(),
  /** A file of scripted answers, served on loopback by the commands that run a worker. */
  script: z.string().optional(),
  structured: z.enum(['schema', 'json', 'prompt']).optional(),
});

const temporal = z.strictObject({ address: z.string(), namespace: z.string(), task_queue: z.string() }).partial();
const worker = z
  .strictObject({
    modules: z.array(z.string()),
    concurrency: z.number().int().min(1),
    heartbeat_timeout: duration,
    call_timeout: duration,
  })
  .partial();
const price = z.strictObject({ input_per_million: z.unknown(), output_per_million: z.unknown() });
const budgets = z.strictObject({ default: limits.optional(), pipeline: z.record(z.string(), limits).default({}) });
const template = z.strictObject({ undefined: z.enum(['strict', 'warn', 'ignore']) }).partial();

const schema = z.strictObject({
  temporal: temporal.default({}),
  worker: worker.default({}),
  providers: z.record(z.string(), provider).default({}),
  prices: z.record(z.string(), price).default({}),
  budgets: budgets.default({ pipeline: {} }),
  template: template.default({}),
  env_file: z.string().optional(),
});

export type ConfigDocument = z.infer<typeof schema>;

/** Parses the text of a `flujo.toml`. Unknown keys, wrong types and syntax errors are located errors. */
export function parseConfig(text: string, file: string): ConfigDocument {
  const parsed = schema.safeParse(parseToml(text, file), { reportInput: true });
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.flatMap((issue) => describe(issue, text, file));
  throw new ConfigError(lines.join('\n'));
}

function parseToml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new ConfigError(`${file}:${error.line}:${error.column}: ${error.message.split('\n')[0]}`);
  }
}

type Issue = z.core.$ZodIssue;

function describe(issue: Issue, text: string, file: string): string[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const known = knownKeys(path);
      const close = suggest(key, known);
      return `${file}:${lineOf(text, [...path, key])}: Unknown key '${[...path, key].join('.')}'${close ? `. Did you mean '${close}'?` : `. Known: ${known.join(', ')}`}`;
    });
  }
  const where = `${file}:${lineOf(text, path)}`;
  if (issue.code === 'invalid_type' && (issue.expected === 'object' || issue.expected === 'record')) {
    return [`${where}: Invalid configuration structure: [${path.join('.')}] must be a table, got ${typeName(issue.input)}`];
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) return [`${where}: ${path.join('.')} is missing`];
  return [`${where}: ${path.join('.')}: ${issue.message.replace(/^Invalid input: /, '')}`];
}

const typeName = (value: unknown) => (Array.isArray(value) ? 'array' : typeof value);

function knownKeys(path: readonly string[]): string[] {
  const [table, inner] = path;
  if (table === undefined) return Object.keys(schema.shape);
  const tables: { [table: string]: z.ZodObject } = { temporal, worker, providers: provider, prices: price, template };
  tables['budgets'] = inner === undefined ? budgets : limitKeys;
  return Object.keys(tables[table]?.shape ?? {});
}

/** The line of a key, or of the innermost table around it: TOML's parser gives no places for values. */
function lineOf(text: string, path: readonly string[]): number {
  const lines = text.split('\n');
  const plain = (key: string) => key.replace(/["'\s]/g, '');
  let table = '';
  let best = 1;
  for (const [index, line] of lines.entries()) {
    const header = /^\s*\[([^\]]+)\]/.exec(line)?.[1];
    const key = /^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_.-])+)\s*=/.exec(line)?.[1];
    if (header !== undefined) table = plain(header);
    const here = header !== undefined ? table : key === undefined ? null : [table, plain(key)].filter(Boolean).join('.');
    if (here === null) continue;
    const full = plain(path.join('.'));
    if (here === full) return index + 1;
    if (full.startsWith(`${here}.`)) best = index + 1;
  }
  return best;
}
