export { PriceError, priceRows } from './price-rows.js';
export type { PriceOverrides } from './price-rows.js';
