import type { Diagnostic } from '../compile/diagnostics.js';
import type { Source } from '../compile/source.js';
import { show } from '../ir/show.js';
import { compose } from './compose.js';
import type { Node, Problem } from './compose.js';
import { checkText, decode } from './decode.js';
import { inlineFiles } from './files.js';
import type { ReadFile } from './files.js';
import { readIgnores } from './ignores.js';
import { lower, toSnakeCase } from './lower.js';
import type { Lowered } from './lower.js';
import { createPositions } from './positions.js';
import type { Positions } from './positions.js';

export interface LoadOptions {
  /** Name shown in findings. */
  readonly file: string;
  /** Needed for `system: {from_file: …}`. */
  readonly readFile?: ReadFile;
}

/**
 * Reads a pipeline file: YAML 1.2 core (so JSON too), one document, at most 256 KiB, 64 levels and 50,000 nodes with aliases written out.
 * Never throws; whatever is wrong is a located finding of the result, for `compile` to report with its own.
 * Bytes are decoded strictly as UTF-8.
 */
export function loadYaml(input: string | Uint8Array, { file, readFile }: LoadOptions): Source {
  const text = typeof input === 'string' ? checkText(input) : decode(input);
  if (typeof text !== 'string') {
    return unreadable(file, createPositions(text.before, file), { offset: text.before.length, detail: text.detail, isSyntax: true }, []);
  }
  const positions = createPositions(text, file);
  const composed = compose(text);
  const { root, problems } = composed;
  if (root === null) return unreadable(file, positions, null, problems);
  if (root.kind !== 'map') {
    return unreadable(file, positions, { offset: root.start, detail: expectedMapping(root) }, problems);
  }
  const lowered = lower(root);
  const syntax = [...problems, ...lowered.problems].map((problem) => syntaxFinding(problem, positions));
  const locate = createLocate(text, lowered, positions);
  const files = inlineFiles(lowered.document, readFile).map((finding): Diagnostic => {
    const position = locate(finding.pointer);
    return { ...finding, severity: 'error', path: '', ...(position && { position }) };
  });
  return {
    document: lowered.document,
    file,
    syntaxError: false,
    diagnostics: [...syntax, ...files],
    ignores: readIgnores(text, composed, lowered, positions),
    locate,
    spell: toSnakeCase,
  };
}

function unreadable(file: string, positions: Positions, problem: Problem | null, problems: readonly Problem[]): Source {
  const all = problem === null ? problems : [...problems, problem];
  return {
    document: null,
    file,
    syntaxError: all.some(({ isSyntax }) => isSyntax === true),
    diagnostics: all.map((each) => syntaxFinding(each, positions)),
    ignores: [],
    locate: () => undefined,
    spell: toSnakeCase,
  };
}

function syntaxFinding({ offset, detail }: Problem, positions: Positions): Diagnostic {
  const position = positions(offset);
  const message = `Invalid YAML at line ${position.line}, column ${position.column}: ${detail}`;
  return { code: 'V-Y1', severity: 'error', message, path: '', pointer: '', position };
}

function expectedMapping(root: { readonly kind: string; readonly value?: unknown }): string {
  if (root.kind === 'scalar' && root.value === null) return 'the document is empty';
  return `expected a mapping, got ${root.kind === 'list' ? 'a list' : show(root.value)}`;
}

function createLocate(text: string, { places }: Lowered, positions: Positions): Source['locate'] {
  return (pointer, at = 0) => {
    let nearest = pointer;
    while (!places.has(nearest) && nearest !== '') nearest = nearest.slice(0, nearest.lastIndexOf('/'));
    const place = places.get(nearest);
    if (place === undefined) return undefined;
    if (nearest !== pointer || at === 'key') return positions(nearest === pointer ? place.key : place.node.start);
    return positions(offsetInto(text, place.node, at));
  };
}

/** Where a character of a value stands in the text, or the start of the value where that can't be told by counting. */
function offsetInto(text: string, node: Node, at: number): number {
  if (at === 0 || node.kind !== 'scalar' || typeof node.value !== 'string') return node.start;
  if (text.slice(node.start, node.end) === node.value) return node.start + at;
  if (node.indent === null) return node.start;
  const lines = node.value.slice(0, at).split('\n');
  let offset = node.start;
  for (let line = 1; line < lines.length; line++) offset = text.indexOf('\n', offset) + 1;
  return offset + node.indent + (lines.at(-1) ?? '').length;
}
