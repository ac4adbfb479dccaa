import { agent, expr, pipeline, step } from 'flujo';
import { z } from 'zod';

/** The pipeline of `pipeline.yaml`, written in TypeScript: both compile to the same IR and the same fingerprint. */
export default pipeline({
  name: 'support-triage',
  version: '1',
  description: 'A support ticket becomes an approved reply.',
  inputSchema: { type: 'object', properties: { ticket: { type: 'string', minLength: 1 } }, required: ['ticket'] },
  contextSchema: {
    type: 'object',
    properties: { ticket: { type: 'object' }, order: { type: 'object' }, triage: { type: 'object' }, offer: { type: 'object' } },
  },
  limits: { costUsd: 0.5, tokens: 50_000 },
});
