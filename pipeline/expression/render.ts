import type { Json } from '../values/json.js';
import type { Chain, Expr, Template } from './ast.js';
import { evaluate, type Names } from './evaluate.js';
import { ExpressionError, isMap, textOf, typeOf } from './values.js';

/** What a hole without a value does: fail, write nothing with a warning, or write nothing. */
export type TemplateMode = 'strict' | 'warn' | 'ignore';

const MAX_LENGTH = 1024 * 1024;
/** Turns of all `#each` blocks together. */
const MAX_TURNS = 100_000;

/** The text of a template. Inserted values are never read as template text. Throws `ExpressionError`. */
export function renderText(template: Template, names: Names, mode: TemplateMode): { text: string; warnings: string[] } {
  const rendering = new Rendering(mode);
  rendering.write(template, names);
  return { text: rendering.text, warnings: rendering.warnings };
}

/** The value itself where the template is exactly one hole, else its text. */
export function renderValue(template: Template, names: Names, mode: TemplateMode): { value: Json; warnings: string[] } {
  const [only] = template;
  if (template.length !== 1 || typeof only === 'string' || only?.[0] !== 'hole') {
    const { text, warnings } = renderText(template, names, mode);
    return { value: text, warnings };
  }
  const rendering = new Rendering(mode);
  const value = rendering.hole(only[1], names);
  return { value: value === undefined ? '' : value, warnings: rendering.warnings };
}

class Rendering {
  text = '';
  readonly warnings: string[] = [];
  readonly #mode: TemplateMode;
  #turns = 0;

  constructor(mode: TemplateMode) {
    this.#mode = mode;
  }

  write(template: Template, names: Names): void {
    for (const part of template) {
      if (typeof part === 'string') this.#append(part);
      else if (part[0] === 'hole') this.#append(textOf(this.hole(part[1], names) ?? null));
      else if (part[0] === 'if') this.write(isTruthy(optional(part[1], names)) ? part[2] : part[3], names);
      else this.#each(optional(part[1], names), part[2], part[3], names);
    }
  }

  #append(text: string): void {
    if (this.text.length + text.length > MAX_LENGTH) throw new ExpressionError('Output is more than 1 MiB');
    this.text += text;
  }

  #each(list: Json, body: Template, otherwise: Template, names: Names): void {
    if (list === null || (Array.isArray(list) && list.length === 0)) return this.write(otherwise, names);
    if (!Array.isArray(list)) throw new ExpressionError(`#each needs a list, got ${typeOf(list)}`);
    for (const [index, item] of list.entries()) {
      if (++this.#turns > MAX_TURNS) throw new ExpressionError(`Template needs more than ${MAX_TURNS} turns`);
      this.write(body, { ...names, this: item, index });
    }
  }

  /** Undefined where the value is missing and the mode lets it be. */
  hole(chain: Chain, names: Names): Json | undefined {
    const filters = chain.filters ?? [];
    const hasDefault = filters[0]?.[0] === 'default';
    const chosen = choose(chain, names, hasDefault);
    if ('value' in chosen) return filters.reduce<Json>((value, [name, argument]) => applyFilter(name, value, argument), chosen.value);
    const message = `Undefined template variable: '${chosen.missing}'`;
    if (this.#mode === 'strict') throw new ExpressionError(message, true);
    if (this.#mode === 'warn') this.warnings.push(message);
    return undefined;
  }
}

type Chosen = { readonly value: Json } | { readonly missing: string };

/** The first operand that is neither null nor `""`; the last one as it is. A missing value counts as null while another operand follows. */
function choose({ of }: Chain, names: Names, isLastOptional: boolean): Chosen {
  for (const [index, [source, expr]] of of.entries()) {
    const isLast = index === of.length - 1;
    const value = valueOrMissing(expr, names);
    if (value === undefined) {
      if (isLast) return isLastOptional ? { value: null } : { missing: source };
      continue;
    }
    if (isLast || (value !== null && value !== '')) return { value };
  }
  return { value: null };
}

function optional(chain: Chain, names: Names): Json {
  const chosen = choose(chain, names, true);
  return 'value' in chosen ? chosen.value : null;
}

function valueOrMissing(expr: Expr, names: Names): Json | undefined {
  try {
    return evaluate(expr, names);
  } catch (error) {
    if (error instanceof ExpressionError && error.isMissing) return undefined;
    throw error;
  }
}

function isTruthy(value: Json): boolean {
  if (value === null || value === false || value === 0 || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isMap(value) || Object.keys(value).length > 0;
}

function applyFilter(name: string, value: Json, argument: Json | undefined): Json {
  switch (name) {
    case 'upper':
      return textOf(value).toUpperCase();
    case 'lower':
      return textOf(value).toLowerCase();
    case 'trim':
      return textOf(value).trim();
    case 'length':
      return lengthOf(value);
    case 'join':
      if (!Array.isArray(value)) throw new ExpressionError(`join needs a list, got ${typeOf(value)}`);
      return value.map(textOf).join(textOf(argument ?? ''));
    case 'json':
      return JSON.stringify(value);
    case 'default':
      return value === null || value === '' ? (argument ?? null) : value;
    default:
      throw new ExpressionError(`Unknown template filter: ${name}`);
  }
}

function lengthOf(value: Json): number {
  if (typeof value === 'string') return [...value].length;
  if (Array.isArray(value)) return value.length;
  if (isMap(value)) return Object.keys(value).length;
  throw new ExpressionError(`length needs a string, list or map, got ${typeOf(value)}`);
}
