import { calcPrice } from '@pydantic/genai-prices';
import { Decimal } from 'decimal.js';
import type { Price, Prices } from '../pipeline/ir/types.js';

/** Own settings: the library's are shared by everyone who imports it. */
const Amount = Decimal.clone({ precision: 60 });
const AMOUNT = /^\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** `[prices."provider:model"]`: USD per million tokens, as a number or decimal text; unchecked. */
export type PriceOverrides = { readonly [model: string]: { readonly inputPerMillion?: unknown; readonly outputPerMillion?: unknown } };

/** A price in the configuration that is none. */
export class PriceError extends Error {
  override readonly name = 'PriceError';

  /** @param model the row's name */
  constructor(
    readonly model: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The price rows of `models`, as they stood at `at`: an override as it is, else the bundled table's, as exact decimal text.
 * A model without a price has no row: unknown is not zero. Where a price rises with the length of the prompt, the row is the first tier's;
 * tokens that were cheaper because a cache held them count in full.
 *
 * @throws PriceError on a malformed override, also of a model that is not asked for
 */
export function priceRows(models: readonly string[], overrides: PriceOverrides, at: Date): Prices {
  const own = new Map(Object.entries(overrides).map(([model, row]) => [model, checkOverride(model, row)]));
  const rows = [...new Set(models)].flatMap((model) => {
    const row = own.get(model) ?? bundledRow(model, at);
    return row ? [[model, row] as const] : [];
  });
  return Object.fromEntries(rows);
}

function bundledRow(model: string, timestamp: Date): Price | null {
  const colon = model.indexOf(':');
  if (colon < 1) return null;
  const prices = calcPrice({}, model.slice(colon + 1), { providerId: model.slice(0, colon), timestamp })?.model_price;
  const inputPerMillion = firstTier(prices?.['input_mtok']);
  const outputPerMillion = firstTier(prices?.['output_mtok']);
  return inputPerMillion === null || outputPerMillion === null ? null : { inputPerMillion, outputPerMillion };
}

function firstTier(price: number | { readonly base: number } | undefined): string | null {
  if (price === undefined) return null;
  return new Amount(typeof price === 'number' ? price : price.base).toFixed();
}

function checkOverride(model: string, row: PriceOverrides[string]): Price {
  return {
    inputPerMillion: checkAmount(model, 'input_per_million', row.inputPerMillion),
    outputPerMillion: checkAmount(model, 'output_per_million', row.outputPerMillion),
  };
}

function checkAmount(model: string, key: string, value: unknown): string {
  const place = `[prices."${model}"] ${key}`;
  if (value === undefined || value === null) throw new PriceError(model, `${place} is missing`);
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string' || !AMOUNT.test(text)) {
    throw new PriceError(
      model,
      `${place} must be a number of USD per million tokens, 0 or more, got ${JSON.stringify(value) ?? typeof value}`,
    );
  }
  return new Amount(text).toFixed();
}
