import { describe, expect, it } from '@jest/globals';
import { decideLine, describeRequest } from '../../../cli/ask.js';
import type { Request } from '../../../engine/results.js';
import { sampleOf } from '../../../pipeline/values/sample.js';
import type { Json } from '../../../pipeline/ir/types.js';
import { formatViolations, validate } from '../../../pipeline/schema/validate.js';

const request = (options: Partial<Request> = {}): Request => ({
  id: 'approve',
  stepPath: 'approve',
  message: 'Send it?',
  form: null,
  data: '',
  createdAt: '2026-01-01T00:00:00.000Z',
  deadline: null,
  ...options,
});

describe('a decision that fits a form', () => {
  it.each<[form: Json, sample: Json]>([
    [null, true],
    [true, true],
    [{}, true],
    [{ type: 'boolean' }, true],
    [{ type: 'string' }, 'ok'],
    [{ type: 'integer' }, 1],
    [{ type: 'array' }, []],
    [{ type: 'null' }, null],
    [{ const: 'x' }, 'x'],
    [{ enum: ['send', 'drop'] }, 'send'],
    [{ type: 'number', default: 7 }, 7],
    [{ type: 'object', properties: { approve: { type: 'boolean' }, note: { type: 'string' } }, required: ['approve'] }, { approve: true }],
    [{ type: 'object', properties: { a: { type: 'object', properties: { b: { enum: [3] } } } } }, { a: { b: 3 } }],
  ])('%j', (form, sample) => {
    expect(sampleOf(form)).toEqual(sample);
    if (typeof form === 'object' && form !== null) expect(formatViolations(validate(form as never, sample))).toBe('');
  });
});

describe('a request', () => {
  it('is shown with its message, its form and the line that decides it', () => {
    const form = {
      type: 'object',
      properties: { approve: { type: 'boolean', description: 'send it' }, tone: { enum: ['warm', 'short'] }, note: {} },
      required: ['approve'],
    };
    const text = describeRequest('run-1', request({ message: 'Two\nlines', form, deadline: '2026-01-03T00:00:00.000Z' }));
    expect(text.split('\n')).toEqual([
      '',
      'Request approve  until 2026-01-03T00:00:00.000Z',
      '  Two',
      '  lines',
      '',
      '  Form:',
      '    approve: boolean  — send it',
      '    tone?: "warm" | "short"',
      '    note?: any JSON',
      '',
      `  flujo decide run-1 approve --data '{"approve":true}'`,
      '',
    ]);
  });

  it('H11 C06 cannot rewrite the terminal', () => {
    const form = { type: 'object', properties: { '\u001b[2Jname': { type: 'string', description: '\u202eno' } } };
    const text = describeRequest('r\r1', request({ id: 'a\u001b[1m', message: '<b>\u001b]0;title\u0007', form }));
    // eslint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  it.each<[runId: string, id: string, line: string]>([
    ['r-1', 'l#1/ask', `flujo decide r-1 'l#1/ask' --data true`],
    ["it's", 'a b', `flujo decide 'it'\\''s' 'a b' --data true`],
    ['$(rm)', 'ask', `flujo decide '$(rm)' ask --data true`],
  ])('of run %s has a line that a shell takes as it is', (runId, id, line) => {
    expect(decideLine(runId, request({ id }))).toBe(line);
  });
});
