import { show } from '../ir/show.js';
import { parentPointer, escapePointer } from '../ir/pointer.js';
import type { PipelineDocument } from '../ir/schema.js';
import type { Pipeline } from '../ir/types.js';
import { fingerprint } from '../values/fingerprint.js';
import type { Json } from '../values/json.js';
import { isObject } from '../values/json.js';
import { build } from './build.js';
import type { Diagnostic } from './diagnostics.js';
import { findSites } from './draft.js';
import type { Draft, Site } from './draft.js';
import { mismatch } from './finding.js';
import type { Finding } from './finding.js';
import { toPlain } from './plain.js';
import type { Plain } from './plain.js';
import { checkContext } from './rules/context.js';
import { checkGrammar } from './rules/grammar.js';
import { checkNames } from './rules/names.js';
import { checkPeople } from './rules/people.js';
import { checkPrices } from './rules/prices.js';
import { checkReferences } from './rules/references.js';
import { checkSchemas } from './rules/schemas.js';
import { checkTexts } from './rules/texts.js';
import { isSilenced } from './silence.js';
import { isSource } from './source.js';
import type { Source } from './source.js';
import { toTexts } from './to-texts.js';
import { parseTexts } from './texts.js';

export interface CompileOptions {
  /** What a registry holds, where one is known; tools are looked up in it. */
  readonly known?: { readonly tools?: readonly string[] };
  /** Whether a model (`provider:model`) has a price; without it V-U2 is not looked for. */
  readonly hasPrice?: (model: string) => boolean;
}

export interface Compiled {
  /** Deeply frozen; null when any finding is an error. */
  readonly pipeline: Pipeline | null;
  /** Every finding, in the order of the document. */
  readonly diagnostics: readonly Diagnostic[];
  /** SHA-256 in hex, the same for every way to write one pipeline; null without a pipeline. */
  readonly fingerprint: string | null;
}

/**
 * Checks a pipeline and makes its IR: from the DSL, from what `loadYaml` read, or from an IR (which comes out as it was).
 * Never throws; everything that is wrong is in `diagnostics`.
 */
export function compile(input: PipelineDocument | Pipeline | Source, options: CompileOptions = {}): Compiled {
  const source = isSource(input) ? input : null;
  if (source !== null && source.document === null) return { pipeline: null, diagnostics: source.diagnostics, fingerprint: null };
  const plain = toPlain(source === null ? input : source.document);
  const document = toTexts(plain.document);
  if (!isObject(document)) {
    const findings = plain.findings.length > 0 ? plain.findings : [mismatch('', 'a pipeline', show(document))];
    return { pipeline: null, diagnostics: toDiagnostics(findings, { sites: [], source, document }), fingerprint: null };
  }
  const sites = findSites(document);
  const draft: Draft = { document, sites, texts: parseTexts(document, sites), spell: source?.spell ?? ((key) => key) };
  const findings = [...checkValues(draft, plain), ...checkMeaning(draft, options)];
  const diagnostics = toDiagnostics(findings, { sites, source, document });
  if (diagnostics.some(({ severity }) => severity === 'error')) return { pipeline: null, diagnostics, fingerprint: null };
  // Without an error the document is what the grammar says.
  const pipeline = freeze(build(document as unknown as PipelineDocument, draft.texts));
  return { pipeline, diagnostics, fingerprint: fingerprint(pipeline) };
}

/** What is no JSON, what the grammar says of the rest, and numbers of which it says nothing because they are in an author's data. */
function checkValues(draft: Draft, { findings, notFinite }: Plain): Finding[] {
  const known = pointersOf(findings);
  const grammar = checkGrammar(draft).filter(({ pointer }) => !known.has(pointer));
  const named = pointersOf(grammar);
  return [...findings, ...grammar, ...notFinite.filter(({ pointer }) => !named.has(pointer))];
}

function pointersOf(findings: readonly Finding[]): Set<string> {
  return new Set(findings.map(({ pointer }) => pointer));
}

function checkMeaning(draft: Draft, { known, hasPrice }: CompileOptions): Finding[] {
  return [
    ...checkNames(draft),
    ...checkSchemas(draft),
    ...checkReferences(draft, known?.tools),
    ...checkTexts(draft),
    ...checkContext(draft),
    ...checkPeople(draft),
    ...checkPrices(draft, hasPrice),
  ];
}

interface Places {
  readonly sites: readonly Site[];
  readonly source: Source | null;
  readonly document: Json;
}

function toDiagnostics(findings: readonly Finding[], { sites, source, document }: Places): Diagnostic[] {
  const pathOf = new Map(sites.map(({ pointer, path }) => [pointer, path]));
  const order = source === null && findings.length > 0 ? ordinals(document) : null;
  const placed = findings.map(({ at, path, ...finding }) => {
    const position = source?.locate(finding.pointer, at);
    const diagnostic: Diagnostic = {
      ...finding,
      severity: finding.code === 'V-U2' ? 'warning' : 'error',
      path: path ?? nearest(pathOf, finding.pointer) ?? '',
      ...(position !== undefined && { position }),
    };
    return { diagnostic, rank: order === null ? 0 : (nearest(order, finding.pointer) ?? 0), at: typeof at === 'number' ? at : 0 };
  });
  const siteOf = new Map(sites.map((site) => [site.path, site]));
  const heard = placed.filter(({ diagnostic }) => !isSilenced(diagnostic, siteOf, source?.ignores ?? []));
  const read = (source?.diagnostics ?? []).map((diagnostic) => ({ diagnostic, rank: 0, at: 0 }));
  return [...read, ...heard]
    .sort((a, b) => compare(a.diagnostic, b.diagnostic) || a.rank - b.rank || a.at - b.at)
    .map((each) => each.diagnostic);
}

function compare({ position: a }: Diagnostic, { position: b }: Diagnostic): number {
  return a === undefined || b === undefined ? 0 : a.line - b.line || a.column - b.column;
}

/** The rank of every part of a document that was not written as text, by pointer. */
function ordinals(document: Json): Map<string, number> {
  const ranks = new Map<string, number>();
  const visit = (part: Json, pointer: string) => {
    ranks.set(pointer, ranks.size);
    if (typeof part !== 'object' || part === null) return;
    for (const [key, value] of Object.entries(part)) visit(value, `${pointer}/${escapePointer(key)}`);
  };
  visit(document, '');
  return ranks;
}

function nearest<T>(byPointer: ReadonlyMap<string, T>, pointer: string): T | undefined {
  let at = pointer;
  while (!byPointer.has(at) && at !== '') at = parentPointer(at);
  return byPointer.get(at);
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) freeze(part);
  }
  return value;
}
