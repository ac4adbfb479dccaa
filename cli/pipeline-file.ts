import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, extname, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compile, type Compiled, type CompileOptions } from '../pipeline/compile/compile.js';
import type { Diagnostic } from '../pipeline/compile/diagnostics.js';
import { renderDiagnostics } from '../pipeline/compile/render-diagnostics.js';
import type { FileRead } from '../pipeline/yaml/files.js';
import { loadYaml } from '../pipeline/yaml/load.js';
import type { Pipeline } from '../pipeline/ir/types.js';
import { CommandError, EXIT, type ExitCode } from './exit.js';

export interface Loaded extends Compiled {
  readonly file: string;
  /** Text of a file that people write, for the lines of findings. */
  readonly text: string | null;
  /** The text itself could not be read as YAML. */
  readonly hasSyntaxError: boolean;
}

type Rewrite = (document: unknown) => unknown;

/** Reads and checks a pipeline: YAML, an IR document, or a module whose default export is one. @throws CommandError 3 when it can't be read */
export async function loadPipeline(file: string, options: CompileOptions = {}, rewrite: Rewrite = (document) => document): Promise<Loaded> {
  const extension = extname(file).toLowerCase();
  if (['.yaml', '.yml'].includes(extension)) {
    const bytes = read(file);
    const source = loadYaml(bytes, { file, readFile: (path) => readUnder(dirname(resolve(file)), path) });
    const rewritten = { ...source, document: rewrite(source.document) };
    return { ...compile(rewritten, options), file, text: new TextDecoder().decode(bytes), hasSyntaxError: source.syntaxError };
  }
  const document = extension === '.json' ? parseJson(file) : await importDefault(file, extension);
  return { ...compile(rewrite(document) as Pipeline, options), file, text: null, hasSyntaxError: false };
}

function read(file: string): Buffer {
  try {
    if (!statSync(file).isFile()) throw new CommandError(EXIT.unreadable, `Not a file: ${file}`);
    return readFileSync(file);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(EXIT.unreadable, code === 'ENOENT' ? `File not found: ${file}` : `File cannot be read: ${file} (${code})`);
  }
}

function parseJson(file: string): unknown {
  const text = read(file).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandError(EXIT.unreadable, `${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function importDefault(file: string, extension: string): Promise<unknown> {
  if (!['.ts', '.mts', '.js', '.mjs'].includes(extension)) {
    throw new CommandError(EXIT.unreadable, `${file}: a pipeline is a .yaml, .yml, .json, .ts, .js or .mjs file`);
  }
  read(file);
  const url = pathToFileURL(resolve(file)).href;
  try {
    const loaded = (extension.endsWith('ts') ? await (await import('tsx/esm/api')).tsImport(url, import.meta.url) : await import(url)) as {
      default?: unknown;
    };
    const outer = loaded.default;
    const inner = typeof outer === 'object' && outer !== null && 'default' in outer ? outer.default : outer;
    if (inner === undefined) throw new CommandError(EXIT.unreadable, `${file}: the module has no default export`);
    return inner;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(EXIT.unreadable, `${file}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
}

/** A file beside the pipeline, links followed; nothing outside its folder is opened. */
function readUnder(folder: string, path: string): FileRead {
  try {
    const real = realpathSync(resolve(folder, path));
    const [first] = relative(realpathSync(folder), real).split(sep);
    if (first === '..') return { outside: true };
    if (!statSync(real).isFile()) return { unreadable: 'not a file' };
    return { text: readFileSync(real, 'utf8') };
  } catch (error) {
    return { unreadable: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}

/** A pipeline that can't be run, with its findings. */
export class InvalidPipelineError extends CommandError {
  constructor(readonly loaded: Loaded) {
    const code = codeOf(loaded);
    const head = code === EXIT.invalid ? 'Pipeline validation failed before run:\n' : '';
    super(code, head + findingsText(loaded, false));
  }
}

/** Findings as data; a pipeline is valid without errors. */
export function findingsData(diagnostics: readonly Diagnostic[]) {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const warnings = diagnostics.filter(({ severity }) => severity === 'warning');
  return { isValid: errors.length === 0, errors, warnings, counts: { errors: errors.length, warnings: warnings.length } };
}

export function findingsText({ diagnostics, file, text }: Loaded, color: boolean): string {
  return renderDiagnostics(diagnostics, { ...(text !== null && { sources: { [file]: text } }), color });
}

/** 3 where the text is no YAML, 4 for every other error. */
function codeOf(loaded: Loaded): ExitCode {
  if (loaded.hasSyntaxError) return EXIT.unreadable;
  return EXIT.invalid;
}
