import type { HitlStepDocument } from '../ir/schema.js';
import { write } from './schemas.js';
import type { WithSchemas } from './schemas.js';

export type HitlStepOptions = WithSchemas<Omit<HitlStepDocument, 'kind' | 'name'>>;

/** A step that waits for a person's decision. */
export function hitlStep(name: string, options: HitlStepOptions): Readonly<HitlStepDocument> {
  return write<HitlStepDocument>({ kind: 'hitl', name, ...options });
}
