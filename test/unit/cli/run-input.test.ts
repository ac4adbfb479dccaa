import { afterEach, beforeAll, afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError } from '../../../cli/exit.js';
import { readContext, readInput, readLimits, readMetadata } from '../../../cli/run-input.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flujo-input-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  delete process.env['FLUJO_INPUT'];
});
const codeOf = (work: () => unknown): unknown => {
  try {
    work();
  } catch (error) {
    return error instanceof CommandError ? { code: error.code, message: error.message } : error;
  }
  return null;
};

describe('an input', () => {
  it.each<[text: string, value: unknown]>([
    ['{"a":1}', { a: 1 }],
    ['[1,2]', [1, 2]],
    ['7', '7'],
    ['true', 'true'],
    ['null', 'null'],
    ['"quoted"', '"quoted"'],
    ['{broken', '{broken'],
    ['', ''],
  ])('%j', async (text, value) => expect(await readInput(text)).toEqual(value));

  it('is a variable where no option gives it', async () => {
    process.env['FLUJO_INPUT'] = '{"from":"environment"}';
    expect(await readInput(undefined)).toEqual({ from: 'environment' });
    expect(await readInput('option')).toBe('option');
  });

  it('keeps names like those of built-in properties as data', async () => {
    const value = (await readInput('{"__proto__":{"a":1}}')) as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(({} as { a?: number }).a).toBeUndefined();
  });
});

describe('limits', () => {
  it.each<[cost: string | undefined, tokens: string | undefined, limits: object | undefined]>([
    [undefined, undefined, undefined],
    ['0.10', undefined, { costUsd: '0.1' }],
    ['$2', '500', { costUsd: '2', tokens: 500 }],
    ['0', '0', { costUsd: '0', tokens: 0 }],
    ['unlimited', 'unlimited', undefined],
  ])('%s and %s', (cost, tokens, limits) => expect(readLimits(cost, tokens)).toEqual(limits));

  it.each<[cost: string | undefined, tokens: string | undefined]>([
    ['-1', undefined],
    ['much', undefined],
    ['NaN', undefined],
    ['Infinity', undefined],
    [undefined, '1.5'],
    [undefined, '-1'],
    [undefined, '1e99'],
  ])('%s and %s are refused', (cost, tokens) => {
    expect(codeOf(() => readLimits(cost, tokens))).toMatchObject({ code: 2, message: expect.stringMatching(/^--limit-/) as unknown });
  });
});

describe('metadata', () => {
  it('is pairs; a value may have an equals sign', () => {
    expect(readMetadata(['a=1', 'b=c=d', 'e='])).toEqual({ a: '1', b: 'c=d', e: '' });
    expect(readMetadata([])).toBeUndefined();
    expect(Object.keys(readMetadata(['__proto__=x'])!)).toEqual(['__proto__']);
  });
  it.each(['a', '=a', ''])('%j is none', (pair) => expect(codeOf(() => readMetadata([pair]))).toMatchObject({ code: 2 }));
});

describe('a context', () => {
  it('is an object in a file', () => {
    writeFileSync(join(folder, 'context.json'), '{"a":1}');
    expect(readContext(join(folder, 'context.json'))).toEqual({ a: 1 });
    expect(readContext(undefined)).toBeUndefined();
  });
  it.each<[name: string, text: string | null, code: number]>([
    ['missing.json', null, 3],
    ['broken.json', '{', 3],
    ['list.json', '[]', 2],
    ['null.json', 'null', 2],
  ])('%s is refused', (name, text, code) => {
    if (text !== null) writeFileSync(join(folder, name), text);
    expect(codeOf(() => readContext(join(folder, name)))).toMatchObject({ code, message: expect.stringContaining(name) as unknown });
  });
});
