import { describe, expect, test } from '@jest/globals';
import { Validator } from '@cfworker/json-schema';
import { pipelineFileSchema } from '../../../pipeline/yaml/file-schema.js';

/** The schema as an editor uses it: on what YAML says, before it is lowered. */
const validator = new Validator(pipelineFileSchema(), '2020-12');
const isValid = (document: unknown) => validator.validate(document).valid;
const withStep = (step: object) => ({ name: 'p', steps: [{ kind: 'tool', name: 's', tool: 't', ...step }] });

describe('the JSON Schema of pipeline files', () => {
  test.each([
    ['an empty pipeline', { name: 'p', steps: [] }],
    ['keys in snake_case', { ...withStep({ max_retries: 2, sink_to: 'a.b' }), input_schema: true, context: { anyKey: 1 } }],
    ['a single step for a list', { name: 'p', steps: { kind: 'expression', name: 'e', value: 'input' } }],
    [
      'a single step in a branch',
      {
        name: 'p',
        steps: [{ kind: 'conditional', name: 'c', condition: 'input', branches: { a: { kind: 'expression', name: 'e', value: '1' } } }],
      },
    ],
    [
      'a system text from a file',
      { name: 'p', steps: [], agents: { my_agent: { model: 'm:n', max_output_tokens: 1, system: { from_file: 'a.md' } } } },
    ],
    [
      'nested steps',
      {
        name: 'p',
        steps: [
          {
            kind: 'hitl',
            name: 'h',
            timeout: '1h',
            on_timeout: { action: 'branch', steps: [{ kind: 'hitl', name: 'i', wait_forever: true }] },
          },
        ],
      },
    ],
  ])('takes %s', (_, document) => {
    expect(isValid(document)).toBe(true);
  });
  test.each([
    ['a key in camelCase', withStep({ maxRetries: 2 })],
    ['an unknown key', withStep({ retries: 2 })],
    ['an unknown kind', { name: 'p', steps: [{ kind: 'lop', name: 's' }] }],
    ['a number out of range', withStep({ max_retries: -1 })],
    ['an agent without a model', { name: 'p', steps: [], agents: { a: {} } }],
    ['no steps', { name: 'p' }],
    [
      'a bad step below a timeout',
      { name: 'p', steps: [{ kind: 'hitl', name: 'h', on_timeout: { action: 'branch', steps: [{ kind: 'hitl' }] } }] },
    ],
  ])('refuses %s', (_, document) => {
    expect(isValid(document)).toBe(false);
  });
});
