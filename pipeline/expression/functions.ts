import type { Json } from '../values/json.js';
import { ExpressionError, isMap, typeOf, type TypeName } from './values.js';

/** `spend(n)` charges work before it is done, so that nothing grows past the fuel. */
export type Spend = (amount: number) => void;
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
function numbers(name: string, value: Json): number[] {
  return list(name, value).map((item) => number(name, item));
}

/** Text of a scalar, as a template would print it; `null` prints `null` here. */
function stringOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Numbers without fraction print none, and no result is minus zero, NaN or infinite. */
export function finite(value: number): number {
  if (!Number.isFinite(value)) throw new ExpressionError('Result is not a finite number');
  return value === 0 ? 0 : value;
}

const NUMERIC = /^[+-]?(\d+(\.\d+)?|\.\d+)([eE][+-]?\d+)?$/;

function size(value: Json): number {
  if (typeof value === 'string') return [...value].length;
  if (Array.isArray(value)) return value.length;
  return isMap(value) ? Object.keys(value).length : expected('size', 'a string, list or map', value);
}

function extreme(name: string, value: Json, isBetter: (a: number, b: number) => boolean): Json {
  const all = numbers(name, value);
  if (all.length === 0) throw new ExpressionError(`${name} of an empty list`);
  return all.reduce((best, item) => (isBetter(item, best) ? item : best));
}

/** ASCII and Unicode letters by the default mapping, which no locale changes. */
export const IMPLEMENTATIONS: { readonly [name: string]: Implementation } = {
  size: ([value], spend) => {
    if (typeof value === 'string') spend(value.length / 100);
    return size(value!);
  },
  type: ([value]): TypeName => typeOf(value!),
  string: ([value], spend) => charged(stringOf(value!), spend),
  json: ([value], spend) => charged(JSON.stringify(value), spend),
  number: ([value]) => {
    if (typeof value === 'number') return value;
    const source = text('number', value!).trim();
    if (!NUMERIC.test(source)) throw new ExpressionError(`number cannot read ${JSON.stringify(source.slice(0, 40))}`);
    return finite(Number(source));
  },
  abs: ([value]) => Math.abs(number('abs', value!)),
  floor: ([value]) => finite(Math.floor(number('floor', value!))),
  ceil: ([value]) => finite(Math.ceil(number('ceil', value!))),
  round: ([value]) => finite(Math.round(number('round', value!))),
  min: ([value]) => extreme('min', value!, (a, b) => a < b),
  max: ([value]) => extreme('max', value!, (a, b) => a > b),
  sum: ([value]) => finite(numbers('sum', value!).reduce((sum, item) => sum + item, 0)),
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
  startsWith: ([value, prefix]) => text('startsWith', value!).startsWith(text('startsWith', prefix!)),
  endsWith: ([value, suffix]) => text('endsWith', value!).endsWith(text('endsWith', suffix!)),
  contains: ([value, part]) => text('contains', value!).includes(text('contains', part!)),
  split: ([value, separator], spend) => {
    const source = text('split', value!);
    spend(source.length / 10);
    const parts = text('split', separator!) === '' ? [...source] : source.split(separator as string);
    spend(parts.length);
    return parts;
  },
  join: ([value, separator], spend) => {
    const glue = text('join', separator!);
    const parts = list('join', value!).map(stringOf);
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
