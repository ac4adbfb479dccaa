import { show } from '../ir/show.js';
import type { DiagnosticCode } from './diagnostics.js';

/** What a rule has to say; severity, step path and position are added once, from the pointer. */
export interface Finding {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly pointer: string;
  /** `'key'` when it is about the key itself, an offset when about a part of a text. */
  readonly at?: 'key' | number;
  /** Step path, where the pointer doesn't lie in the step that it is about. */
  readonly path?: string;
  readonly hint?: string;
}

/** A value of the wrong type or out of its range. */
export function expected(pointer: string, what: string, value: unknown): Finding {
  return mismatch(pointer, what, show(value));
}

export function mismatch(pointer: string, what: string, got: string): Finding {
  return { code: 'V-Y4', message: `${pointer === '' ? 'document' : pointer}: expected ${what}, got ${got}`, pointer };
}
