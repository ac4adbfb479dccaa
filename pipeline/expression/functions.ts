import type { Json } from '../values/json.js';
import { ExpressionError, characters, isMap, typeOf, type Spend, type TypeName } from './values.js';

type Implementation = (args: readonly Json[], spend: Spend) => Json;

function expected(name: string, wanted: string, got: Json): never {
  throw new ExpressionError(`${name} needs ${wanted}, got ${typeOf(got)}`);
}

function text(name: string, value: Json): string {
  return typeof value === 'string' ? value : expected(name, 'a string', value);
}
function list(name: string, value: Json): Json[] {
  return Array.isArray(value) ? value : expected(name, 'a list', value);
}
function map(name: string, value: Json): { [key: string]: Json } {
  return isMap(value) ? value : expected(name, 'a map', value);
}
function number(name: string, value: Json): number {
  return typeof value === 'number' ? value : expected(name, 'a number', value);
}
function numbers(name: string, value: Json, spend: Spend): number[] {
  const all = list(name, value);
  spend(all.length / 20);
  return all.map((item) => number(name, item));
}

/** Compact JSON. `[x].map(y, [y, y])` shares parts, and JSON writes them out each time: what is to be written is charged first. */
function jsonOf(value: Json, spend: Spend): string {
  chargeAll(value, spend);
  return JSON.stringify(value);
}

function chargeAll(value: Json, spend: Spend): void {
  if (typeof value === 'string') return spend(value.length / 100);
  if (Array.isArray(value)) {
    spend(value.length / 20);
    for (const item of value) chargeAll(item, spend);
  } else if (isMap(value)) {
    for (const [key, item] of Object.entries(value)) {
      spend(1 / 5 + key.length / 100);
      chargeAll(item, spend);
    }
  }
}

/** Text of a scalar, as a template would print it; `null` prints `null` here. */
function stringOf(value: Json, spend: Spend): string {
  return typeof value === 'string' ? value : jsonOf(value, spend);
}

/** A search takes up to the product of both lengths. */
function chargeSearch(text: string, part: string, spend: Spend): void {
  spend((text.length + part.length) / 100 + (text.length * part.length) / 100_000);
}

/** Numbers without fraction print none, and no result is minus zero, NaN or infinite. */
export function finite(value: number): number {
  if (!Number.isFinite(value)) throw new ExpressionError('Result is not a finite number');
  return value === 0 ? 0 : value;
}

const NUMERIC = /^[+-]?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?$/;

function size(value: Json, spend: Spend): number {
  if (typeof value === 'string') {
    spend(value.length / 100);
    return characters(value);
  }
  if (Array.isArray(value)) return value.length;
  const { length } = Object.keys(isMap(value) ? value : expected('size', 'a string, list or map', value));
  spend(length / 5);
  return length;
}

function extreme(name: string, value: Json, spend: Spend, isBetter: (a: number, b: number) => boolean): Json {
  const all = numbers(name, value, spend);
  if (all.length === 0) throw new ExpressionError(`${name} of an empty list`);
  return all.reduce((best, item) => (isBetter(item, best) ? item : best));
}

/** ASCII and Unicode letters by the default mapping, which no locale changes. */
export const IMPLEMENTATIONS: { readonly [name: string]: Implementation } = {
  size: ([value], spend) => size(value!, spend),
  type: ([value]): TypeName => typeOf(value!),
  string: ([value], spend) => stringOf(value!, spend),
  json: ([value], spend) => jsonOf(value!, spend),
  number: ([value], spend) => {
    if (typeof value === 'number') return value;
    const source = charged(text('number', value!), spend).trim();
    if (!NUMERIC.test(source)) throw new ExpressionError(`number cannot read ${JSON.stringify(source.slice(0, 40))}`);
    return finite(Number(source));
  },
  abs: ([value]) => Math.abs(number('abs', value!)),
  floor: ([value]) => finite(Math.floor(number('floor', value!))),
  ceil: ([value]) => finite(Math.ceil(number('ceil', value!))),
  round: ([value]) => finite(Math.round(number('round', value!))),
  min: ([value], spend) => extreme('min', value!, spend, (a, b) => a < b),
  max: ([value], spend) => extreme('max', value!, spend, (a, b) => a > b),
  sum: ([value], spend) => finite(numbers('sum', value!, spend).reduce((sum, item) => sum + item, 0)),
  keys: ([value], spend) => {
    const keys = Object.keys(map('keys', value!));
    spend(keys.length);
    return keys;
  },
  values: ([value], spend) => {
    const values = Object.values(map('values', value!));
    spend(values.length);
    return values;
  },
  lower: ([value], spend) => charged(text('lower', value!).toLowerCase(), spend),
  upper: ([value], spend) => charged(text('upper', value!).toUpperCase(), spend),
  trim: ([value], spend) => charged(text('trim', value!).trim(), spend),
  startsWith: ([value, prefix], spend) => text('startsWith', value!).startsWith(charged(text('startsWith', prefix!), spend)),
  endsWith: ([value, suffix], spend) => text('endsWith', value!).endsWith(charged(text('endsWith', suffix!), spend)),
  contains: ([value, searched], spend) => {
    const [source, part] = [text('contains', value!), text('contains', searched!)];
    chargeSearch(source, part, spend);
    return source.includes(part);
  },
  split: ([value, searched], spend) => {
    const [source, separator] = [text('split', value!), text('split', searched!)];
    chargeSearch(source, separator, spend);
    const parts = separator === '' ? [...source] : source.split(separator);
    spend(parts.length);
    return parts;
  },
  join: ([value, separator], spend) => {
    const glue = text('join', separator!);
    const parts = list('join', value!).map((item) => stringOf(item, spend));
    spend(parts.reduce((sum, part) => sum + 1 + (part.length + glue.length) / 100, 0));
    return parts.join(glue);
  },
  first: ([value]) => list('first', value!)[0] ?? null,
  last: ([value]) => list('last', value!).at(-1) ?? null,
  merge: ([a, b], spend) => {
    const [left, right] = [map('merge', a!), map('merge', b!)];
    spend(Object.keys(left).length + Object.keys(right).length);
    return { ...left, ...right };
  },
  orValue: ([value, otherwise]) => (value === null ? otherwise! : value!),
};

function charged(value: string, spend: Spend): string {
  spend(value.length / 100);
  return value;
}
