import { canonicalJson } from './canonical.js';
import { sha256Hex } from './sha256.js';

/** SHA-256, in hex, of a definition's canonical JSON without its parsed forms, which follow from the sources: equal exactly for equal definitions. */
export function fingerprint(definition: unknown): string {
  return sha256Hex(canonicalJson(withoutAsts(definition)));
}

function withoutAsts(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutAsts);
  if (typeof node !== 'object' || node === null) return node;
  const isCompiled =
    Object.keys(node).length === 2 && Object.hasOwn(node, 'ast') && typeof (node as { source?: unknown }).source === 'string';
  const entries = Object.entries(node).filter(([key]) => !(isCompiled && key === 'ast'));
  return Object.fromEntries(entries.map(([key, value]) => [key, AUTHORS.includes(key) ? value : withoutAsts(value)]));
}

/** Keys whose values are the author's data, where an `ast` is data too. */
const AUTHORS: readonly string[] = ['inputSchema', 'contextSchema', 'outputSchema', 'form', 'context'];
