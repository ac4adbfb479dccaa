export { priceRows } from './price-rows.js';
