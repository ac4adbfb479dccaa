import type { BinaryOperator, Expr } from './ast.js';
import type { Json } from '../values/json.js';
import { IMPLEMENTATIONS, finite } from './functions.js';
import { ExpressionError, compareText, deepEqual, isMap, own, textBytes, typeOf, type Spend } from './values.js';

export { ExpressionError, typeOf } from './values.js';

/** What an expression sees, by name. Own properties only. */
export type Names = { readonly [name: string]: Json };

/** Evaluation steps of one expression; long texts and lists cost more than one. */
const FUEL = 100_000;
/** Thrown for a missing key that is looked past; an error of its own would cost a stack trace each time. */
const LOOKED_PAST = new ExpressionError('No such key', true);
/** Bytes of a result's JSON, and characters of a text made on the way. */
const MAX_LENGTH = 1024 * 1024;

/**
 * The value of a parsed expression. Pure, total and bounded: the same on every evaluation and on replay.
 * Throws `ExpressionError` and nothing else. Only own properties of plain JSON are reachable.
 */
export function evaluate(ast: Expr, names: Names): Json {
  return new Evaluation(names).resultOf(ast);
}

export class Evaluation {
  readonly #names: Names;
  /** Variables of `list.map(x, …)` around, innermost last. */
  readonly #variables: [name: string, value: Json][] = [];
  #fuel = FUEL;
  /** Whether a missing key ends in nothing but this evaluation going on. */
  #looksPast = false;
  readonly #spend: Spend = (amount) => {
    this.#fuel -= amount;
    if (this.#fuel < 0) throw new ExpressionError(`Expression needs more than ${FUEL} steps`);
  };

  constructor(names: Names) {
    this.#names = names;
  }

  resultOf(ast: Expr): Json {
    const value = this.#value(ast);
    if (typeof value === 'string' ? value.length > MAX_LENGTH / 6 - 2 : typeof value === 'object') this.#checkSize(value);
    return value;
  }

  /** Undefined where a demanded key is not there. */
  resultOrMissing(ast: Expr): Json | undefined {
    return this.#orMissing(() => this.resultOf(ast));
  }

  #orMissing<T>(make: () => T): T | undefined {
    const [{ length }, looksPast] = [this.#variables, this.#looksPast];
    this.#looksPast = true;
    try {
      return make();
    } catch (error) {
      if (error !== LOOKED_PAST) throw error;
      // Of the macros that the error came out of.
      this.#variables.length = length;
      return undefined;
    } finally {
      this.#looksPast = looksPast;
    }
  }

  get stepsSpent(): number {
    return FUEL - this.#fuel;
  }

