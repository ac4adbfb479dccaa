import { EVENT_ID, parseEvents, SCALAR_STYLE, YAMLException } from 'js-yaml';
import type { AliasEvent, Event, MappingEvent, ScalarEvent, SequenceEvent } from 'js-yaml';
import { hasHidden, showHidden, showText } from '../ir/show.js';
import { resolveScalar } from './scalars.js';
import type { Scalar } from './scalars.js';

export const MAX_DEPTH = 64;
export const MAX_NODES = 50_000;

/** Offsets count UTF-16 units into the text. `size` and `height` count what is below with every alias written out. */
interface NodeBase {
  readonly start: number;
  end: number;
  size: number;
  height: number;
}
interface ScalarNode extends NodeBase {
  readonly kind: 'scalar';
  readonly value: Scalar;
  /** Of a literal block (`|`): how far its lines are indented. */
  readonly indent: number | null;
}
interface ListNode extends NodeBase {
  readonly kind: 'list';
  readonly items: Node[];
}
export interface MapNode extends NodeBase {
  readonly kind: 'map';
  readonly entries: Entry[];
}
export interface Entry {
  readonly key: string;
  readonly keyStart: number;
  readonly value: Node;
}
export type Node = ScalarNode | ListNode | MapNode;

export interface Problem {
  readonly offset: number;
  readonly detail: string;
  /** The text can't be parsed, or not be decoded. */
  readonly isSyntax?: boolean;
}
export interface Composed {
  /** Null when the text is no YAML at all. */
  readonly root: Node | null;
  readonly problems: readonly Problem[];
  /** Ranges of scalars, in order: what stands inside is no comment. */
  readonly scalars: readonly (readonly [start: number, end: number])[];
}

/** A fault after which nothing in the text can be trusted. */
class Refusal extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

/**
 * Reads one YAML 1.2 document into nodes with offsets. Aliases share nodes; their number and depth are counted as if written out,
 * before anything is, so that a small text can't become a large document.
 */
export function compose(text: string): Composed {
  const composer: Composer = { text, problems: [], scalars: [], anchors: new Map(), frames: [], root: null, nodes: 0, position: 0 };
  try {
    const events = parseEvents(text, { maxDepth: MAX_DEPTH + 1 });
    checkDocuments(text, events);
    composeEvents(composer, events);
    return composer;
  } catch (error) {
    return { ...composer, root: null, problems: [...composer.problems, problemOf(error)] };
  }
}

function checkDocuments(text: string, events: readonly Event[]): void {
  const documents = events.filter((event) => event.type === EVENT_ID.DOCUMENT);
  const first = documents[0];
  if (first === undefined) throw new Refusal({ offset: 0, detail: 'the document is empty' });
  if (documents.length > 1) throw new Refusal({ offset: secondDocument(text, first.explicitStart), detail: 'more than one document' });
  if (first.directives.some((directive) => directive.kind === 'tag')) {
    throw new Refusal({ offset: Math.max(text.indexOf('%TAG'), 0), detail: 'tag directives are not supported' });
  }
}

/** A `---` or `...` at the start of a line is a marker wherever it stands, so the text itself tells where the second document begins. */
function secondDocument(text: string, isFirstMarked: boolean): number {
  const markers = [...text.matchAll(/^(?:---|\.\.\.)(?=[ \t\r\n]|$)/gm)];
  const starts = markers.filter((marker) => marker[0] === '---');
  return (starts[isFirstMarked ? 1 : 0] ?? markers.find((marker) => marker[0] === '...'))?.index ?? 0;
}

function problemOf(error: unknown): Problem {
  if (error instanceof Refusal) return error.problem;
  if (!(error instanceof YAMLException)) return { offset: 0, detail: 'the text cannot be read' };
  const detail = error.reason.startsWith('nesting exceeded') ? `nested deeper than ${MAX_DEPTH}` : showHidden(error.reason);
  return { offset: error.mark?.position ?? 0, detail, isSyntax: !error.reason.startsWith('nesting exceeded') };
}

interface Frame {
  readonly node: ListNode | MapNode;
  readonly anchor: string | null;
  key: { readonly text: string; readonly start: number; readonly usable: boolean } | null;
  readonly keys: Set<string>;
}

interface Composer {
  readonly text: string;
  readonly problems: Problem[];
  readonly scalars: (readonly [start: number, end: number])[];
  /** Null while the anchored collection is still open. */
  readonly anchors: Map<string, Node | null>;
  readonly frames: Frame[];
  root: Node | null;
  nodes: number;
  /** End of what was read last. */
  position: number;
}

function composeEvents(composer: Composer, events: readonly Event[]): void {
  for (const event of events) {
    switch (event.type) {
      case EVENT_ID.SCALAR:
        takeScalar(composer, event);
        break;
      case EVENT_ID.SEQUENCE:
        open(composer, event, { kind: 'list', start: event.start, end: event.start, size: 1, height: 1, items: [] });
        break;
      case EVENT_ID.MAPPING:
        open(composer, event, { kind: 'map', start: event.start, end: event.start, size: 1, height: 1, entries: [] });
        break;
      case EVENT_ID.ALIAS:
        takeAlias(composer, event);
        break;
      case EVENT_ID.POP:
        close(composer);
        break;
    }
  }
}

