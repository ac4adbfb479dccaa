import { readFileSync, writeFileSync } from 'node:fs';
import { matchesGlob } from '../../config/load-config.js';
import type { Diagnostic } from '../../pipeline/compile/diagnostics.js';
import { isObject } from '../../pipeline/values/json.js';
import { CommandError, EXIT, type ExitCode } from '../exit.js';
import { findingsData, findingsText, loadPipeline } from '../pipeline-file.js';
import { hasPriceBy, loadPrices } from '../prepare-run.js';
import { sarifOf } from '../sarif.js';
import { out, outJson } from '../terminal.js';
import { loadModules, openConfig, type GlobalOptions } from '../workspace.js';

export interface ValidateOptions extends GlobalOptions {
  readonly format: 'text' | 'json' | 'sarif';
  readonly failOnWarn?: boolean;
  readonly rules?: string;
  readonly baseline?: string;
  readonly updateBaseline?: boolean;
}

/** Checks a pipeline without a server, and says everything that is wrong with it. */
export async function validateCommand(file: string, options: ValidateOptions): Promise<ExitCode> {
  const config = openConfig(options);
  const registry = await loadModules(config);
  const loaded = await loadPipeline(file, {
    ...(registry && { known: { tools: Object.keys(registry.tools) } }),
    hasPrice: hasPriceBy(await loadPrices(config)),
  });
  const ruled = applyRules(loaded.diagnostics, options.rules);
  if (options.updateBaseline) {
    if (options.baseline === undefined) throw new CommandError(EXIT.usage, '--update-baseline needs --baseline FILE');
    writeJson(options.baseline, ruled.map(keyOf));
  }
  const findings = beyondBaseline(ruled, options.baseline);
  const data = findingsData(findings);
  const format = options.json ? 'json' : options.format;
  if (format === 'json') outJson(data);
  else if (format === 'sarif') outJson(sarifOf(findings, file));
  else if (findings.length === 0) out('Pipeline is valid');
  else out(findingsText({ ...loaded, diagnostics: findings }, process.stdout.isTTY));
  if (!data.isValid) return loaded.hasSyntaxError ? EXIT.unreadable : EXIT.invalid;
  return options.failOnWarn && data.warnings.length > 0 ? EXIT.invalid : EXIT.ok;
}

const keyOf = ({ code, path }: Diagnostic) => ({ code, path });

/** `{code or glob: off|warning|error}`; the last rule that fits decides. */
function applyRules(diagnostics: readonly Diagnostic[], file: string | undefined): Diagnostic[] {
  if (file === undefined) return [...diagnostics];
  const document = readJson(file, '--rules');
  if (!isObject(document)) throw new CommandError(EXIT.usage, `--rules ${file}: expected an object {code or glob: off|warning|error}`);
  const rules = Object.entries(document).map(([glob, severity]) => {
    if (severity === 'off' || severity === 'warning' || severity === 'error') return { glob, severity } as const;
    throw new CommandError(EXIT.usage, `--rules ${file}: '${glob}' must be off, warning or error, got ${JSON.stringify(severity)}`);
  });
  return diagnostics.flatMap((diagnostic) => {
    const severity = rules.findLast(({ glob }) => matchesGlob(glob, diagnostic.code))?.severity ?? diagnostic.severity;
    return severity === 'off' ? [] : [{ ...diagnostic, severity }];
  });
}

/** Findings that a baseline does not know, by code and step path. */
function beyondBaseline(diagnostics: readonly Diagnostic[], file: string | undefined): Diagnostic[] {
  if (file === undefined) return [...diagnostics];
  const known = readJson(file, '--baseline');
  if (!Array.isArray(known)) throw new CommandError(EXIT.usage, `--baseline ${file}: expected a list of {code, path}`);
  return diagnostics.filter(({ code, path }) => !known.some((each) => isObject(each) && each['code'] === code && each['path'] === path));
}

function readJson(file: string, flag: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandError(EXIT.usage, `${flag} ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function writeJson(file: string, value: unknown): void {
  try {
    writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
  } catch (error) {
    throw new CommandError(EXIT.usage, `--baseline ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
