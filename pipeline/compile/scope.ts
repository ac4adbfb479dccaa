/** The steps that one step can see: those before it in its own sequence and in every enclosing one. */
export interface Scope {
  readonly outer: Scope | null;
  /** Index of the first step of each name in the sequence; shared by all steps of it, later ones included. */
  readonly first: ReadonlyMap<string, number>;
  readonly index: number;
}

/** An earlier step of the own sequence has this name. */
export function isEarlier({ first, index }: Scope, name: string): boolean {
  return (first.get(name) ?? Infinity) < index;
}

export function isVisible(scope: Scope, name: string): boolean {
  return isEarlier(scope, name) || isOuter(scope, name);
}

/** An earlier step of an enclosing sequence has this name. */
export function isOuter({ outer }: Scope, name: string): boolean {
  return outer !== null && isVisible(outer, name);
}

const MAX_SHOWN = 20;

/** Names in sight, nearest sequence first: enough of them for a hint. */
export function visibleNames(scope: Scope): string[] {
  const names: string[] = [];
  for (let at: Scope | null = scope; at !== null; at = at.outer) {
    for (const [name, index] of at.first) {
      if (names.length === MAX_SHOWN || index >= at.index) break;
      names.push(name);
    }
  }
  return names;
}
