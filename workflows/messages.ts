import type { RunOptions } from '../engine/options.js';
import type { Json, Pipeline } from '../pipeline/ir/types.js';

/** Input of a run. The workflow's type is the pipeline's name. */
export interface RunInput {
  readonly pipeline: Pipeline;
  readonly input?: Json;
  readonly options?: RunOptions;
  /** How the driver works, not what the run means. */
  readonly driver?: DriverOptions;
}

export interface DriverOptions {
  /** Only where the namespace has all of `SEARCH_ATTRIBUTES`; an unknown one stalls the run. */
  readonly searchAttributes?: boolean;
  /** Milliseconds; 10,000 when absent. */
  readonly heartbeatTimeout?: number;
  /** Milliseconds that a call without `timeout` may take; a day when absent. */
  readonly callTimeout?: number;
}

/** Name of the update and of the signal by which a person decides. */
export const DECIDE = 'decide';
export const QUERY_SNAPSHOT = 'snapshot';
export const QUERY_REQUESTS = 'requests';
export const QUERY_USAGE = 'usage';

/** An update argument above 2 MiB stalls a run whatever its validator says, so senders stop well below. Bytes. */
export const MAX_DECISION_BYTES = 256 * 1024;

export const SEARCH_ATTRIBUTES = {
  FlujoStatus: 'Keyword',
  FlujoPending: 'KeywordList',
  FlujoPipeline: 'Keyword',
  FlujoPipelineVersion: 'Keyword',
  FlujoCostUsd: 'Double',
} as const;
