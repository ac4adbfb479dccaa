import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { Request, Snapshot, StepResult, UsageView } from '../engine/results.js';
import { sampleOf } from '../pipeline/values/sample.js';
import { formatCost } from '../pipeline/values/decimal.js';
import { formatDuration } from '../pipeline/values/duration.js';
import { DECIDE } from './messages.js';

/** What people see of a run without any tool of ours: current details in Markdown, and search attributes where the namespace has them. */
export interface Publisher {
  publish(snapshot: Snapshot, usage: UsageView): void;
}

const STATUS = defineSearchAttributeKey('FlujoStatus', 'KEYWORD');
const PENDING = defineSearchAttributeKey('FlujoPending', 'KEYWORD_LIST');
const COST = defineSearchAttributeKey('FlujoCostUsd', 'DOUBLE');

/** Attributes change when a wait begins or ends and at the end of the run; each change is an event, so nothing else does. */
export function createPublisher(name: string, hasSearchAttributes: boolean): Publisher {
  let published = 'running []';
  let isWaiting = false;
  return {
    publish(snapshot, usage) {
      setCurrentDetails(describeRun(name, snapshot, usage));
      if (!hasSearchAttributes) return;
      const pending = snapshot.requests.map(({ id }) => id);
      const state = `${snapshot.status} ${JSON.stringify(pending)}`;
      if (state === published) return;
      // A decision that ends the run ends a wait first: observers of a wait see its end as such.
      const endsWait = isWaiting && snapshot.status !== 'running' && pending.length === 0;
      if (endsWait) upsert('running', [], usage);
      published = state;
      isWaiting = pending.length > 0;
      upsert(snapshot.status, pending, usage);
    },
  };
}

function upsert(status: Snapshot['status'], pending: string[], { usage }: UsageView): void {
  upsertSearchAttributes([
    { key: STATUS, value: status },
    { key: PENDING, value: pending },
    { key: COST, value: Number(usage.costUsd) },
  ]);
}

const SHOWN_STEPS = 20;
/** Characters; the server keeps 20,000 bytes. */
const MAX_DETAILS = 6_000;

export function describeRun(name: string, snapshot: Snapshot, { usage, limits }: UsageView): string {
  const unknown = usage.unknownCalls ? ` (${usage.unknownCalls} calls unpriced)` : '';
  const spent = `${unknown && '≥ '}$${formatCost(usage.costUsd)}${unknown}`;
  const skipped = Math.max(0, snapshot.steps.length - SHOWN_STEPS);
  const lines = [
    `**${name}** · ${snapshot.status} · ${spent} · ${usage.tokens} tokens`,
    ...limits.map(({ scope, kind, value, settled }) =>
      kind === 'costUsd'
        ? `- limit of ${scope}: $${formatCost(settled)} of $${formatCost(value)}`
        : `- limit of ${scope}: ${settled} of ${value} tokens`,
    ),
    '',
    ...(skipped > 0 ? [`- … ${skipped} earlier steps`] : []),
    ...snapshot.steps.slice(-SHOWN_STEPS).map(describeStep),
    ...snapshot.active.map(({ path, try: n }) => `- ▸ \`${path}\`${n > 1 ? ` · try ${n}` : ''}`),
    ...snapshot.requests.flatMap(describeRequest),
  ];
  const text = lines.join('\n');
  return text.length <= MAX_DETAILS ? text : `${text.slice(0, MAX_DETAILS)}\n…`;
}

const SIGNS = { completed: '✓', failed: '✗', cancelled: '◦' } as const;

function describeStep({ path, status, attempts, usage, feedback, latencyMs }: StepResult): string {
  const cost = usage.calls > 0 ? ` · $${formatCost(usage.costUsd)} · ${usage.tokens} tokens` : '';
  const tries = attempts > 1 ? ` · ${attempts} tries` : '';
  const time = latencyMs > 0 ? ` · ${formatDuration(latencyMs)}` : '';
  return `- ${SIGNS[status]} \`${path}\`${tries}${time}${cost}${feedback === null ? '' : ` · ${feedback.slice(0, 200)}`}`;
}

function describeRequest({ id, message, form, deadline }: Request): string[] {
  return [
    '',
    `**Waiting for a person:** \`${id}\`${deadline === null ? '' : ` until ${deadline}`}`,
    '',
    ...message
      .slice(0, 1_000)
      .split('\n')
      .map((line) => `> ${line}`),
    '',
    `Send the update or signal \`${DECIDE}\` with:`,
    '```json',
    JSON.stringify({ requestId: id, data: sampleOf(form), by: 'your name' }),
    '```',
  ];
}
