const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** Milliseconds; ten years. */
const MAX = 10 * 365 * 86_400_000;

/** Whole milliseconds from `500ms`, `30s`, `5m`, `2h`, `1d` or a positive number of milliseconds; null for anything else. */
export function parseDuration(value: unknown): number | null {
  const milliseconds = typeof value === 'number' ? value : typeof value === 'string' ? parseText(value) : null;
  return milliseconds !== null && Number.isInteger(milliseconds) && milliseconds > 0 && milliseconds <= MAX ? milliseconds : null;
}

function parseText(text: string): number | null {
  const match = /^(\d{1,15})(ms|s|m|h|d)$/.exec(text);
  const unit = UNITS.find(([name]) => name === match?.[2]);
  return match && unit ? Number(match[1]) * unit[1] : null;
}

/** In the largest unit that divides it. */
export function formatDuration(milliseconds: number): string {
  const [name, size] = UNITS.find(([, each]) => milliseconds % each === 0) ?? ['ms', 1];
  return milliseconds === 0 ? '0ms' : `${milliseconds / size}${name}`;
}
