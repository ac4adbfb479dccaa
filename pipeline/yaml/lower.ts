import { roleBelow, roleOfItems } from '../ir/roles.js';
import { showText } from '../ir/show.js';
import type { Role } from '../ir/roles.js';
import { escapePointer } from '../ir/pointer.js';
import type { Json } from '../values/json.js';
import type { Entry, MapNode, Node, Problem } from './compose.js';

/** Offsets of one part of the document. */
export interface Place {
  readonly key: number;
  readonly node: Node;
}
export interface Lowered {
  readonly document: Json;
  /** By JSON pointer into the document. */
  readonly places: ReadonlyMap<string, Place>;
  readonly problems: readonly Problem[];
}

/**
 * Nodes with keys in `snake_case` → the document in IR names. The only place that knows both spellings.
 * A single step may stand for a list of one.
 */
export function lower(root: Node): Lowered {
  const places = new Map<string, Place>();
  const problems: Problem[] = [];
  const document = lowerNode(root, root.start, '', 'language');
  return { document, places, problems };

  function lowerNode(node: Node, key: number, pointer: string, role: Role): Json {
    if (role === 'sequence' && node.kind === 'map') return [lowerNode(node, key, `${pointer}/0`, 'language')];
    places.set(pointer, { key, node });
    if (node.kind === 'scalar') return node.value;
    if (node.kind === 'list') {
      return node.items.map((item, index) => lowerNode(item, item.start, `${pointer}/${index}`, roleOfItems(role)));
    }
    const entries = role === 'language' ? renamed(node) : node.entries;
    return Object.fromEntries(
      entries.map((entry) => [
        entry.key,
        lowerNode(entry.value, entry.keyStart, `${pointer}/${escapePointer(entry.key)}`, roleBelow(role, entry.key)),
      ]),
    );
  }

  function renamed(node: MapNode): Entry[] {
    const seen = new Set<string>();
    const entries: Entry[] = [];
    for (const entry of node.entries) {
      const key = toCamelCase(entry.key);
      if (seen.has(key)) problems.push({ offset: entry.keyStart, detail: `duplicate key '${showText(entry.key)}'` });
      else entries.push({ ...entry, key });
      seen.add(key);
    }
    return entries;
  }
}

function toCamelCase(key: string): string {
  return key.replace(/(?<=[a-z0-9])_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

export function toSnakeCase(key: string): string {
  return key.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
