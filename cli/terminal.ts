import pc from 'picocolors';
import stringWidth from 'string-width';
import { showHidden } from '../pipeline/ir/show.js';
import { formatCost } from '../pipeline/values/decimal.js';
import type { Usage } from '../engine/results.js';

/** Messages go to standard error, results to standard output. Closed pipes are not an error. */
export const out = (text: string): void => void process.stdout.write(`${text}\n`);
export const say = (text: string): void => void process.stderr.write(`${text}\n`);
/** What a terminal would act on is escaped, which is the same JSON. */
export const jsonText = (value: unknown, indent = 2): string => plain(JSON.stringify(value, null, indent));
export const outJson = (value: unknown): void => out(jsonText(value));

const colors = pc.createColors(pc.isColorSupported && !process.env['NO_COLOR'] && process.stderr.isTTY === true);
export const { bold, dim, green, red, yellow, cyan } = colors;

/** Control characters and direction marks of foreign text can rewrite a terminal; they are shown instead. Line breaks and tabs stay. */
export function plain(text: string): string {
  return text.replace(/[^\n\t]+/g, showHidden);
}

export const oneLine = (text: string, width = 160): string => {
  const line = plain(text).replaceAll(/\s*\n\s*/g, ' ');
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
};

export function costText({ costUsd, unknownCalls }: Usage): string {
  return unknownCalls ? `≥ $${formatCost(costUsd)} (${unknownCalls} calls unpriced)` : `$${formatCost(costUsd)}`;
}

export const secondsText = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** Columns as wide as their widest cell; `right` columns are aligned at their end. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => stringWidth(row[column] ?? '')))) ?? [];
  const cell = (text: string, column: number) => {
    const space = ' '.repeat(widths[column]! - stringWidth(text));
    return right.includes(column) ? space + text : text + space;
  };
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}

/** One argument of a POSIX shell; hidden characters are written out in the `$'…'` of bash and zsh, so that the line can be shown and pasted. */
export function shellQuote(text: string): string {
  if (showHidden(text) !== text) return `$'${showHidden(text.replace(/[\\']/g, '\\$&'))}'`;
  return /^[A-Za-z0-9_./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
