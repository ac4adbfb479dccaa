import { isObject } from '../values/json.js';
import { InPlace, definitionName } from './references.js';

/** Why a document is not a schema that we accept: where, what was expected there and what stands there. */
export interface SchemaFault {
  /** JSON pointer below the schema. */
  readonly pointer: string;
  readonly expected: string;
  readonly got: string;
}

export interface CheckOptions {
  /** Backtracking makes `pattern` unfit for what a workflow checks itself. */
  readonly allowPattern: boolean;
}

const MAX_DEPTH = 64;

/** Is this a JSON Schema of the keywords that `validate` knows? Annotations are ignored, any other keyword is a fault. */
export function checkSchema(schema: unknown, options: CheckOptions): SchemaFault[] {
  return checkNode(schema, '', 0, { ...options, root: schema, inPlace: new InPlace(schema) });
}

interface Checking extends CheckOptions {
  readonly root: unknown;
  readonly inPlace: InPlace;
}

type Test = (argument: unknown) => boolean;
const isText: Test = (argument) => typeof argument === 'string';
const isNumber: Test = (argument) => typeof argument === 'number' && Number.isFinite(argument);
const isCount: Test = (argument) => typeof argument === 'number' && Number.isInteger(argument) && argument >= 0;
const isTextList: Test = (argument) => Array.isArray(argument) && argument.every(isText);

const TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string'];
const isType: Test = (argument) => {
  const types = Array.isArray(argument) ? argument : [argument];
  return types.length > 0 && types.every((type) => TYPES.includes(type as string));
};

/** Keywords with plain arguments. */
const PLAIN: { readonly [keyword: string]: readonly [expected: string, test: Test] } = {
  type: [`a type (${TYPES.join(', ')}) or a list of them`, isType],
  enum: ['a list with at least one value', (argument) => Array.isArray(argument) && argument.length > 0],
  const: ['a value', (argument) => argument !== undefined],
  required: ['a list of names', isTextList],
  minItems: ['a whole number >= 0', isCount],
  maxItems: ['a whole number >= 0', isCount],
  minLength: ['a whole number >= 0', isCount],
  maxLength: ['a whole number >= 0', isCount],
  minProperties: ['a whole number >= 0', isCount],
  maxProperties: ['a whole number >= 0', isCount],
  uniqueItems: ['true or false', (argument) => typeof argument === 'boolean'],
  minimum: ['a number', isNumber],
  maximum: ['a number', isNumber],
  exclusiveMinimum: ['a number', isNumber],
  exclusiveMaximum: ['a number', isNumber],
  multipleOf: ['a number > 0', (argument) => isNumber(argument) && (argument as number) > 0],
};

const ONE_SCHEMA = ['additionalProperties', 'items', 'not'];
const SCHEMA_LISTS = ['prefixItems', 'anyOf', 'oneOf', 'allOf'];
const SCHEMA_MAPS = ['properties', '$defs'];
const ANNOTATIONS = [
  ...[
    'title',
    'description',
    'default',
    'examples',
    'format',
    'deprecated',
    'readOnly',
    'writeOnly',
    'contentMediaType',
    'contentEncoding',
  ],
  ...['$schema', '$id', '$comment', '$anchor'],
];

function checkNode(schema: unknown, pointer: string, depth: number, checking: Checking): SchemaFault[] {
  if (typeof schema === 'boolean') return [];
  if (!isObject(schema)) return [{ pointer, expected: 'a JSON Schema (an object, true or false)', got: show(schema) }];
  if (depth > MAX_DEPTH) return [{ pointer, expected: `a schema at most ${MAX_DEPTH} levels deep`, got: 'a deeper one' }];
  return Object.entries(schema).flatMap(([keyword, argument]) => {
    const at = `${pointer}/${escapePointer(keyword)}`;
    const below = (inner: unknown, key: string | number) => checkNode(inner, `${at}/${escapePointer(String(key))}`, depth + 1, checking);
    if (Object.hasOwn(PLAIN, keyword)) {
      const [expected, test] = PLAIN[keyword]!;
      return test(argument) ? [] : [{ pointer: at, expected, got: show(argument) }];
    }
    if (ONE_SCHEMA.includes(keyword)) return checkNode(argument, at, depth + 1, checking);
    if (SCHEMA_LISTS.includes(keyword)) {
      if (!Array.isArray(argument) || argument.length === 0) return [{ pointer: at, expected: 'a list of schemas', got: show(argument) }];
      return argument.flatMap(below);
    }
    if (SCHEMA_MAPS.includes(keyword)) {
      if (!isObject(argument)) return [{ pointer: at, expected: 'schemas by name', got: show(argument) }];
      return Object.entries(argument).flatMap(([name, inner]) => below(inner, name));
    }
    if (keyword === '$ref') return checkReference(argument, at, checking);
    if (keyword === 'pattern') return checkPattern(argument, at, checking);
    return ANNOTATIONS.includes(keyword) ? [] : [{ pointer: at, expected: 'a supported keyword', got: `'${keyword}'` }];
  });
}

function checkReference(reference: unknown, pointer: string, { root, inPlace }: Checking): SchemaFault[] {
  const expected = "a reference to '#/$defs/…'";
  if (typeof reference !== 'string' || !reference.startsWith('#/$defs/')) return [{ pointer, expected, got: show(reference) }];
  const name = definitionName(root, reference);
  if (name === null) return [{ pointer, expected: `a definition '${reference.slice('#/$defs/'.length)}' in $defs`, got: 'none' }];
  const got = inPlace.fault(name);
  return got === null ? [] : [{ pointer, expected, got }];
}

function checkPattern(pattern: unknown, pointer: string, { allowPattern }: CheckOptions): SchemaFault[] {
  if (!allowPattern) return [{ pointer, expected: 'a schema without pattern here', got: show(pattern) }];
  if (typeof pattern !== 'string') return [{ pointer, expected: 'a regular expression', got: show(pattern) }];
  try {
    new RegExp(pattern, 'u');
    return [];
  } catch {
    return [{ pointer, expected: 'a regular expression', got: show(pattern) }];
  }
}

const escapePointer = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1');

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}
