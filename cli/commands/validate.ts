import { readFileSync, writeFileSync } from 'node:fs';
import type { Diagnostic } from '../../pipeline/compile/diagnostics.js';
import { CommandError, EXIT, type ExitCode } from '../exit.js';
import { findingsText, loadPipeline } from '../pipeline-file.js';
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
  const loaded = await loadPipeline(file, registry ? { known: { tools: Object.keys(registry.tools) } } : {});
  const ruled = applyRules(loaded.diagnostics, options.rules);
  if (options.updateBaseline) {
    if (options.baseline === undefined) throw new CommandError(EXIT.usage, '--update-baseline needs --baseline FILE');
    writeFileSync(options.baseline, `${JSON.stringify(ruled.map(keyOf), null, 2)}\n`);
  }
  const findings = beyondBaseline(ruled, options.baseline);
  const errors = findings.filter(({ severity }) => severity === 'error');
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  const format = options.json ? 'json' : options.format;
  if (format === 'json')
    outJson({ isValid: errors.length === 0, errors, warnings, counts: { errors: errors.length, warnings: warnings.length } });
  else if (format === 'sarif') outJson(sarifOf(findings, file));
  else if (findings.length === 0) out('Pipeline is valid');
  else out(findingsText({ ...loaded, diagnostics: findings }, process.stdout.isTTY));
  if (errors.length > 0) return loaded.hasSyntaxError ? EXIT.unreadable : EXIT.invalid;
  return options.failOnWarn && warnings.length > 0 ? EXIT.invalid : EXIT.ok;
}

const keyOf = ({ code, path }: Diagnostic) => ({ code, path });

/** `{code or glob: off|warning|error}`; the last rule that fits decides. */
function applyRules(diagnostics: readonly Diagnostic[], file: string | undefined): Diagnostic[] {
  if (file === undefined) return [...diagnostics];
  const rules = Object.entries(readJson(file, '--rules') as { [glob: string]: unknown });
  for (const [glob, severity] of rules) {
    if (severity !== 'off' && severity !== 'warning' && severity !== 'error') {
      throw new CommandError(EXIT.usage, `--rules ${file}: '${glob}' must be off, warning or error, got ${JSON.stringify(severity)}`);
    }
  }
  return diagnostics.flatMap((diagnostic) => {
    const [, severity] = rules.findLast(([glob]) => fits(glob, diagnostic.code)) ?? [];
    if (severity === 'off') return [];
    return [severity === undefined ? diagnostic : { ...diagnostic, severity: severity as Diagnostic['severity'] }];
  });
}

function fits(glob: string, code: string): boolean {
  return glob === code || (glob.endsWith('*') && code.startsWith(glob.slice(0, -1)));
}

/** Findings that a baseline does not know, by code and step path. A missing baseline knows none. */
function beyondBaseline(diagnostics: readonly Diagnostic[], file: string | undefined): Diagnostic[] {
  if (file === undefined) return [...diagnostics];
  const known = readJson(file, '--baseline') as { code: string; path: string }[];
  return diagnostics.filter(({ code, path }) => !known.some((each) => each.code === code && each.path === path));
}

function readJson(file: string, flag: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandError(EXIT.usage, `${flag} ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
