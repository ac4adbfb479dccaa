import type { Ignore } from '../compile/source.js';
import type { Composed } from './compose.js';
import type { Lowered } from './lower.js';
import type { Positions } from './positions.js';

const COMMENT = /#[ \t]*flujo:[ \t]*ignore[ \t]+([A-Za-z0-9*?, \t-]+)/g;
const STEP = /\/(?:steps|default|branches\/[^/]+)\/\d+$/;

interface Span {
  readonly pointer: string;
  readonly first: number;
  readonly last: number;
}

/**
 * Comments `# flujo: ignore CODE, CODE`. One above a step (with only comments and blank lines between) is about that step,
 * any other about the innermost step on whose lines it stands.
 */
export function readIgnores(text: string, { scalars }: Composed, { places }: Lowered, positions: Positions): Ignore[] {
  const spans: Span[] = [];
  for (const [pointer, { node }] of places) {
    if (STEP.test(pointer)) spans.push({ pointer, first: positions(node.start).line, last: positions(node.end).line });
  }
  const starts = new Map<number, Span>();
  for (const span of spans) if (!starts.has(span.first)) starts.set(span.first, span);
  const contents = nextContents(text.split(/\r\n|\r|\n/));
  const ignores: Ignore[] = [];
  let scalar = 0;
  for (const comment of text.matchAll(COMMENT)) {
    while ((scalars[scalar]?.[1] ?? Infinity) <= comment.index) scalar += 1;
    if ((scalars[scalar]?.[0] ?? Infinity) <= comment.index) continue;
    const { line, column } = positions(comment.index);
    const isAlone = text.slice(comment.index - column + 1, comment.index).trim() === '';
    const span = starts.get(isAlone ? (contents[line] ?? 0) : line) ?? innermost(spans, line);
    const codes = (comment[1] ?? '').split(/[ ,\t]+/).filter((code) => code !== '');
    if (span !== undefined) ignores.push({ pointer: span.pointer, codes });
  }
  return ignores;
}

function innermost(spans: readonly Span[], line: number): Span | undefined {
  for (let index = spans.length - 1; index >= 0; index--) {
    const span = spans[index];
    if (span !== undefined && span.first <= line && line <= span.last) return span;
  }
  return undefined;
}

/** For each line, counted from 0, the first from it on that holds more than a comment or a bare dash, counted from 1. */
function nextContents(lines: readonly string[]): number[] {
  const next = Array.from({ length: lines.length + 1 }, () => lines.length + 1);
  for (let line = lines.length - 1; line >= 0; line--) {
    next[line] = /^[ \t]*(?:-?[ \t]*|#.*)$/.test(lines[line] ?? '') ? (next[line + 1] ?? 0) : line + 1;
  }
  return next;
}
