import pc from 'picocolors';
import stringWidth from 'string-width';
import { formatCost } from '../pipeline/values/decimal.js';
import type { Usage } from '../engine/results.js';

/** Messages go to standard error, results to standard output. Closed pipes are not an error. */
export const out = (text: string): void => void process.stdout.write(`${text}\n`);
export const say = (text: string): void => void process.stderr.write(`${text}\n`);
export const outJson = (value: unknown): void => out(JSON.stringify(value, null, 2));

const colors = pc.createColors(pc.isColorSupported && !process.env['NO_COLOR'] && process.stderr.isTTY === true);
export const { bold, dim, green, red, yellow, cyan } = colors;

/** Control characters and direction marks of foreign text can rewrite a terminal; they are shown instead. Line breaks and tabs stay. */
export function plain(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
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

/** One argument of a POSIX shell. */
export function shellQuote(text: string): string {
  return /^[A-Za-z0-9_./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
