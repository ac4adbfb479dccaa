import type { Diagnostic, DiagnosticCode } from './diagnostics.js';
import { own } from './draft.js';
import type { Site } from './draft.js';
import type { Ignore } from './source.js';

/** What can be silenced. Everything else leaves no pipeline that could be run. */
const SILENCEABLE = new Set<DiagnosticCode>(['V-A6', 'V-T4', 'V-X1', 'V-H2', 'V-U2']);

/** Whether `suppressRules` or a comment silences a finding about its step. `siteOf` has the steps by path. */
export function isSilenced({ code, path, pointer }: Diagnostic, siteOf: ReadonlyMap<string, Site>, ignores: readonly Ignore[]): boolean {
  // An agent that nobody declared has no model to call; a tool may be known at the worker alone.
  const isSilenceable = SILENCEABLE.has(code) && !(code === 'V-A6' && pointer.endsWith('/agent'));
  const site = isSilenceable ? siteOf.get(path) : undefined;
  if (site === undefined) return false;
  const rules = own(site.step, 'suppressRules');
  const globs = [
    ...(Array.isArray(rules) ? rules.filter((rule) => typeof rule === 'string') : []),
    ...ignores.flatMap((ignore) => (ignore.pointer === site.pointer ? ignore.codes : [])),
  ];
  return globs.some((glob) => matches(glob, code));
}

/** `*` stands for any run of characters. */
function matches(glob: string, code: string): boolean {
  const [head = '', ...parts] = glob.split('*');
  const tail = parts.pop();
  if (tail === undefined) return glob === code;
  if (!code.startsWith(head) || !code.endsWith(tail)) return false;
  let from = head.length;
  for (const part of parts) {
    const found = code.indexOf(part, from);
    if (found === -1) return false;
    from = found + part.length;
  }
  return from <= code.length - tail.length;
}
