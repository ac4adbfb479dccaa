import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { ScriptedUsage } from './script.js';

/** What the server charged for one answer: the truth that a run's ledger is held against. */
export interface BillLine {
  readonly model: string;
  /** The request's `Idempotency-Key`; empty without one. */
  readonly key: string;
  /** Decimal text; `"0"` where the script names no readable cost. */
  readonly costUsd: string;
  readonly tokens: number;
  /** ISO 8601. */
  readonly at: string;
}

export interface Bill {
  /** Is on disk when this returns. */
  add(line: BillLine): void;
  readonly lines: readonly BillLine[];
  close(): void;
}

/** @param file gets one line of JSON for each billed answer, appended; none is kept without it */
export function openBill(file: string | undefined): Bill {
  const descriptor = file === undefined ? undefined : openSync(file, 'a');
  const lines: BillLine[] = [];
  return {
    lines,
    add: (line) => {
      lines.push(line);
      if (descriptor === undefined) return;
      writeSync(descriptor, `${JSON.stringify(line)}\n`);
      fsyncSync(descriptor);
    },
    close: () => {
      if (descriptor !== undefined) closeSync(descriptor);
    },
  };
}

/** Cost and tokens of a scripted usage, malformed parts as nothing. */
export function billedAmounts({ costUsd, tokens, inputTokens, outputTokens }: ScriptedUsage): { costUsd: string; tokens: number } {
  const cost = typeof costUsd === 'number' ? String(costUsd) : costUsd;
  return {
    costUsd: typeof cost === 'string' && /^\d+(\.\d+)?(e-?\d+)?$/i.test(cost) ? cost : '0',
    tokens: isCount(tokens) ? tokens : (isCount(inputTokens) ? inputTokens : 0) + (isCount(outputTokens) ? outputTokens : 0),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
