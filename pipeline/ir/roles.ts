/**
 * What stands at a place of a document, by the keys that lead to it:
 * `language` keys are Flujo's own, `names` are the author's names for language below, `sequences` the same for lists of steps,
 * and `data` belongs to the author, every key of it.
 */
export type Role = 'language' | 'names' | 'sequences' | 'sequence' | 'data';

/** Also the parsed forms in a compiled pipeline, whose literals are data. */
const DATA = new Set(['inputSchema', 'contextSchema', 'outputSchema', 'form', 'context', 'ast']);
const SEQUENCES = new Set(['steps', 'default']);

export function roleBelow(role: Role, key: string): Role {
  if (role === 'names') return 'language';
  if (role === 'sequences') return 'sequence';
  if (role === 'data' || DATA.has(key)) return 'data';
  if (SEQUENCES.has(key)) return 'sequence';
  if (key === 'agents') return 'names';
  return key === 'branches' ? 'sequences' : 'language';
}

/** The role of the items of a list at a place of this role. */
export function roleOfItems(role: Role): Role {
  return role === 'sequence' ? 'language' : role;
}
