import { afterAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import fc from 'fast-check';
import { DecisionRejectedError, InvalidRunInputError } from '../../../client/errors.js';
import { FlujoClient, quoted } from '../../../client/flujo-client.js';
import { pipelineOf, valueStep } from '../../support/documents.js';
import { compiled } from '../../support/run-engine.js';

/** Nobody listens there: what is refused here was never sent. */
const connection = Connection.lazy({ address: '127.0.0.1:1' });
const client = new FlujoClient(new Client({ connection }), '127.0.0.1:1');
afterAll(() => client.close());

const pipeline = compiled(pipelineOf([valueStep('v', 'input')]));
const driver = { searchAttributes: false };
const MIB = 1024 * 1024;
const failureOf = (work: Promise<unknown>) => work.then(() => null).catch((error: unknown) => error as Error);

describe('a start that can’t work is refused before it is sent', () => {
  it.each<[what: string, options: Parameters<FlujoClient['start']>[1], message: RegExp]>([
    ['an input with a function', { input: { a: [() => 1] } }, /^Run input cannot be serialized: function at \$\.a\[0\]$/],
    ['an input with a circle', { input: circle() }, /^Run input cannot be serialized: .* at \$/],
    ['an input that is too large', { input: 'x'.repeat(3 * MIB) }, /^Run input cannot be serialized: \d+ bytes, more than \d+ KiB at \$$/],
    [
      'a context that is too large',
      { context: { notes: 'x'.repeat(3 * MIB) } },
      /^A run's start is \d+ bytes, more than \d+; its largest part is the context with \d+ bytes$/,
    ],
    [
      'parts that are too large together',
      { input: 'x'.repeat(1.5 * MIB), metadata: { a: 'x'.repeat(MIB) } },
      /its largest part is the input with/,
    ],
    ['an id that is too long', { runId: 'é'.repeat(501) }, /^Run id is more than 1000 bytes$/],
  ])('%s', async (_, options, message) => {
    const error = await failureOf(client.start(pipeline, { driver, ...options }));
    expect(error).toBeInstanceOf(InvalidRunInputError);
    expect(error!.message).toMatch(message);
  });

  it('a pipeline that is too large', async () => {
    const large = compiled(pipelineOf([], { description: 'x'.repeat(3 * MIB) }));
    const error = await failureOf(client.start(large, { driver }));
    expect(error!.message).toMatch(/its largest part is the pipeline with \d+ bytes$/);
  });
});

function circle(): object {
  const value: { [key: string]: unknown } = {};
  value['again'] = value;
  return value;
}

describe('a decision that can’t work is refused before it is sent', () => {
  it.each<[what: string, data: unknown, message: string | RegExp]>([
    ['H11 one of 2 MiB', 'x'.repeat(2 * MIB), /^Decision for 'ask' is \d+ bytes, more than 256 KiB$/],
    ['H11 a comment of 1 MB', { comment: 'x'.repeat(1e6) }, /more than 256 KiB$/],
    ['H11 a deep one', deep(70), /^Decision cannot be serialized: .* at \$/],
    ['one that is no JSON', { at: 1n }, /^Decision cannot be serialized: .* at \$\.at$/],
  ])('%s', async (_, data, message) => {
    // What a caller in plain JavaScript may hand over.
    const decision = { requestId: 'ask', data: data as string };
    for (const via of ['update', 'signal'] as const) {
      const error = await failureOf(client.getRun('r').decide(decision, { via }));
      expect(error).toBeInstanceOf(DecisionRejectedError);
      expect(error!.message).toMatch(message);
    }
  });
});

function deep(levels: number): unknown {
  return levels === 0 ? 1 : [deep(levels - 1)];
}

describe('C05 a text from a user in a visibility query', () => {
  it.each<[text: string, literal: string]>([
    ["' OR WorkflowType!='", `'\\' OR WorkflowType!=\\''`],
    ['a\\', `'a\\\\'`],
    ["\\'", `'\\\\\\''`],
    ['"`?\n', `'"\`?\n'`],
  ])('%j', (text, literal) => expect(quoted(text)).toBe(literal));

  it('is always one literal, which is read back as the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("'", '\\', '"', '`', '?', 'a', '\n', '’', ' ') }), (text) => {
        const literal = quoted(text);
        expect(literal).toMatch(/^'(?:[^'\\]|\\.)*'$/s);
        expect(literal.slice(1, -1).replace(/\\(.)/gs, '$1')).toBe(text);
      }),
    );
  });
});