  /** Counts the bytes of a result; what an expression only passes on has been counted at its own boundary, but not its sum. */
  #checkSize(value: Json): void {
    let left = MAX_LENGTH;
    let parts = 0;
    const count = (part: Json): void => {
      parts++;
      if (typeof part === 'string') left -= textBytes(part) + 2;
      else if (Array.isArray(part)) {
        left -= 2;
        for (const item of part) count(item);
      } else if (isMap(part)) {
        for (const key of Object.keys(part)) {
          left -= textBytes(key) + 4;
          count(part[key]!);
        }
      } else left -= 2;
      if (left < 0) throw new ExpressionError('Result is more than 1 MiB');
    };
    count(value);
    this.#spend(parts / 10 + (MAX_LENGTH - left) / 200);
  }

  #value(ast: Expr): Json {
    if (--this.#fuel < 0) this.#spend(0);
    switch (ast[0]) {
      case 'lit':
        return ast[1];
      case 'name':
        return this.#name(ast[1]);
      case 'field':
        return this.#demand(this.#value(ast[1]), ast[2]);
      case 'ask':
        return ask(this.#value(ast[1]), ast[2]);
      case 'index':
        return this.#index(ast[1], ast[2]);
      case 'has':
        return this.#has(ast[1], ast[2]);
      case 'list':
        return ast[1].map((item) => this.#value(item));
      case 'map':
        return this.#map(ast[1]);
      case 'not':
        return !this.#boolean(ast[1], '!');
      case 'neg':
        return finite(-numeric(this.#value(ast[1]), '-'));
      case 'and':
        return this.#boolean(ast[1], '&&') && this.#boolean(ast[2], '&&');
      case 'or':
        return this.#boolean(ast[1], '||') || this.#boolean(ast[2], '||');
      case 'if':
        return this.#boolean(ast[1], '?:') ? this.#value(ast[2]) : this.#value(ast[3]);
      case 'op':
        return this.#operate(ast[1], this.#value(ast[2]), this.#value(ast[3]));
      case 'call':
        return this.#call(ast[1], ast[2]);
      case 'each':
        return this.#each(ast);
      default:
        // Not of our making: a run may bring any tree.
        throw new ExpressionError(`Unknown expression: ${String((ast as readonly unknown[])[0])}`);
    }
  }

  #name(name: string): Json {
    for (let index = this.#variables.length - 1; index >= 0; index--)
      if (this.#variables[index]![0] === name) return this.#variables[index]![1];
    const value = Object.hasOwn(this.#names, name) ? this.#names[name] : undefined;
    if (value === undefined) throw new ExpressionError(`Unknown name: ${name}`);
    return value;
  }

  #index(target: Expr, key: Expr): Json {
    const value = this.#value(target);
    const at = this.#value(key);
    if (Array.isArray(value)) return typeof at === 'number' && Number.isInteger(at) && at >= 0 && at < value.length ? value[at]! : null;
    return isMap(value) && typeof at === 'string' ? (own(value, at) ?? null) : null;
  }

  #has(target: Expr, key: string): boolean {
    const value = this.#orMissing(() => this.#value(target));
    return value !== undefined && isMap(value) && Object.hasOwn(value, key);
  }

  #demand(value: Json, key: string): Json {
    const found = isMap(value) ? own(value, key) : undefined;
    if (found === undefined) throw this.#looksPast ? LOOKED_PAST : new ExpressionError(`No such key: ${key}`, true);
    return found;
  }

  #map(pairs: readonly (readonly [Expr, Expr])[]): Json {
    const entries = pairs.map(([key, value]) => {
      const name = this.#value(key);
      if (typeof name !== 'string') throw new ExpressionError(`A map's key must be a string, got ${typeOf(name)}`);
      return [name, this.#value(value)] as const;
    });
    return Object.fromEntries(entries);
  }

  #boolean(ast: Expr, operator: string): boolean {
    const value = this.#value(ast);
    if (typeof value !== 'boolean') throw new ExpressionError(`${operator} needs a boolean, got ${typeOf(value)}`);
    return value;
  }

  #operate(operator: BinaryOperator, a: Json, b: Json): Json {
    switch (operator) {
      case '==':
        return deepEqual(a, b, this.#spend);
      case '!=':
        return !deepEqual(a, b, this.#spend);
      case '<':
        return this.#compare(a, b) < 0;
      case '<=':
        return this.#compare(a, b) <= 0;
      case '>':
        return this.#compare(a, b) > 0;
      case '>=':
        return this.#compare(a, b) >= 0;
      case 'in':
        return this.#contains(a, b);
      case '+':
        return this.#plus(a, b);
      default:
        return arithmetic(operator, numeric(a, operator), numeric(b, operator));
    }
  }

  #compare(a: Json, b: Json): number {
    if (typeof a === 'number' && typeof b === 'number') return a - b;
    if (typeof a !== 'string' || typeof b !== 'string') throw new ExpressionError(`Cannot compare ${typeOf(a)} with ${typeOf(b)}`);
    this.#spend(Math.min(a.length, b.length) / 100);
    return compareText(a, b);
  }

  #contains(item: Json, container: Json): boolean {
    if (Array.isArray(container)) return container.some((each) => deepEqual(each, item, this.#spend));
    if (isMap(container)) return typeof item === 'string' && Object.hasOwn(container, item);
    throw new ExpressionError(`in needs a list or a map, got ${typeOf(container)}`);
  }

  #plus(a: Json, b: Json): Json {
    if (typeof a === 'number' && typeof b === 'number') return finite(a + b);
    if (typeof a === 'string' && typeof b === 'string') {
      if (a.length + b.length > MAX_LENGTH) throw new ExpressionError('Result is more than 1 MiB');
      this.#spend((a.length + b.length) / 100);
      return a + b;
    }
    if (Array.isArray(a) && Array.isArray(b)) {
      this.#spend(a.length + b.length);
      return [...a, ...b];
    }
    throw new ExpressionError(`Cannot add ${typeOf(a)} and ${typeOf(b)}`);
  }

  #call(name: string, args: readonly Expr[]): Json {
    const implementation = Object.hasOwn(IMPLEMENTATIONS, name) ? IMPLEMENTATIONS[name] : undefined;
    if (!implementation) throw new ExpressionError(`Unknown function: ${name}`);
    const values = args.map((arg) => this.#value(arg));
    const result = implementation(values, this.#spend);
    if (typeof result === 'string' && result.length > MAX_LENGTH) throw new ExpressionError('Result is more than 1 MiB');
    return result;
  }

  #each([, macro, target, variable, body]: Extract<Expr, readonly ['each', ...unknown[]]>): Json {
    const list = this.#value(target);
    if (!Array.isArray(list)) throw new ExpressionError(`${macro} needs a list, got ${typeOf(list)}`);
    const binding: [string, Json] = [variable, null];
    this.#variables.push(binding);
    const at = (item: Json): Json => {
      binding[1] = item;
      return this.#value(body);
    };
    const holds = (item: Json): boolean => {
      const value = at(item);
      if (typeof value !== 'boolean') throw new ExpressionError(`${macro} needs a boolean, got ${typeOf(value)}`);
      return value;
    };
    const result =
      macro === 'map' ? list.map(at) : macro === 'filter' ? list.filter(holds) : macro === 'all' ? list.every(holds) : list.some(holds);
    this.#variables.pop();
    return result;
  }
}

function ask(value: Json, key: string): Json {
  return isMap(value) ? (own(value, key) ?? null) : null;
}

function numeric(value: Json, operator: string): number {
  if (typeof value !== 'number') throw new ExpressionError(`${operator} needs a number, got ${typeOf(value)}`);
  return value;
}

function arithmetic(operator: BinaryOperator, a: number, b: number): number {
  if (operator === '-') return finite(a - b);
  if (operator === '*') return finite(a * b);
  if (b === 0) throw new ExpressionError('Division by zero');
  return finite(operator === '/' ? a / b : a % b);
}
