import { escapePointer } from '../../ir/pointer.js';
import { checkSchema } from '../../schema/check-schema.js';
import type { JsonObject } from '../../values/json.js';
import { isObject } from '../../values/json.js';
import { agentsOf, own } from '../draft.js';
import type { Draft } from '../draft.js';
import { mismatch } from '../finding.js';
import type { Finding } from '../finding.js';

/** V-Y4: schemas with keywords that are not in the language. Only what is checked at a worker may use `pattern`. */
export function checkSchemas({ document, sites }: Draft): Finding[] {
  return [
    ...check(document, '', 'inputSchema', false),
    ...check(document, '', 'contextSchema', false),
    ...agentsOf(document).flatMap(([id, agent]) => check(agent, `/agents/${escapePointer(id)}`, 'outputSchema', true)),
    ...sites.flatMap(({ step, kind, pointer }) => [
      ...check(step, pointer, 'inputSchema', false),
      ...(kind === 'hitl' ? check(step, pointer, 'form', false) : []),
    ]),
  ];
}

function check(holder: JsonObject, pointer: string, key: string, allowPattern: boolean): Finding[] {
  const schema = own(holder, key);
  if (typeof schema !== 'boolean' && !isObject(schema)) return [];
  return checkSchema(schema, { allowPattern }).map((fault) => mismatch(`${pointer}/${key}${fault.pointer}`, fault.expected, fault.got));
}
