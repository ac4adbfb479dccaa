import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isError } from './failures.js';
import { isRegistry, mergeRegistries, RegistryError } from './registry.js';
import type { Registry } from './registry.js';

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'];

/**
 * Loads the user's modules, each with a `defineRegistry(…)` as its default export, into one registry.
 *
 * @param files absolute, or relative to `folder`
 * @throws RegistryError with file and line of a syntax error, a failed import or an error thrown on loading
 */
export async function loadRegistry(files: readonly string[], folder: string): Promise<Registry> {
  const modules = [];
  // In order: modules may have effects.
  for (const file of files) modules.push({ file, registry: await loadModule(file, resolve(folder, file)) });
  return mergeRegistries(modules);
}

async function loadModule(name: string, path: string): Promise<Registry> {
  const extension = extname(path);
  if (!EXTENSIONS.includes(extension)) throw new RegistryError(`${name}: a module must be one of ${EXTENSIONS.join(', ')}`);
  if (!existsSync(path)) throw new RegistryError(`${name}: no such file`);
  let loaded: unknown;
  try {
    const url = pathToFileURL(path).href;
    loaded = extension.endsWith('ts') ? await (await import('tsx/esm/api')).tsImport(url, import.meta.url) : await import(url);
  } catch (error) {
    throw locate(error, name, path, extension.endsWith('ts') ? null : checkedPlace(path));
  }
  // A TypeScript file below a package.json without "type": "module" is loaded as CommonJS: its default is one level down.
  const outer = defaultOf(loaded);
  const registry = isRegistry(outer) ? outer : defaultOf(outer);
  if (!isRegistry(registry)) throw new RegistryError(`${name}: the default export is not made by defineRegistry(…)`);
  return registry;
}

function defaultOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'default' in value ? value.default : undefined;
}

function locate(error: unknown, name: string, path: string, checked: Place | null): RegistryError {
  const message = isError(error) ? error.message : String(error);
  const place = transformPlace(message) ?? checked ?? stackPlace(error, path);
  const text = place?.message ?? message.split('\n')[0] ?? '';
  const file = place && place.file !== path ? place.file : name;
  return new RegistryError(place ? `${file}:${place.line}: ${text}` : `${name}: ${text}`, { cause: error });
}

interface Place {
  readonly file: string;
  readonly line: string;
  readonly message?: string;
}

/** `{file}:{line}:{column}: ERROR: {message}`, as the TypeScript loader says it. */
function transformPlace(message: string): Place | null {
  const match = /^(.+):(\d+):\d+: ERROR: (.+)$/m.exec(message);
  return match ? { file: match[1]!, line: match[2]!, message: match[3]! } : null;
}

/** Node says where a syntax error stands only when it is asked to check the file. */
function checkedPlace(path: string): Place | null {
  const { stderr } = spawnSync(process.execPath, ['--check', path], { encoding: 'utf8' });
  const match = /^(?:file:\/\/)?(\/.+):(\d+)$/m.exec(stderr);
  return match ? { file: match[1]!, line: match[2]! } : null;
}

/** The innermost frame in the module. */
function stackPlace(error: unknown, path: string): Place | null {
  const stack = isError(error) ? (error.stack ?? '') : '';
  for (const line of stack.split('\n')) {
    const frame = /(?:file:\/\/)?(\/[^()?\s]+)(?:\?[^():\s]*)?:(\d+):\d+\)?$/.exec(line);
    if (frame && frame[1] === path) return { file: path, line: frame[2]! };
  }
  return null;
}
