import { documentJsonSchema } from '../ir/schema.js';
import { isObject } from '../values/json.js';
import { toSnakeCase } from './lower.js';

const FROM_FILE = {
  type: 'object',
  properties: { from_file: { type: 'string', description: 'Path of a text file under the folder of the pipeline file.' } },
  required: ['from_file'],
  additionalProperties: false,
};

/** JSON Schema of pipeline files, for editors: the grammar in `snake_case`, with what only files may say. */
export function pipelineFileSchema(): Record<string, unknown> {
  const { $schema, ...schema } = spell(documentJsonSchema(), 'pipeline');
  return { $schema, title: 'Flujo pipeline', ...schema };
}

/** Renames the properties of every object schema. `key` is the property that the schema describes. */
function spell(schema: Record<string, unknown>, key: string): Record<string, unknown> {
  const spelled = Object.fromEntries(
    Object.entries(schema).map(([keyword, value]): [string, unknown] => {
      if (keyword === 'required' && Array.isArray(value)) return [keyword, value.map((name) => toSnakeCase(String(name)))];
      if (keyword === 'properties' && isObject(value)) {
        const properties = Object.entries(value).map(([name, property]) => [
          toSnakeCase(name),
          isObject(property) ? spell(property, name) : property,
        ]);
        return [keyword, Object.fromEntries(properties)];
      }
      if (keyword === '$defs' && isObject(value)) {
        return [
          keyword,
          Object.fromEntries(Object.entries(value).map(([name, each]) => [name, isObject(each) ? spell(each, name) : each])),
        ];
      }
      return [keyword, spellBelow(value)];
    }),
  );
  if (key === 'system') return { anyOf: [spelled, FROM_FILE] };
  if (isStepList(spelled)) return { anyOf: [spelled, spelled['items']] };
  return spelled;
}

function spellBelow(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(spellBelow);
  return isObject(value) ? spell(value, '') : value;
}

/** A single step may stand where a list of steps is expected. */
function isStepList({ type, items }: Record<string, unknown>): boolean {
  return type === 'array' && isObject(items) && typeof items['$ref'] === 'string';
}
