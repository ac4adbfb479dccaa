import type { Diagnostic, Position } from './diagnostics.js';

/** A pipeline as it was read: the document in IR names, where each part of it stands, and what reading it found. */
export interface Source {
  /** Not checked yet. Null when the text could not be read as one mapping. */
  readonly document: unknown;
  readonly file: string;
  /** True when the text can't be parsed at all; any other V-Y1 is a finding like the rest. */
  readonly syntaxError: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly ignores: readonly Ignore[];
  /**
   * Where a JSON pointer of `document` was written, or its nearest ancestor that was.
   * `at` is `'key'` for the key itself, or an offset in UTF-16 units into a text value.
   */
  locate(pointer: string, at?: 'key' | number): Position | undefined;
  /** A key of the IR as authors spell it in this form. */
  spell(key: string): string;
}

/** A comment that silences findings of one step. */
export interface Ignore {
  readonly pointer: string;
  /** Codes or globs. */
  readonly codes: readonly string[];
}

export function isSource(value: unknown): value is Source {
  return typeof value === 'object' && value !== null && 'locate' in value && typeof value.locate === 'function';
}
