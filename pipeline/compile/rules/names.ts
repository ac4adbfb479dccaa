import { hasHidden, showText } from '../../ir/show.js';
import { escapePointer } from '../../ir/pointer.js';
import { ID_PATTERN, MAX_STEP_NAME, NAME_PATTERN } from '../../ir/schema.js';
import { utf8Bytes } from '../../values/canonical.js';
import { agentsOf, objectOf } from '../draft.js';
import type { Draft, Site } from '../draft.js';
import { mismatch } from '../finding.js';
import { isEarlier, isOuter } from '../scope.js';
import type { Finding } from '../finding.js';

/** A path is part of every id of the run: of its calls, its activities and its requests. */
const MAX_PATH_BYTES = 800;

/** V-N1, and V-Y4 for branch keys and for paths that would be too long. */
export function checkNames({ document, sites }: Draft): Finding[] {
  const agents = agentsOf(document).flatMap(([id]): Finding[] =>
    ID_PATTERN.test(id)
      ? []
      : [{ code: 'V-N1', message: `Agent name '${showText(id)}' is invalid`, pointer: `/agents/${escapePointer(id)}`, at: 'key' }],
  );
  return [...agents, ...sites.flatMap((site) => [...checkName(site), ...checkBranchKeys(site)])];
}

function checkName({ name, path, pointer, scope }: Site): Finding[] {
  if (name === '') return [];
  const at = `${pointer}/name`;
  if (isEarlier(scope, name)) return [{ code: 'V-N1', message: `Step name '${showText(name)}' is already used`, pointer: at }];
  if (isOuter(scope, name)) return [{ code: 'V-N1', message: `Step name '${showText(name)}' hides an outer step`, pointer: at }];
  if (!NAME_PATTERN.test(name) || name.length > MAX_STEP_NAME) return [];
  const bytes = utf8Bytes(path);
  // Once, for the outermost step that is too far away.
  if (utf8Bytes(path.slice(0, -name.length - 1)) > MAX_PATH_BYTES) return [];
  return bytes > MAX_PATH_BYTES ? [mismatch(at, `a step path of at most ${MAX_PATH_BYTES} bytes`, `${bytes}`)] : [];
}

function checkBranchKeys({ step, kind, pointer }: Site): Finding[] {
  if (kind !== 'conditional') return [];
  return Object.keys(objectOf(step, 'branches') ?? {}).flatMap((key) => {
    if (key !== '__proto__' && !hasHidden(key)) return [];
    const at = `${pointer}/branches/${escapePointer(key)}`;
    return [mismatch(at, 'a branch key without control characters, and not __proto__', JSON.stringify(showText(key)))];
  });
}
