import { agent, expr, pipeline, step } from 'flujo';

const text = { type: 'string' } as const;

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
  limits: { costUsd: '0.50', tokens: 50_000 },

  agents: {
    classifier: agent({
      model: 'scripted:classifier',
      system: "You sort support tickets of a small web shop. Judge by the customer's words and by the order.",
      outputSchema: {
        type: 'object',
        properties: {
          kind: { ...text, enum: ['refund', 'delivery', 'other'] },
          urgency: { ...text, enum: ['low', 'normal', 'high'] },
          summary: text,
        },
        required: ['kind', 'urgency', 'summary'],
        additionalProperties: false,
      },
    }),
    writer: agent({
      model: 'scripted:writer',
      system:
        'You write replies to customers of a small web shop: friendly, short, no promises beyond the offer you are given.\n' +
        'Sign as "The support team".\n',
      outputSchema: {
        type: 'object',
        properties: { subject: { ...text, minLength: 5 }, body: { ...text, minLength: 80 } },
        required: ['subject', 'body'],
        additionalProperties: false,
      },
    }),
  },

  steps: [
    step.tool('ticket', { tool: 'readTicket', input: expr('input.ticket'), sinkTo: 'ticket' }),
    step.tool('order', { tool: 'lookupOrder', input: expr("{'id': context.ticket.order}"), sinkTo: 'order', timeout: '10s' }),
    step.agent('classify', {
      agent: 'classifier',
      timeout: '2m',
      sinkTo: 'triage',
      input: [
        'Ticket: {{ context.ticket.subject }}',
        '{{ context.ticket.body }}',
        '',
        'Order {{ context.order.id }}: {{ context.order.item }}, {{ context.order.status }}, paid {{ context.order.total }} USD',
        '',
      ].join('\n'),
    }),
    step.conditional('route', {
      condition: 'input.kind',
      sinkTo: 'offer',
      branches: {
        refund: [
          step.expression('refund', {
            value: "{'action': 'refund', 'amount': context.order.total, 'text': 'A full refund within five working days.'}",
          }),
        ],
        delivery: [
          step.expression('reship', { value: "{'action': 'reship', 'amount': 0, 'text': 'A replacement, sent today by express.'}" }),
        ],
      },
      default: [step.expression('answer', { value: "{'action': 'answer', 'amount': 0, 'text': 'No compensation; answer the question.'}" })],
    }),
    step.agent('draft', {
      agent: 'writer',
      maxRetries: 2,
      timeout: '2m',
      input: [
        'Write the reply to {{ context.ticket.customer }}.',
        'They wrote: {{ context.ticket.body }}',
        'What it is about: {{ context.triage.summary }}',
        'Our offer: {{ context.offer.text }}',
        '',
      ].join('\n'),
    }),
    step.hitl('approve', {
      message: 'Send this to {{ context.ticket.customer }}?\n\n{{ input.subject }}\n\n{{ input.body }}\n',
      form: {
        type: 'object',
        properties: { approve: { type: 'boolean', description: 'Send the reply' }, note: { ...text, description: 'Why not, or a remark' } },
        required: ['approve'],
        additionalProperties: false,
      },
      timeout: '2d',
      onTimeout: { action: 'fail' },
    }),
    step.conditional('finish', {
      condition: 'input.approve',
      branches: {
        true: [step.tool('write', { tool: 'writeReply', input: expr("{'ticket': context.ticket.id, 'reply': steps.draft.output}") })],
        false: [step.expression('refused', { value: "{'written': false, 'note': input.?note.orValue('no reason given')}" })],
      },
    }),
  ],
});
