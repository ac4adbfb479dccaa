import { canonicalJson } from './canonical.js';
import { sha256Hex } from './sha256.js';

/** SHA-256, in hex, of a definition's canonical JSON without its parsed forms, which follow from the sources: equal exactly for equal definitions. */
export function fingerprint(definition: unknown): string {
  return sha256Hex(canonicalJson(withoutAsts(definition)));
}

/** `byName`: the keys of this node are names that an author chose, not words of the language. */
function withoutAsts(node: unknown, byName = false): unknown {
  if (Array.isArray(node)) return node.map((each) => withoutAsts(each));
  if (typeof node !== 'object' || node === null) return node;
  const isCompiled =
    Object.keys(node).length === 2 && Object.hasOwn(node, 'ast') && typeof (node as { source?: unknown }).source === 'string';
  const entries = Object.entries(node).filter(([key]) => !(isCompiled && key === 'ast'));
  return Object.fromEntries(
    entries.map(([key, value]) => [key, !byName && AUTHORS.includes(key) ? value : withoutAsts(value, !byName && BY_NAME.includes(key))]),
  );
}

/** Keys whose values are the author's data, where an `ast` is data too. */
const AUTHORS: readonly string[] = ['inputSchema', 'contextSchema', 'outputSchema', 'form', 'context'];

/** Keys whose values hold parts of the definition by name. */
const BY_NAME: readonly string[] = ['agents', 'branches'];
