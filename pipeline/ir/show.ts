/** Control characters and the marks that change the direction of writing: with them two different names can look alike. */
// eslint-disable-next-line no-control-regex -- these are what it looks for
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

export function hasHidden(text: string): boolean {
  return text.search(HIDDEN) !== -1;
}

/** Text as a message quotes it: hidden characters are written out, so that a message can't be spoofed by what it quotes. */
export function showText(text: string): string {
  const short = text.length > 64 ? `${text.slice(0, 60)}…` : text;
  return showHidden(short);
}

export function showHidden(text: string): string {
  return text.replace(HIDDEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A value as a message quotes it, on one short line. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  return showText(typeof value === 'number' ? String(value) : JSON.stringify(value));
}
