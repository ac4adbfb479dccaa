import { Decimal as BaseDecimal } from 'decimal.js';

/** Money in 60 significant digits; a clone, so that nobody else's settings reach it. */
export const Decimal = BaseDecimal.clone({ precision: 60 });
export type Decimal = BaseDecimal;

const PLAIN = /^[+-]?\d+(\.\d+)?$/;

/** A finite amount >= 0 from a number, by its shortest text, or from plain decimal text; null for anything else. */
export function parseAmount(value: unknown): Decimal | null {
  if (typeof value !== 'number' && !(typeof value === 'string' && PLAIN.test(value))) return null;
  const amount = new Decimal(value);
  return amount.isFinite() && !(amount.isNegative() && !amount.isZero()) ? amount : null;
}

/** Plain decimal text: no exponent, no sign `+`, no trailing zeros; minus zero is `0`. */
export function amountText(amount: Decimal): string {
  return amount.isZero() ? '0' : amount.toFixed();
}

/** Exact sum of two amounts at rest. */
export function addAmounts(a: string, b: string): string {
  if (a === '0') return b;
  if (b === '0') return a;
  return amountText(new Decimal(a).plus(b));
}

/** Exact difference of two amounts at rest. */
export function subtractAmounts(a: string, b: string): string {
  if (b === '0') return a;
  return a === b ? '0' : amountText(new Decimal(a).minus(b));
}

export function compareAmounts(a: string, b: string): number {
  return a === b ? 0 : new Decimal(a).cmp(b);
}

const SHOWN_DECIMALS = 10;

/** For people: at most 10 decimals, rounded half up, without trailing zeros; what is no finite number as its text. */
export function formatCost(value: unknown): string {
  const isNumeric = typeof value === 'number' || (typeof value === 'string' && PLAIN.test(value)) || BaseDecimal.isDecimal(value);
  if (!isNumeric) return String(value);
  const amount = new Decimal(value as BaseDecimal.Value);
  if (!amount.isFinite()) return String(value);
  return amountText(amount.toDecimalPlaces(SHOWN_DECIMALS, BaseDecimal.ROUND_HALF_UP));
}
