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
  /** Levels below the definitions that are known to end. */
  readonly #levels = new Map<string, number>();

  constructor(root: unknown) {
    this.#root = root;
  }

  /** What is wrong with going to this definition; null when nothing is. */
  fault(name: string): string | null {
    try {
      this.#levelsOf(name, []);
      return null;
    } catch (error) {
      if (error instanceof Endless) return error.message;
      throw error;
    }
  }

  #levelsOf(name: string, above: readonly string[]): number {
    if (above.includes(name)) throw new Endless(`a circle through '${name}'`);
    const known = this.#levels.get(name);
    if (known !== undefined) return known;
    if (above.length > MAX_IN_PLACE) throw new Endless('a longer chain of references');
    const levels = this.#levelsIn(definitionsOf(this.#root)[name], [...above, name], 1);
    if (levels > MAX_IN_PLACE) throw new Endless('a longer chain of references');
    this.#levels.set(name, levels);
    return levels;
  }

  #levelsIn(schema: unknown, above: readonly string[], depth: number): number {
    if (!isObject(schema) || depth > MAX_IN_PLACE) return depth;
    const target = definitionName(this.#root, schema['$ref']);
    const lists = [schema['allOf'], schema['anyOf'], schema['oneOf'], [schema['not']]];
    const inner = lists.flatMap((list) => (Array.isArray(list) ? (list as unknown[]) : []));
    return Math.max(
      target === null ? depth : depth + this.#levelsOf(target, above),
      ...inner.map((each) => this.#levelsIn(each, above, depth + 1)),
    );
  }
}

class Endless extends Error {}
