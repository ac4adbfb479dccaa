import { showText } from '../../ir/show.js';
import { agentsOf, own, textOf } from '../draft.js';
import type { Draft } from '../draft.js';
import type { Finding } from '../finding.js';

/** V-U2: a cost limit can't hold over a call whose price nobody knows. Scripted models report their cost themselves. */
export function checkPrices({ document, sites }: Draft, hasPrice: ((model: string) => boolean) | undefined): Finding[] {
  if (hasPrice === undefined) return [];
  const agents = new Map(agentsOf(document));
  return sites.flatMap(({ step, kind, pointer, isCostLimited }): Finding[] => {
    const agent = kind === 'agent' && isCostLimited ? agents.get(textOf(step, 'agent') ?? '') : undefined;
    const model = agent && textOf(agent, 'model');
    if (agent === undefined || model === undefined || model.startsWith('scripted:')) return [];
    if (own(step, 'estimate') !== undefined || own(agent, 'estimate') !== undefined || hasPrice(model)) return [];
    const hint = 'Give the agent an estimate, or the model a price';
    return [{ code: 'V-U2', message: `No price for model '${showText(model)}'`, pointer: `${pointer}/agent`, hint }];
  });
}