function takeScalar(composer: Composer, event: ScalarEvent): void {
  const { text, problems } = composer;
  const start = event.valueStart === -1 ? composer.position : event.valueStart;
  const end = event.valueEnd === -1 ? start : event.valueEnd;
  composer.position = end;
  composer.scalars.push([start, end]);
  count(composer, 1, start);
  const resolved = resolveScalar(text, event);
  if ('detail' in resolved) problems.push({ offset: event.tagStart === -1 ? start : event.tagStart, detail: resolved.detail });
  const indent = event.style === SCALAR_STYLE.LITERAL_BLOCK ? event.indent : null;
  const value = 'value' in resolved ? resolved.value : null;
  const node: ScalarNode = { kind: 'scalar', start, end, size: 1, height: 0, value, indent };
  const anchor = anchorOf(text, event);
  if (anchor !== null) composer.anchors.set(anchor, node);
  const isMerge = event.style === SCALAR_STYLE.PLAIN && node.value === '<<';
  place(composer, node, isQuoted(event) ? start - 1 : start, isMerge);
}

function takeAlias(composer: Composer, event: AliasEvent): void {
  const name = composer.text.slice(event.anchorStart, event.anchorEnd);
  const start = event.anchorStart - 1;
  composer.position = event.anchorEnd;
  const target = composer.anchors.get(name);
  if (target === undefined) throw new Refusal({ offset: start, detail: `unknown alias *${showText(name)}` });
  if (target === null) throw new Refusal({ offset: start, detail: `alias *${showText(name)} contains itself` });
  count(composer, target.size, start);
  if (composer.frames.length + target.height > MAX_DEPTH) throw tooDeep(start);
  place(composer, target, start, false);
}

function open(composer: Composer, event: SequenceEvent | MappingEvent, node: ListNode | MapNode): void {
  count(composer, 1, node.start);
  if (composer.frames.length >= MAX_DEPTH) throw tooDeep(node.start);
  const tag = event.tagStart === -1 ? '' : composer.text.slice(event.tagStart, event.tagEnd);
  if (tag !== '' && tag !== '!' && tag !== (node.kind === 'list' ? '!!seq' : '!!map')) {
    composer.problems.push({ offset: event.tagStart, detail: `unknown tag ${showText(tag)}` });
  }
  const anchor = anchorOf(composer.text, event);
  if (anchor !== null) composer.anchors.set(anchor, null);
  composer.frames.push({ node, anchor, key: null, keys: new Set() });
  composer.position = node.start;
}

function close(composer: Composer): void {
  const frame = composer.frames.pop();
  if (frame === undefined) return;
  const { node } = frame;
  const children = node.kind === 'list' ? node.items : node.entries.map((entry) => entry.value);
  for (const child of children) {
    node.size += child.size;
    node.height = Math.max(node.height, child.height + 1);
  }
  if (node.kind === 'map') node.size += node.entries.length;
  node.end = composer.position;
  if (frame.anchor !== null) composer.anchors.set(frame.anchor, node);
  place(composer, node, node.start, false);
}

/** Puts a finished node where it belongs: it is the document, an item, a key or the value of the last key. */
function place(composer: Composer, node: Node, start: number, isMerge: boolean): void {
  const frame = composer.frames.at(-1);
  if (frame === undefined) composer.root = node;
  else if (frame.node.kind === 'list') frame.node.items.push(node);
  else if (frame.key === null) frame.key = readKey(composer, frame, node, start, isMerge);
  else {
    if (frame.key.usable) frame.node.entries.push({ key: frame.key.text, keyStart: frame.key.start, value: node });
    frame.key = null;
  }
}

function readKey(composer: Composer, frame: Frame, node: Node, start: number, isMerge: boolean): NonNullable<Frame['key']> {
  const text = node.kind === 'scalar' ? String(node.value) : '';
  const detail = isMerge
    ? 'merge keys are not supported'
    : (keyFault(node) ?? (frame.keys.has(text) ? `duplicate key '${showText(text)}'` : null));
  if (detail !== null) composer.problems.push({ offset: start, detail });
  frame.keys.add(text);
  return { text, start, usable: detail === null };
}

/** Booleans and integers become text, as branch keys need it; nothing else does. */
function keyFault(node: Node): string | null {
  if (node.kind !== 'scalar' || node.value === null) return 'a key must be text';
  if (typeof node.value === 'number' && !Number.isSafeInteger(node.value)) return 'a key must be text; put this number in quotes';
  if (typeof node.value === 'string' && hasHidden(node.value)) return 'a key must not hold control or direction characters';
  return null;
}

function count(composer: Composer, nodes: number, offset: number): void {
  composer.nodes += nodes;
  if (composer.nodes > MAX_NODES) throw new Refusal({ offset, detail: `more than ${MAX_NODES} nodes` });
}

function tooDeep(offset: number): Refusal {
  return new Refusal({ offset, detail: `nested deeper than ${MAX_DEPTH}` });
}

function isQuoted(event: ScalarEvent): boolean {
  return event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
}

function anchorOf(text: string, event: { readonly anchorStart: number; readonly anchorEnd: number }): string | null {
  return event.anchorStart === -1 ? null : text.slice(event.anchorStart, event.anchorEnd);
}
