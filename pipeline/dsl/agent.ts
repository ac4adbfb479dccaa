import type { AgentDocument, AgentStepDocument } from '../ir/schema.js';
import { write } from './schemas.js';
import type { WithSchemas } from './schemas.js';

export type AgentOptions = WithSchemas<AgentDocument>;
export type AgentStepOptions = WithSchemas<Omit<AgentStepDocument, 'kind' | 'name'>>;

/** Declares an agent: a model with its instructions, its options and the schema of what it returns. */
export function agent(options: AgentOptions): Readonly<AgentDocument> {
  return write<AgentDocument>(options);
}

/** A step that asks an agent. */
export function agentStep(name: string, options: AgentStepOptions): Readonly<AgentStepDocument> {
  return write<AgentStepDocument>({ kind: 'agent', name, ...options });
}
