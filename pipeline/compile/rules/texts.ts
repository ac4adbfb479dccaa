import { escapePointer } from '../../ir/pointer.js';
import { showText } from '../../ir/show.js';
import type { TextFinding } from '../../expression/ast.js';
import { textOf } from '../draft.js';
import type { Draft, Site } from '../draft.js';
import type { Finding } from '../finding.js';
import { isVisible, visibleNames } from '../scope.js';
import { suggest } from '../../values/suggest.js';
import type { Text } from '../texts.js';

/** V-E1, V-E2, V-E4, V-T3, TEMPLATE-001: what is wrong with a text by itself, and names that are not known at its place. V-T4. */
export function checkTexts(draft: Draft): Finding[] {
  const readers = readersOf(draft.sites);
  return draft.texts.flatMap((text) => [
    ...text.parsed.findings.map((finding) => textFinding(text, finding, draft)),
    ...checkNames(text),
    ...checkSteps(text, text.site === null ? (readers.get(text.pointer) ?? []) : [text.site]),
  ]);
}

function textFinding({ pointer, key }: Text, { code, detail, offset, hint }: TextFinding, { spell }: Draft): Finding {
  const message = code === 'V-E1' ? `Invalid expression in ${spell(key)}: ${detail} at ${offset}` : detail;
  return { code, message, pointer, at: offset, ...(hint !== undefined && { hint }) };
}

function checkNames({ pointer, names, parsed }: Text): Finding[] {
  // Up to a syntax error anything can look like a name.
  if (parsed.findings.some(({ code }) => code === 'V-E1')) return [];
  const unknown = parsed.uses.filter(({ kind, name }) => kind === 'name' && name !== null && !names.includes(name));
  return unknown.map(({ name, offset }): Finding => {
    const near = suggest(name ?? '', names);
    const hint = near === undefined ? `Known names: ${names.join(', ')}` : `Did you mean '${near}'?`;
    return { code: 'V-E2', message: `Unknown name: ${showText(name ?? '')}`, pointer, at: offset, hint };
  });
}

function checkSteps(text: Text, readers: readonly Site[]): Finding[] {
  const uses = text.parsed.uses.filter(({ kind, name }) => kind === 'step' && name !== null);
  return uses.flatMap(({ name, offset }) => {
    // What an agent's steps share is reported once, for the first step that can't see it.
    const blind = readers.find(({ scope }) => !isVisible(scope, name ?? ''));
    if (blind === undefined) return [];
    const prior = visibleNames(blind.scope);
    const hint = prior.length === 0 ? 'No step comes before it' : `Prior steps: ${prior.join(', ')}`;
    const message = `Template references steps.${showText(name ?? '')} which is not a prior step`;
    return [{ code: 'V-T4' as const, message, pointer: text.pointer, at: offset, path: blind.path, hint }];
  });
}

/** The steps of each agent, by the pointer of its system text. */
function readersOf(sites: readonly Site[]): Map<string, Site[]> {
  const readers = new Map<string, Site[]>();
  for (const site of sites) {
    if (site.kind !== 'agent') continue;
    const pointer = `/agents/${escapePointer(textOf(site.step, 'agent') ?? '')}/system`;
    const before = readers.get(pointer);
    if (before === undefined) readers.set(pointer, [site]);
    else before.push(site);
  }
  return readers;
}
