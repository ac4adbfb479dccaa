import type { ToolStepDocument } from '../ir/schema.js';
import { write } from './schemas.js';
import type { WithSchemas } from './schemas.js';

export type ToolStepOptions = WithSchemas<Omit<ToolStepDocument, 'kind' | 'name'>>;

/** A step that calls a named tool of the worker. */
export function toolStep(name: string, options: ToolStepOptions): Readonly<ToolStepDocument> {
  return write<ToolStepDocument>({ kind: 'tool', name, ...options });
}
