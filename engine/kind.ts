import type { ToolCall as ToolMapper, Expression, JsonObject } from '../pipeline/ir/types.js';
import type { AgentCall, ToolCall } from './commands.js';
import type { CallEstimate } from './estimate.js';
import type { Done, End, Frame, Json, Pipeline, RunState } from './state.js';

/** What a call needs beyond what every call has. */
export type CallRequest =
  | { readonly type: 'callAgent'; readonly call: Omit<AgentCall, 'callId' | 'step'>; readonly estimate: (call: AgentCall) => CallEstimate }
  | {
      readonly type: 'callTool';
      readonly call: Omit<ToolCall, 'callId' | 'step' | 'context'>;
      readonly estimate: (call: ToolCall) => CallEstimate;
    };

/**
 * What a step kind can ask for. Whatever may take time is asked for with the names of the continuations to go on at:
 * `then` takes the value, `failed` an error text. Nothing here calls another frame's continuation; it is pushed and run in its turn.
 */
export interface Vocabulary<Names extends string = string> {
  readonly pipeline: Pipeline;
  readonly state: RunState;
  /** An expression answers at once, a tool later; the kind can't tell the difference. `extra` are names beside input, context and steps. */
  evaluate(frame: Frame, mapper: Expression | ToolMapper, extra: JsonObject | null, then: Names, failed: Names): void;
  /** Runs a list of steps inside the frame; its result comes at `then` as `Done`. */
  runSequence(frame: Frame, part: readonly string[], segment: string, input: Json, then: Names): void;
  /** Runs one step of the frame's list of steps; its result comes at `then` as `Done`. */
  runStep(frame: Frame, index: number, input: Json, then: Names): void;
  /** Reserves and commands in one act. The outcome comes at `then`, after it was settled. */
  call(frame: Frame, request: CallRequest, then: Names): void;
  /** Asks a person. The decision's data comes at `then`. */
  openRequest(frame: Frame, request: { message: string; form: Json; deadline: number | null }, then: Names): void;
  /** The request's time is up; a remembered default goes to the history. */
  expireRequest(frame: Frame, remembered?: Json): void;
  startTimer(frame: Frame, at: number, summary: string, then: Names): void;
  cancelTimer(frame: Frame): void;
  /** Ends the step's work, or this try of it. */
  finish(frame: Frame, end: End): void;
  /** A child of the frame has ended: its usage counts, its own children stand in the frame's record. */
  absorb(frame: Frame, done: Done): void;
  adopt(frame: Frame, writes: JsonObject | null): void;
  names(frame: Frame, extra?: JsonObject | null): JsonObject;
  log(level: 'info' | 'warn', message: string): void;
}

export interface Continuation<Definition, Own, Names extends string> {
  // The value's type is fixed by whoever named the continuation; a table of them has no common one.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  (definition: Definition, frame: Frame<Own>, run: Vocabulary<Names>, value: any): void;
}

/** A step kind: named continuations, `enter` first, and what shared code must know of it. */
export interface Kind {
  readonly continuations: { readonly [name: string]: Continuation<unknown, unknown, string> };
  /** Its results are not steps of their own: they stand in the parent's record as their children. */
  readonly isTransparent: boolean;
  /** A failed try may be followed by another, and the result shows them. */
  readonly hasTries: boolean;
  /** The texts and lists of steps of an unchecked definition, by pointer, beside those that all kinds have. */
  readonly parts: (step: JsonObject, pipeline: JsonObject) => Parts;
}
export interface Parts {
  readonly texts: { readonly [pointer: string]: unknown };
  readonly lists: { readonly [pointer: string]: unknown };
}

export interface Traits {
  readonly isTransparent?: boolean;
  readonly hasTries?: boolean;
  readonly parts?: Kind['parts'];
}

/** Checks the names that a kind's continuations go on at: one that the table lacks does not compile. */
export function defineKind<Definition, Own>() {
  return <const Names extends string>(
    table: { readonly [name in Names | 'enter']: Continuation<Definition, Own, NoInfer<Names> | 'enter'> },
    traits: Traits = {},
  ): Kind => ({
    // A frame's kind picks the table, so definition and own data are those of the kind.
    continuations: table as unknown as Kind['continuations'],
    isTransparent: traits.isTransparent ?? false,
    hasTries: traits.hasTries ?? false,
    parts: traits.parts ?? (() => ({ texts: {}, lists: {} })),
  });
}
