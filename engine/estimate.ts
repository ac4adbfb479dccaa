import type { Agent, Estimate, Limits, Price, Prices } from '../pipeline/ir/types.js';
import { Decimal, amountText, parseAmount } from '../pipeline/values/decimal.js';
import { utf8Bytes } from '../pipeline/values/canonical.js';
import type { AgentCall, UsageReport } from './commands.js';
import type { Usage } from './results.js';
import type { Reservation } from './state.js';
import { NO_USAGE } from './usage.js';

const DEFAULT_MAX_OUTPUT_TOKENS = 4096;
const TOKENS_PER_MESSAGE = 16;
const BYTES_PER_TOKEN = 2;

/** The part of a reservation that a call's definition decides; the scopes around it are added by the ledger's caller. */
export type CallEstimate = Omit<Reservation, 'scopes'>;

/**
 * What a model turn may cost: the step's estimate, else the agent's, else a bound from the prompt's bytes and the output maximum.
 * A scripted model reports its cost and reserves nothing; a model without price has tokens only.
 */
export function estimateTurn(call: AgentCall, agent: Agent, stepEstimate: Estimate | undefined, prices: Prices | undefined): CallEstimate {
  const model = call.model;
  const declared = stepEstimate ?? agent.estimate;
  if (declared) return { paid: true, model, costUsd: declared.costUsd, tokens: declared.tokens };
  if (model.startsWith('scripted:')) return { paid: true, model, costUsd: '0', tokens: 0 };

  const bound = promptBound(call);
  const maximum = agent.maxOutputTokens ?? DEFAULT_MAX_OUTPUT_TOKENS;
  const price = priceOf(prices, model);
  return { paid: true, model, costUsd: price ? priced(price, bound, maximum) : null, tokens: bound + maximum };
}

/** A tool is paid when it declares an estimate. */
export function estimateTool(estimate: Estimate | undefined): CallEstimate {
  if (!estimate) return { paid: false, model: null, costUsd: '0', tokens: 0 };
  return { paid: true, model: null, costUsd: estimate.costUsd, tokens: estimate.tokens };
}

function promptBound({ system, input, outputSchema }: AgentCall): number {
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  const bytes = utf8Bytes(text) + utf8Bytes(system ?? '') + (outputSchema === undefined ? 0 : utf8Bytes(JSON.stringify(outputSchema)));
  return Math.ceil(bytes / BYTES_PER_TOKEN) + TOKENS_PER_MESSAGE * (system === undefined ? 1 : 2);
}

function priceOf(prices: Prices | undefined, model: string): Price | null {
  return prices && Object.hasOwn(prices, model) ? prices[model]! : null;
}

function priced({ inputPerMillion, outputPerMillion }: Price, inputTokens: number, outputTokens: number): string {
  const cost = new Decimal(inputTokens).times(inputPerMillion).plus(new Decimal(outputTokens).times(outputPerMillion));
  return amountText(cost.dividedBy(1_000_000));
}

/** What a call is charged. `unsettled`: no report came, the whole reservation stands in its place. `rejected`: why a report did not count. */
export interface Charge {
  readonly usage: Usage;
  readonly unsettled: boolean;
  readonly rejected: string | null;
}

/**
 * From report to charge. A missing part of a report is charged at that part of the reservation;
 * a malformed report counts as none. L4: amounts are decimals and unknown is never zero.
 */
export function charge(reservation: Reservation, report: UsageReport | null | undefined, prices: Prices | undefined): Charge | null {
  const rejected = report ? faultOf(report) : null;
  const parts = report && !rejected ? partsOf(report) : {};
  const hasReport =
    parts.costUsd !== undefined || parts.tokens !== undefined || parts.inputTokens !== undefined || parts.outputTokens !== undefined;
  if (!reservation.paid && !hasReport) return rejected ? { usage: NO_USAGE, unsettled: false, rejected } : null;

  const price = reservation.model === null ? null : priceOf(prices, reservation.model);
  const byPrice =
    price && parts.inputTokens !== undefined && parts.outputTokens !== undefined
      ? priced(price, parts.inputTokens, parts.outputTokens)
      : undefined;
  const reportedCost = parts.costUsd ?? byPrice;
  const costUsd = reportedCost ?? reservation.costUsd;
  const reportedTokens = parts.tokens ?? sum(parts.inputTokens, parts.outputTokens);
  const tokens = reportedTokens ?? reservation.tokens;

  const estimatedCost = reportedCost === undefined ? (reservation.costUsd ?? '0') : '0';
  const estimatedTokens = reportedTokens === undefined ? reservation.tokens : 0;
  const isEstimated = reservation.paid && (reportedTokens === undefined || (reportedCost === undefined && reservation.costUsd !== null));
  const usage: Usage = {
    costUsd: costUsd ?? '0',
    inputTokens: parts.inputTokens ?? 0,
    outputTokens: parts.outputTokens ?? 0,
    tokens,
    calls: 1,
    ...(isEstimated && { estimated: { costUsd: estimatedCost, tokens: estimatedTokens, calls: 1 } }),
    ...(costUsd === null && { unknownCalls: 1 }),
  };
  return { usage, unsettled: reservation.paid && !hasReport, rejected };
}

interface Parts {
  costUsd?: string;
  tokens?: number;
  inputTokens?: number;
  outputTokens?: number;
}

function partsOf(report: UsageReport): Parts {
  const parts: Parts = {};
  const cost = isMissing(report.costUsd) ? null : parseAmount(report.costUsd);
  if (cost) parts.costUsd = amountText(cost);
  for (const key of ['tokens', 'inputTokens', 'outputTokens'] as const) if (typeof report[key] === 'number') parts[key] = report[key];
  return parts;
}

function faultOf(report: UsageReport): string | null {
  if (!isMissing(report.costUsd) && !parseAmount(report.costUsd)) return `costUsd is ${JSON.stringify(report.costUsd)}`;
  for (const key of ['tokens', 'inputTokens', 'outputTokens'] as const) {
    const value = report[key];
    if (!isMissing(value) && !(typeof value === 'number' && Number.isSafeInteger(value) && value >= 0))
      return `${key} is ${JSON.stringify(value)}`;
  }
  return null;
}

function isMissing(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

/** The tightest of several limits, field by field. */
export function tightest(limits: readonly (Limits | undefined)[]): Limits {
  const costs = limits.flatMap((each) => (each?.costUsd === undefined ? [] : [new Decimal(each.costUsd)]));
  const tokens = limits.flatMap((each) => (each?.tokens === undefined ? [] : [each.tokens]));
  return {
    ...(costs.length > 0 && { costUsd: amountText(Decimal.min(...costs)) }),
    ...(tokens.length > 0 && { tokens: Math.min(...tokens) }),
  };
}
