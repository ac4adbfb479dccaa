import { ID_PATTERN } from '../../ir/schema.js';
import { showText } from '../../ir/show.js';
import { agentsOf, objectOf, textOf } from '../draft.js';
import type { Draft, Site } from '../draft.js';
import type { Finding } from '../finding.js';
import { suggest } from '../../values/suggest.js';

/** V-A6: agents are declared in the pipeline; tools are checked only where a registry is known. */
export function checkReferences({ document, sites }: Draft, tools: readonly string[] | undefined): Finding[] {
  const agents = agentsOf(document).map(([id]) => id);
  return sites.flatMap((site) => [
    ...(site.kind === 'agent' ? checkId('agent', agents, site.pointer, textOf(site.step, 'agent'), 'agent') : []),
    ...(tools === undefined ? [] : checkTools(site, tools)),
  ]);
}

function checkTools({ step, kind, pointer }: Site, tools: readonly string[]): Finding[] {
  if (kind === 'tool') return checkId('tool', tools, pointer, textOf(step, 'tool'), 'tool');
  if (kind !== 'conditional') return [];
  return ['condition', 'branchInputMapper', 'branchOutputMapper'].flatMap((key) =>
    checkId('tool', tools, `${pointer}/${key}`, textOf(objectOf(step, key) ?? {}, 'tool'), 'tool'),
  );
}

function checkId(noun: string, known: readonly string[], holder: string, id: string | undefined, key: string): Finding[] {
  // An id that can't be one is the grammar's finding.
  if (id === undefined || known.includes(id) || (noun === 'tool' && !ID_PATTERN.test(id))) return [];
  const near = suggest(id, known);
  return [
    {
      code: 'V-A6',
      message: `Unknown ${noun} '${showText(id)}'. Known: ${list(known)}`,
      pointer: `${holder}/${key}`,
      ...(near !== undefined && { hint: `Did you mean '${near}'?` }),
    },
  ];
}

const MAX_SHOWN = 50;

function list(known: readonly string[]): string {
  if (known.length === 0) return 'none';
  return known.length > MAX_SHOWN ? `${known.slice(0, MAX_SHOWN).join(', ')}, …` : known.join(', ');
}
