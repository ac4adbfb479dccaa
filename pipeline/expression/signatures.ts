/** Names and numbers of arguments of all functions; a method's receiver is not counted. Free of the evaluator, so that parsing stays small. */
export const FUNCTIONS: Signatures = {
  size: 1,
  type: 1,
  string: 1,
  number: 1,
  json: 1,
  has: 1,
  min: 1,
  max: 1,
  sum: 1,
  keys: 1,
  values: 1,
  abs: 1,
  floor: 1,
  ceil: 1,
  round: 1,
};
export const METHODS: Signatures = {
  ...{ lower: 0, upper: 0, trim: 0, startsWith: 1, endsWith: 1, contains: 1, split: 1 },
  ...{ join: 1, first: 0, last: 0, merge: 1, orValue: 1 },
};

type Signatures = { readonly [name: string]: number };

/** What is wrong with a call, if anything. */
export function checkArity(table: Signatures, name: string, count: number): { detail: string; hint?: string } | null {
  if (!Object.hasOwn(table, name)) {
    const isMethod = Object.hasOwn(METHODS, name);
    const isFunction = Object.hasOwn(FUNCTIONS, name);
    const hint = isMethod ? `Write it as value.${name}(…)` : isFunction ? `Write it as ${name}(value)` : null;
    return { detail: `Unknown function: ${name}`, ...(hint !== null && { hint }) };
  }
  const wanted = table[name]!;
  return count === wanted ? null : { detail: wrongCount(name, wanted, count) };
}

export function wrongCount(name: string, wanted: number, count: number): string {
  return `${name}() takes ${wanted} argument${wanted === 1 ? '' : 's'}, got ${count}`;
}
