import { showHidden } from '../ir/show.js';
import type { Diagnostic, Position } from './diagnostics.js';

export interface RenderOptions {
  /** Texts of the files that positions name, for the line and the caret. */
  readonly sources?: { readonly [file: string]: string };
  readonly color?: boolean;
}

/**
 * Findings as text, one after the other:
 *
 *     - [V-Y2] draft: Unknown key 'retries' in agent step 'draft'. Did you mean 'max_retries'? -> Suggestion: Known keys: …
 *       at pipeline.yaml:7:5
 *         retries: 3
 *         ^
 */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], { sources = {}, color = false }: RenderOptions = {}): string {
  const lines = new Map(Object.entries(sources).map(([file, text]) => [file, text.split(/\r\n|\r|\n/)]));
  return diagnostics.map((diagnostic) => renderOne(diagnostic, lines, color)).join('\n');
}

function renderOne(
  { code, severity, path, message, position, hint }: Diagnostic,
  sources: ReadonlyMap<string, readonly string[]>,
  color: boolean,
): string {
  const paint = (text: string, style: number) => (color ? `\u001b[${style}m${text}\u001b[0m` : text);
  const where = path === '' ? (position?.file ?? 'pipeline') : path;
  const suggestion = hint === undefined ? '' : ` -> Suggestion: ${showHidden(hint)}`;
  const lines = [`- [${paint(code, severity === 'error' ? RED : YELLOW)}] ${showHidden(where)}: ${showHidden(message)}${suggestion}`];
  if (position !== undefined) {
    lines.push(paint(`  at ${position.file}:${position.line}:${position.column}`, DIM));
    lines.push(...quote(position, sources.get(position.file)?.[position.line - 1]));
  }
  return lines.join('\n');
}

const RED = 31;
const YELLOW = 33;
const DIM = 2;
const MAX_COLUMNS = 100;

/** The line and a caret below it; of a long line the part around the caret. */
function quote({ column }: Position, text: string | undefined): string[] {
  if (text === undefined || text.trim() === '') return [];
  const from = column > MAX_COLUMNS ? column - MAX_COLUMNS / 2 : 0;
  // One character for each, so that the caret stays below what it points at.
  const shown = text.slice(from, from + MAX_COLUMNS).replace(/[\p{Cc}\p{Cf}]/gu, ' ');
  return [`    ${shown}`, `    ${' '.repeat(column - 1 - from)}^`];
}
