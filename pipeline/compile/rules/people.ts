import type { Expr } from '../../expression/ast.js';
import { showText } from '../../ir/show.js';
import { evaluate, ExpressionError } from '../../expression/evaluate.js';
import { checkSchema } from '../../schema/check-schema.js';
import { formatViolations, validate } from '../../schema/validate.js';
import type { Json } from '../../values/json.js';
import { isObject } from '../../values/json.js';
import { own } from '../draft.js';
import type { Draft, Site } from '../draft.js';
import type { Finding } from '../finding.js';
import type { Text } from '../texts.js';

/** V-H1: a human step says how long it waits, one way or the other. V-H2: a literal default fits the form. */
export function checkPeople(draft: Draft): Finding[] {
  const textAt = new Map(draft.texts.map((text) => [text.pointer, text]));
  return draft.sites.flatMap((site) => (site.kind === 'hitl' ? [...checkWait(site), ...checkDefault(site, textAt)] : []));
}

function checkWait({ step, name, pointer }: Site): Finding[] {
  const hasTimeout = own(step, 'timeout') !== undefined;
  const hasOutcome = own(step, 'onTimeout') !== undefined;
  const waitsForever = own(step, 'waitForever') === true;
  if (waitsForever ? !hasTimeout && !hasOutcome : hasTimeout && hasOutcome) return [];
  const message = `Human step '${showText(name)}' needs a timeout with onTimeout, or waitForever: true`;
  return [{ code: 'V-H1', message, pointer }];
}

function checkDefault({ step, name, pointer }: Site, textAt: ReadonlyMap<string, Text>): Finding[] {
  const form = own(step, 'form');
  const at = `${pointer}/onTimeout/value`;
  const text = textAt.get(at);
  if (text?.form !== 'expression' || text.parsed.ast === null || text.parsed.uses.length > 0) return [];
  if ((typeof form !== 'boolean' && !isObject(form)) || checkSchema(form, { allowPattern: false }).length > 0) return [];
  const value = literal(text.parsed.ast);
  const violations = value === undefined ? [] : validate(form, value);
  if (violations.length === 0) return [];
  return [
    { code: 'V-H2', message: `Default of human step '${showText(name)}' violates its form: ${formatViolations(violations)}`, pointer: at },
  ];
}

/** The value of an expression without names; undefined when it fails, which is the run's finding and not ours. */
function literal(ast: Expr): Json | undefined {
  try {
    return evaluate(ast, {});
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}
