import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { Limits } from '../pipeline/ir/types.js';
import { ConfigError, parseConfig, type ConfigDocument } from './parse-config.js';

export type Environment = { readonly [name: string]: string | undefined };

/** What `flujo.toml` and the environment say. Paths are relative to `folder`. */
export interface Config {
  /** Null when there is no file. */
  readonly file: string | null;
  readonly folder: string;
  readonly document: ConfigDocument;
  /** The process's variables, and those of `env_file` that the process does not set. */
  readonly env: Environment;
}

/** The file given, else `FLUJO_CONFIG`, else the nearest `flujo.toml` above the working folder; none is fine. */
export function loadConfig(options: { file?: string | undefined; env: Environment; cwd: string }): Config {
  const named = options.file ?? (options.env['FLUJO_CONFIG'] || undefined);
  if (named !== undefined && !existsSync(resolve(options.cwd, named))) throw new ConfigError(`Configuration file not found: ${named}`);
  const file = named === undefined ? nearest(options.cwd) : resolve(options.cwd, named);
  if (file === null) return { file, folder: options.cwd, document: parseConfig('', ''), env: options.env };
  const document = parseConfig(read(file), file);
  const folder = dirname(file);
  return { file, folder, document, env: withEnvFile(document.env_file, folder, options.env) };
}

function nearest(start: string): string | null {
  for (let folder = start; ; folder = dirname(folder)) {
    const file = join(folder, 'flujo.toml');
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) return null;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`Configuration file cannot be read: ${file} (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
  }
}

/** A variable that is set is never overridden. */
function withEnvFile(envFile: string | undefined, folder: string, env: Environment): Environment {
  if (envFile === undefined) return env;
  const path = resolve(folder, envFile);
  if (!existsSync(path)) throw new ConfigError(`env_file not found: ${envFile}`);
  return { ...parseEnv(read(path)), ...env };
}

export interface Budget {
  readonly limits: Limits | null;
  /** `budgets.pipeline[{pattern}]`, `budgets.default` or `none`. */
  readonly source: string;
}

/** The budget of a pipeline: its exact name, else the first glob in file order, else the default, else none. */
export function resolveBudget({ budgets }: ConfigDocument, pipeline: string): Budget {
  const rows = Object.entries(budgets.pipeline);
  const found = rows.find(([name]) => name === pipeline) ?? rows.find(([pattern]) => matchesGlob(pattern, pipeline));
  if (found) return { limits: found[1], source: `budgets.pipeline[${found[0]}]` };
  return budgets.default ? { limits: budgets.default, source: 'budgets.default' } : { limits: null, source: 'none' };
}

/** `*` stands for any characters, `?` for one; everything else for itself. */
export function matchesGlob(glob: string, name: string): boolean {
  const pattern = [...glob].map((each) => (each === '*' ? '.*' : each === '?' ? '.' : each.replace(/[\\^$.|+()[\]{}]/, '\\$&'))).join('');
  return new RegExp(`^${pattern}$`).test(name);
}
