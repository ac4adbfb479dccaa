import type { ExpressionStepDocument } from '../ir/schema.js';
import { write } from './schemas.js';
import type { WithSchemas } from './schemas.js';

export type ExpressionStepOptions = WithSchemas<Omit<ExpressionStepDocument, 'kind' | 'name'>>;

/** A step that computes its output from what the run already knows. */
export function expressionStep(name: string, options: ExpressionStepOptions): Readonly<ExpressionStepDocument> {
  return write<ExpressionStepDocument>({ kind: 'expression', name, ...options });
}

/** An `input` that is an expression, where a bare text would be a template. */
export function expr(text: string): { readonly expr: string } {
  return { expr: text };
}
