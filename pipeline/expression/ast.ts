import type { Json } from '../values/json.js';

/**
 * A parsed expression. Tuples, because the form travels with every run: the first entry says what it is.
 * It holds no positions; findings are reported when it is made, from the text.
 */
export type Expr =
  | readonly ['lit', Json]
  | readonly ['name', string]
  /** `a.b` demands the key. */
  | readonly ['field', Expr, string]
  /** `a.?b` asks: a missing key is null. */
  | readonly ['ask', Expr, string]
  /** `a[k]` asks too. */
  | readonly ['index', Expr, Expr]
  | readonly ['has', Expr, string]
  | readonly ['list', readonly Expr[]]
  | readonly ['map', readonly (readonly [Expr, Expr])[]]
  | readonly ['not', Expr]
  | readonly ['neg', Expr]
  | readonly ['and', Expr, Expr]
  | readonly ['or', Expr, Expr]
  | readonly ['if', Expr, Expr, Expr]
  | readonly ['op', BinaryOperator, Expr, Expr]
  /** Functions and methods alike; a method's receiver is its first argument. */
  | readonly ['call', string, readonly Expr[]]
  /** `list.map(x, body)` and its like. */
  | readonly ['each', EachMacro, Expr, string, Expr];

export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in';
export type EachMacro = 'all' | 'exists' | 'filter' | 'map';

/** A parsed template: literal texts, holes and blocks in order. */
export type Template = readonly TemplatePart[];
export type TemplatePart =
  string | readonly ['hole', Chain] | readonly ['if', Chain, Template, Template] | readonly ['each', Chain, Template, Template];

/** `a or b or 'literal' | filter | filter(arg)`; an operand carries its text for messages. */
export interface Chain {
  readonly of: readonly (readonly [source: string, expr: Expr])[];
  readonly filters?: readonly (readonly [name: string, arg?: Json])[];
}

/** What an expression or template mentions, in the order of the text. `offset` counts UTF-16 units from 0. */
export interface Use {
  /** `name`: a free name (`input`, `context`, …) · `step`: `steps.x` · `context`: `context.x` */
  readonly kind: 'name' | 'step' | 'context';
  /** For `step`, null when it is computed (`steps[input.which]`). */
  readonly name: string | null;
  readonly offset: number;
}

/** What is wrong with a text. `detail` is one clause, without the key or the offset. */
export interface TextFinding {
  readonly code: 'V-E1' | 'V-E2' | 'V-E4' | 'V-T3' | 'TEMPLATE-001';
  readonly detail: string;
  readonly offset: number;
  readonly hint?: string;
}

export interface Parsed<Ast> {
  /** Null when there is any finding. */
  readonly ast: Ast | null;
  readonly findings: readonly TextFinding[];
  readonly uses: readonly Use[];
}
