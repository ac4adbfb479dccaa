import type { JsonObject, Limits, Prices } from '../pipeline/ir/types.js';

/** What one run adds to its pipeline. Nothing else is read anywhere. */
export interface RunOptions {
  /** Initial context fields, over the pipeline's defaults. */
  readonly context?: JsonObject;
  readonly limits?: Limits;
  /** Free data about the run. */
  readonly metadata?: JsonObject;
  /** Price rows of the models used; without a row a model is unpriced. */
  readonly prices?: Prices;
  /** A configured budget; with `limits` and the pipeline's own limits the tightest of each field holds. */
  readonly budget?: Limits;
  /** What a template does with a missing value; `strict` when absent. */
  readonly templates?: 'strict' | 'warn' | 'ignore';
}
