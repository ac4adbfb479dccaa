import { addAmounts, compareAmounts, formatCost, subtractAmounts } from '../pipeline/values/decimal.js';
import type { Limits } from '../pipeline/ir/types.js';
import type { LimitUse, RunFailure, Usage } from './results.js';
import type { Amounts, Ledger, Reservation, Scope, UnsettledLine } from './state.js';
import { NO_USAGE, addUsage } from './usage.js';

/**
 * The account of a run.
 * L1: a paid call starts only when settled + unsettled + reserved, its own included, is within the limit of every scope around it.
 * L2: each reservation is settled, released or turned into unsettled exactly once. L4: amounts are decimals.
 * Scopes without limits keep no account; the total covers the run.
 */
export function createLedger(limits: Limits): Ledger {
  const ledger: Ledger = { scopes: {}, total: NO_USAGE, unsettled: {} };
  openScope(ledger, RUN_SCOPE, limits);
  return ledger;
}

export const RUN_SCOPE = 'run';

/** Opens the account of a step's limits; a no-op for a step without. */
export function openScope(ledger: Ledger, scope: string, limits: Limits | undefined): void {
  if (!limits || (limits.costUsd === undefined && limits.tokens === undefined)) return;
  ledger.scopes[scope] = { limits, settled: nothing(), unsettled: nothing(), reserved: nothing() };
}

const nothing = (): Amounts => ({ costUsd: '0', tokens: 0 });

export function hasCostLimit(ledger: Ledger, scopes: readonly string[]): boolean {
  return scopes.some((scope) => ledger.scopes[scope]!.limits.costUsd !== undefined);
}

type Kind = 'costUsd' | 'tokens';
const KINDS: readonly Kind[] = ['costUsd', 'tokens'];

/** Reserves, or says which limit refuses. Cost limits come before token limits, inner scopes before outer ones. */
export function reserve(ledger: Ledger, reservation: Reservation): RunFailure | null {
  const requested = amountsOf(reservation);
  for (const kind of KINDS) {
    for (const id of reservation.scopes) {
      const scope = ledger.scopes[id]!;
      const needed = add(add(scope.settled, scope.unsettled), add(scope.reserved, requested));
      if (exceeds(needed, scope.limits, kind)) return breach(scope, id, kind, 'reservation', requested);
    }
  }
  for (const id of reservation.scopes) ledger.scopes[id]!.reserved = add(ledger.scopes[id]!.reserved, requested);
  return null;
}

/** Gives back what a call that proved unbilled had reserved. */
export function release(ledger: Ledger, reservation: Reservation): void {
  const amounts = amountsOf(reservation);
  for (const id of reservation.scopes) {
    const scope = ledger.scopes[id]!;
    scope.reserved = subtract(scope.reserved, amounts);
  }
}

/** Moves a reservation to settled at its true amount, more or less. */
export function settle(ledger: Ledger, reservation: Reservation, usage: Usage): void {
  release(ledger, reservation);
  for (const id of reservation.scopes) ledger.scopes[id]!.settled = add(ledger.scopes[id]!.settled, usage);
  ledger.total = addUsage(ledger.total, usage);
}

/** Leaves the whole reservation charged, under the line's id, until a late report can take its place. */
export function leaveUnsettled(
  ledger: Ledger,
  id: string,
  reservation: Reservation,
  usage: Usage,
  at: Pick<UnsettledLine, 'path' | 'try'>,
): void {
  release(ledger, reservation);
  for (const scope of reservation.scopes) ledger.scopes[scope]!.unsettled = add(ledger.scopes[scope]!.unsettled, usage);
  ledger.total = addUsage(ledger.total, usage);
  ledger.unsettled[id] = { ...at, costUsd: usage.costUsd, tokens: usage.tokens, scopes: reservation.scopes };
}

/** The first limit that what is spent has passed; reaching it exactly is allowed. */
export function findBreach(ledger: Ledger, scopes: readonly string[]): RunFailure | null {
  for (const kind of KINDS) {
    for (const id of scopes) {
      const scope = ledger.scopes[id]!;
      if (exceeds(add(scope.settled, scope.unsettled), scope.limits, kind)) return breach(scope, id, kind, 'settlement', nothing());
    }
  }
  return null;
}

export function limitUses(ledger: Ledger): LimitUse[] {
  return Object.entries(ledger.scopes).flatMap(([id, scope]) =>
    KINDS.flatMap((kind) => {
      const value = scope.limits[kind];
      return value === undefined ? [] : [{ scope: id, kind, value, ...standing(scope, kind) }];
    }),
  );
}

function standing(scope: Scope, kind: Kind): { settled: string | number; unsettled: string | number; reserved: string | number } {
  return { settled: scope.settled[kind], unsettled: scope.unsettled[kind], reserved: scope.reserved[kind] };
}

function breach(scope: Scope, id: string, kind: Kind, reason: 'settlement' | 'reservation', requested: Amounts): RunFailure {
  const value = scope.limits[kind]!;
  return {
    type: 'UsageLimitExceeded',
    message: kind === 'costUsd' ? `Cost limit of $${formatCost(value)} exceeded` : `Token limit of ${value} exceeded`,
    stepPath: null,
    limit: { kind, value, scope: id },
    reason,
    ...standing(scope, kind),
    requested: requested[kind],
  };
}

function exceeds(amounts: Amounts, limits: Limits, kind: Kind): boolean {
  if (kind === 'tokens') return limits.tokens !== undefined && amounts.tokens > limits.tokens;
  return limits.costUsd !== undefined && compareAmounts(amounts.costUsd, limits.costUsd) > 0;
}

function amountsOf({ paid, costUsd, tokens }: Reservation): Amounts {
  return paid ? { costUsd: costUsd ?? '0', tokens } : nothing();
}

function add(a: Amounts, b: Amounts): Amounts {
  return { costUsd: addAmounts(a.costUsd, b.costUsd), tokens: a.tokens + b.tokens };
}

function subtract(a: Amounts, b: Amounts): Amounts {
  return { costUsd: subtractAmounts(a.costUsd, b.costUsd), tokens: a.tokens - b.tokens };
}
