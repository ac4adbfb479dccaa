import { fstatSync, readFileSync } from 'node:fs';
import { isObject, type Json, type JsonObject } from '../pipeline/values/json.js';
import { parseAmount, amountText } from '../pipeline/values/decimal.js';
import type { Limits } from '../pipeline/ir/types.js';
import { CommandError, EXIT } from './exit.js';

/** `--input` (`-`: standard input), else `FLUJO_INPUT`, else piped standard input, else `""`. JSON objects and lists are values, anything else text. */
export async function readInput(flag: string | undefined): Promise<Json> {
  if (flag === '-') return parseInput((await readStandardInput()).trim());
  if (flag !== undefined) return parseInput(flag);
  const variable = process.env['FLUJO_INPUT'];
  if (variable !== undefined) return parseInput(variable);
  return hasPipedInput() ? parseInput((await readStandardInput()).trim()) : '';
}

function parseInput(text: string): Json {
  try {
    const value = JSON.parse(text) as Json;
    return typeof value === 'object' && value !== null ? value : text;
  } catch {
    return text;
  }
}

/** Only a file or a pipe is read unasked: an inherited terminal or socket may never end. */
function hasPipedInput(): boolean {
  if (process.stdin.isTTY) return false;
  try {
    const stat = fstatSync(0);
    return stat.isFIFO() || stat.isFile();
  } catch {
    return false;
  }
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}

export function readContext(file: string | undefined): JsonObject | undefined {
  if (file === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandError(EXIT.unreadable, `Context file ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isObject(value)) throw new CommandError(EXIT.usage, `Context file ${file}: expected a JSON object`);
  return value;
}

/** Limits from flags; `unlimited` is none. */
export function readLimits(cost: string | undefined, tokens: string | undefined): Limits | undefined {
  const limits: { costUsd?: string; tokens?: number } = {};
  if (cost !== undefined && cost !== 'unlimited') {
    const amount = parseAmount(cost.replace(/^\$/, ''));
    if (!amount) throw new CommandError(EXIT.usage, `--limit-cost: expected an amount of USD, 0 or more, got '${cost}'`);
    limits.costUsd = amountText(amount);
  }
  if (tokens !== undefined && tokens !== 'unlimited') {
    if (!/^\d{1,15}$/.test(tokens))
      throw new CommandError(EXIT.usage, `--limit-tokens: expected a whole number, 0 or more, got '${tokens}'`);
    limits.tokens = Number(tokens);
  }
  return Object.keys(limits).length > 0 ? limits : undefined;
}

/** `k=v` pairs. */
export function readMetadata(pairs: readonly string[]): JsonObject | undefined {
  const entries = pairs.map((pair): [string, Json] => {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new CommandError(EXIT.usage, `--metadata: expected name=value, got '${pair}'`);
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
