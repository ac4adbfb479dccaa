import type { ConditionalStepDocument } from '../ir/schema.js';
import { write } from './schemas.js';
import type { WithSchemas } from './schemas.js';

export type ConditionalStepOptions = WithSchemas<Omit<ConditionalStepDocument, 'kind' | 'name'>>;

/** A step that runs the branch which its condition names. */
export function conditionalStep(name: string, options: ConditionalStepOptions): Readonly<ConditionalStepDocument> {
  return write<ConditionalStepDocument>({ kind: 'conditional', name, ...options });
}
