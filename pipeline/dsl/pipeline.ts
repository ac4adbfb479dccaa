import type { PipelineDocument } from '../ir/schema.js';
import { write } from './schemas.js';
import type { WithSchemas } from './schemas.js';

export type PipelineOptions = WithSchemas<Omit<PipelineDocument, 'irVersion'>>;

/** A pipeline as data, for `compile`. Nothing is checked here, so that every finding comes from one place, all at once. */
export function pipeline(options: PipelineOptions): Readonly<PipelineDocument> {
  return write<PipelineDocument>(options);
}
