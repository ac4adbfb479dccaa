import type { Json } from '../values/json.js';
import type { Chain, Expr, Template } from './ast.js';
import { Evaluation, type Names } from './evaluate.js';
import { ExpressionError, characters, isMap, textBytes, textOf, typeOf } from './values.js';

/** What a hole without a value does: fail, write nothing with a warning, or write nothing. */
export type TemplateMode = 'strict' | 'warn' | 'ignore';

/** Of the text in JSON. */
const MAX_BYTES = 1024 * 1024;
/** Turns of all `#each` blocks together. */
const MAX_TURNS = 100_000;
/** Evaluation steps of all holes and blocks together. */
const MAX_STEPS = 1_000_000;

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
  if (typeof value === 'string' && textBytes(value) > MAX_BYTES) throw tooLong();
  return { value: value === undefined ? '' : value, warnings: rendering.warnings };
}

class Rendering {
  text = '';
  readonly #warnings = new Set<string>();
  readonly #mode: TemplateMode;
  #bytes = 0;
  #turns = 0;
  #steps = 0;

  constructor(mode: TemplateMode) {
    this.#mode = mode;
  }

  write(template: Template, names: Names): void {
    for (const part of template) {
      if (typeof part === 'string') this.#append(part);
      else if (part[0] === 'hole') this.#append(textOf(this.hole(part[1], names) ?? null));
      else if (part[0] === 'if') this.write(isTruthy(this.#choose(part[1], names) ?? null) ? part[2] : part[3], names);
      else this.#each(this.#choose(part[1], names) ?? null, part[2], part[3], names);
    }
  }

  /** Each once, however often a loop came to it. */
  get warnings(): string[] {
    return [...this.#warnings];
  }

  #append(text: string): void {
    this.#bytes += textBytes(text);
    if (this.#bytes > MAX_BYTES) throw tooLong();
    this.text += text;
  }

  #spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > MAX_STEPS) throw new ExpressionError(`Template needs more than ${MAX_STEPS} steps`);
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
    const chosen = this.#choose(chain, names);
    const value = chosen === undefined && filters[0]?.[0] === 'default' ? null : chosen;
    if (value !== undefined) return filters.reduce<Json>((text, [name, argument = null]) => this.#filter(name, text, argument), value);
    const message = `Undefined template variable: '${chain.of.at(-1)![0]}'`;
    if (this.#mode === 'strict') throw new ExpressionError(message, true);
    if (this.#mode === 'warn') this.#warnings.add(message);
    return undefined;
  }

  /** The first operand that is neither null nor `""`; the last one as it is, undefined where that is missing. */
  #choose({ of }: Chain, names: Names): Json | undefined {
    let value: Json | undefined = null;
    for (const [, expr] of of) {
      value = this.#value(expr, names);
      if (value !== undefined && value !== null && value !== '') break;
    }
    return value;
  }

  #value(expr: Expr, names: Names): Json | undefined {
    const evaluation = new Evaluation(names);
    const value = evaluation.resultOrMissing(expr);
    this.#spend(evaluation.stepsSpent);
    return value;
  }

  #filter(name: string, value: Json, argument: Json): Json {
    this.#spend(typeof value === 'string' ? 1 + value.length / 100 : 1);
    const filtered = applyFilter(name, value, argument);
    if (typeof filtered === 'string' && filtered.length > MAX_BYTES) throw tooLong();
    return filtered;
  }
}

const tooLong = () => new ExpressionError('Output is more than 1 MiB');

function isTruthy(value: Json): boolean {
  if (value === null || value === false || value === 0 || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isMap(value) || Object.keys(value).length > 0;
}

function applyFilter(name: string, value: Json, argument: Json): Json {
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
      return join(value, textOf(argument));
    case 'json':
      return JSON.stringify(value);
    case 'default':
      return value === null || value === '' ? argument : value;
    default:
      throw new ExpressionError(`Unknown template filter: ${name}`);
  }
}

function join(value: Json, separator: string): string {
  if (!Array.isArray(value)) throw new ExpressionError(`join needs a list, got ${typeOf(value)}`);
  if (value.length * separator.length > MAX_BYTES) throw tooLong();
  return value.map(textOf).join(separator);
}

function lengthOf(value: Json): number {
  if (typeof value === 'string') return characters(value);
  if (Array.isArray(value)) return value.length;
  if (isMap(value)) return Object.keys(value).length;
  throw new ExpressionError(`length needs a string, list or map, got ${typeOf(value)}`);
}
