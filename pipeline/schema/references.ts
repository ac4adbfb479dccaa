import { isObject } from '../values/json.js';

const PREFIX = '#/$defs/';

/** The name in `$defs` that a `$ref` means, written as it is or percent-encoded; null when there is none. */
export function definitionName(root: unknown, reference: unknown): string | null {
  if (typeof reference !== 'string' || !reference.startsWith(PREFIX)) return null;
  const written = reference.slice(PREFIX.length);
  const names = [written, percentDecoded(written)].map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  return names.find((name) => Object.hasOwn(definitionsOf(root), name)) ?? null;
}

/** The `$defs` of a whole schema. */
export function definitionsOf(root: unknown): { readonly [name: string]: unknown } {
  return isObject(root) && isObject(root['$defs']) ? root['$defs'] : {};
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** More levels of one schema than anyone writes for one value. */
const MAX_IN_PLACE = 64;

/**
 * Finds references that come back to themselves, or nest without end in sight, while they look at one and the same value:
 * through other references, `allOf`, `anyOf`, `oneOf` and `not`. Those that step into the value end where the value does.
 */
export class InPlace {
  readonly #root: unknown;
  /** Levels below each definition that is known to end, or why it doesn't. */
  readonly #known = new Map<string, number | Endless>();
  /** The definitions on the way to the one that is looked at. */
  readonly #above = new Set<string>();

  constructor(root: unknown) {
    this.#root = root;
  }

  /** What is wrong with going to this definition; null when nothing is. */
  fault(name: string): string | null {
    const levels = this.#levelsOf(name);
    return typeof levels === 'number' ? null : levels.reason;
  }

  #levelsOf(name: string): number | Endless {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    if (this.#above.has(name)) return { reason: `a circle through '${name}'` };
    if (this.#above.size > MAX_IN_PLACE) return TOO_LONG;
    this.#above.add(name);
    const levels = this.#levelsIn(definitionsOf(this.#root)[name], 1);
    this.#above.delete(name);
    const result = typeof levels === 'number' && levels > MAX_IN_PLACE ? TOO_LONG : levels;
    this.#known.set(name, result);
    return result;
  }

  #levelsIn(schema: unknown, depth: number): number | Endless {
    if (!isObject(schema) || depth > MAX_IN_PLACE) return depth;
    let deepest = depth;
    const target = definitionName(this.#root, schema['$ref']);
    if (target !== null) {
      const below = this.#levelsOf(target);
      if (typeof below !== 'number') return below;
      deepest += below;
    }
    for (const part of [schema['not'], schema['allOf'], schema['anyOf'], schema['oneOf']].flat()) {
      const levels = this.#levelsIn(part, depth + 1);
      if (typeof levels !== 'number') return levels;
      deepest = Math.max(deepest, levels);
    }
    return deepest;
  }
}

interface Endless {
  readonly reason: string;
}
const TOO_LONG: Endless = { reason: 'a longer chain of references' };
