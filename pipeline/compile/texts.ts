import type { Expr, Parsed, Template } from '../expression/ast.js';
import { parseTemplate } from '../expression/parse-template.js';
import { parseExpression } from '../expression/parse.js';
import { escapePointer } from '../ir/pointer.js';
import type { JsonObject } from '../values/json.js';
import { isObject } from '../values/json.js';
import { agentsOf, objectOf, own, textOf } from './draft.js';
import type { Site } from './draft.js';

/** An expression or a template of the document, parsed. */
export type Text = TextPlace & (ParsedExpression | ParsedTemplate);
interface TextPlace {
  readonly pointer: string;
  /** The key that holds it, in IR names. */
  readonly key: string;
  /** The names it may mention. */
  readonly names: readonly string[];
  /** The step it belongs to; null for what an agent's steps share. */
  readonly site: Site | null;
}
interface ParsedExpression {
  readonly form: 'expression';
  readonly parsed: Parsed<Expr>;
}
interface ParsedTemplate {
  readonly form: 'template';
  readonly parsed: Parsed<Template>;
}

const STEP_NAMES = ['input', 'context', 'steps', 'runId'];
const BRANCH_INPUT_NAMES = ['input', 'context', 'steps', 'key'];
const BRANCH_OUTPUT_NAMES = ['output', 'key', 'input', 'context', 'steps'];

/** Parses every text, once. What is no text where one belongs is left to the grammar. */
export function parseTexts(document: JsonObject, sites: readonly Site[]): Text[] {
  const texts: Text[] = [];
  for (const [id, agent] of agentsOf(document)) template(agent, `/agents/${escapePointer(id)}`, 'system', null);
  for (const site of sites) {
    const { step, pointer } = site;
    const input = own(step, 'input');
    if (isObject(input)) expression(input, `${pointer}/input`, 'expr', site, STEP_NAMES, 'input');
    else template(step, pointer, 'input', site);
    if (site.kind === 'expression') expression(step, pointer, 'value', site, STEP_NAMES);
    if (site.kind === 'hitl') {
      template(step, pointer, 'message', site);
      expression(objectOf(step, 'onTimeout') ?? {}, `${pointer}/onTimeout`, 'value', site, STEP_NAMES);
    }
    if (site.kind === 'conditional') {
      expression(step, pointer, 'condition', site, STEP_NAMES);
      expression(step, pointer, 'branchInputMapper', site, BRANCH_INPUT_NAMES);
      expression(step, pointer, 'branchOutputMapper', site, BRANCH_OUTPUT_NAMES);
    }
  }
  return texts;

  function expression(holder: JsonObject, at: string, key: string, site: Site, names: readonly string[], shown = key): void {
    const source = textOf(holder, key);
    if (source === undefined) return;
    texts.push({ form: 'expression', parsed: parseExpression(source), pointer: `${at}/${key}`, key: shown, names, site });
  }
  function template(holder: JsonObject, at: string, key: string, site: Site | null): void {
    const source = textOf(holder, key);
    if (source === undefined) return;
    texts.push({ form: 'template', parsed: parseTemplate(source), pointer: `${at}/${key}`, key, names: STEP_NAMES, site });
  }
}
