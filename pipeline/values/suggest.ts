/** The candidate that a mistyped word most likely meant, if any is near. A part of a name counts too: `retries` means `max_retries`. */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length * 0.4));
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of candidates.slice(0, MAX_CANDIDATES)) {
    const distances = partsOf(candidate).map((part) => editDistance(word, part, limit) + PART_PENALTY);
    const distance = Math.min(editDistance(word, candidate, limit), ...distances);
    if (distance < least && distance <= limit + PART_PENALTY) {
      best = candidate;
      least = distance;
    }
  }
  return best;
}

/** So that a long list of names can't make a long list of findings slow. */
const MAX_CANDIDATES = 50;

/** A whole name is meant rather than a part that is as near. */
const PART_PENALTY = 0.5;

function partsOf(name: string): string[] {
  const parts = name.split(/_|(?=[A-Z])/);
  return parts.length > 1 ? parts.map((part) => part.toLowerCase()) : [];
}

/**
 * Insertions, deletions and replacements that lead from one word to the other.
 * Words over 40 characters are never near, nor are two whose lengths differ by more than `limit`.
 */
function editDistance(from: string, to: string, limit: number): number {
  if (from.length > 40 || to.length > 40 || Math.abs(from.length - to.length) > limit) return Infinity;
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
