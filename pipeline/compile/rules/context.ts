import { showText } from '../../ir/show.js';
import { knownFields } from '../../schema/fields.js';
import type { Json } from '../../values/json.js';
import { isObject } from '../../values/json.js';
import { own, textOf } from '../draft.js';
import type { Draft, Site } from '../draft.js';
import { mismatch } from '../finding.js';
import type { Finding } from '../finding.js';
import { suggest } from '../../values/suggest.js';

/** Written by the engine alone. */
const ENGINE_FIELDS = ['runId', 'initialInput', 'hitlHistory'];

/** V-X1: fields that a closed `contextSchema` doesn't have; V-Y4: a `sinkTo` into what only the engine writes. */
export function checkContext(draft: Draft): Finding[] {
  const fields = closedFields(own(draft.document, 'contextSchema'));
  const inTexts = draft.texts.flatMap(({ parsed, pointer }) =>
    parsed.uses.flatMap(({ kind, name, offset }) =>
      kind === 'context' && name !== null ? unknownField(fields, name, pointer, offset) : [],
    ),
  );
  return [...inTexts, ...draft.sites.flatMap((site) => [...checkSink(site, fields), ...checkReads(site, fields)])];
}

function closedFields(schema: Json | undefined): readonly string[] | null {
  if (schema === undefined || (typeof schema !== 'boolean' && !isObject(schema))) return null;
  const fields = knownFields(schema);
  return fields === null ? null : [...fields, ...ENGINE_FIELDS];
}

function checkSink({ step, pointer }: Site, fields: readonly string[] | null): Finding[] {
  const path = textOf(step, 'sinkTo');
  if (path === undefined) return [];
  const parts = path.split('.');
  const field = (parts[0] === 'context' && parts.length > 1 ? parts[1] : parts[0]) ?? '';
  if (ENGINE_FIELDS.includes(field)) {
    return [mismatch(`${pointer}/sinkTo`, `a field that the engine doesn't write (${ENGINE_FIELDS.join(', ')})`, JSON.stringify(path))];
  }
  return unknownField(fields, field, `${pointer}/sinkTo`, 0);
}

function checkReads({ step, pointer }: Site, fields: readonly string[] | null): Finding[] {
  const reads = own(step, 'reads');
  if (!Array.isArray(reads)) return [];
  return reads.flatMap((field, index) => (typeof field === 'string' ? unknownField(fields, field, `${pointer}/reads/${index}`, 0) : []));
}

function unknownField(fields: readonly string[] | null, field: string, pointer: string, at: number): Finding[] {
  if (fields === null || fields.includes(field)) return [];
  const near = suggest(field, fields);
  const hint = near === undefined ? `Known fields: ${fields.join(', ')}` : `Did you mean '${near}'?`;
  return [{ code: 'V-X1', message: `Unknown context field '${showText(field)}'`, pointer, at, hint }];
}
