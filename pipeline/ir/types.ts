import type { Expr, Template } from '../expression/ast.js';
import type { Json, JsonObject, JsonSchema } from '../values/json.js';

/**
 * The IR: a compiled, checked, frozen pipeline. It travels by value in a run's input.
 * Durations are whole milliseconds, money is decimal text, defaults are left out.
 * Its grammar is `schema.ts`; documents (what people write) are the same tree with texts in place of `{source, ast}`.
 */
export interface Pipeline {
  readonly irVersion: 1;
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly inputSchema?: JsonSchema;
  readonly contextSchema?: JsonSchema;
  readonly context?: JsonObject;
  readonly limits?: Limits;
  readonly agents?: { readonly [id: string]: Agent };
  readonly steps: readonly Step[];
}

export interface Expression {
  readonly source: string;
  readonly ast: Expr;
}
export interface TemplateText {
  readonly source: string;
  readonly ast: Template;
}

/** A decision or mapping made by a named tool at the worker instead of an expression. */
export interface ToolCall {
  readonly tool: string;
  readonly timeout?: number;
  readonly estimate?: Estimate;
}
export type Mapper = Expression | ToolCall;

/** An absent field is no limit; `"0"` and 0 mean that nothing may be spent. */
export interface Limits {
  readonly costUsd?: string;
  readonly tokens?: number;
}
export interface Estimate {
  readonly costUsd: string;
  readonly tokens: number;
}

export interface ModelOptions {
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly maxOutputTokens?: number;
}
export interface Agent extends ModelOptions {
  /** `provider:model`, split at the first colon. */
  readonly model: string;
  readonly system?: TemplateText;
  readonly outputSchema?: JsonSchema;
  readonly timeout?: number;
  readonly estimate?: Estimate;
}

export type Step = AgentStep | ToolStep | ExpressionStep | ConditionalStep | HitlStep;
export type StepKind = Step['kind'];

interface StepCommon {
  readonly name: string;
  readonly input?: TemplateText | { readonly expr: Expression };
  readonly inputSchema?: JsonSchema;
  readonly updatesContext?: boolean;
  readonly validateFields?: boolean;
  readonly sinkTo?: string;
  readonly limits?: Limits;
  /** Context fields that tools of this step get; all when absent. */
  readonly reads?: readonly string[];
  readonly suppressRules?: readonly string[];
}
interface Tries {
  /** Tries after the first; 1 when absent. */
  readonly maxRetries?: number;
  readonly timeout?: number;
  readonly estimate?: Estimate;
}
export interface AgentStep extends StepCommon, Tries {
  readonly kind: 'agent';
  readonly agent: string;
}
export interface ToolStep extends StepCommon, Tries {
  readonly kind: 'tool';
  readonly tool: string;
}
export interface ExpressionStep extends StepCommon {
  readonly kind: 'expression';
  readonly value: Expression;
}
export interface ConditionalStep extends StepCommon {
  readonly kind: 'conditional';
  readonly condition: Mapper;
  readonly branches: { readonly [key: string]: readonly Step[] };
  readonly default?: readonly Step[];
  readonly branchInputMapper?: Mapper;
  readonly branchOutputMapper?: Mapper;
}
export interface HitlStep extends StepCommon {
  readonly kind: 'hitl';
  readonly message?: TemplateText;
  readonly form?: JsonSchema;
  readonly timeout?: number;
  readonly onTimeout?: OnTimeout;
  readonly waitForever?: boolean;
}
export type OnTimeout =
  | { readonly action: 'fail' }
  | { readonly action: 'default'; readonly value: Expression }
  | { readonly action: 'branch'; readonly steps: readonly Step[] };

/** USD per million tokens, as decimal text. */
export interface Price {
  readonly inputPerMillion: string;
  readonly outputPerMillion: string;
}
/** Price rows by `provider:model`. */
export type Prices = { readonly [model: string]: Price };

export type { Json, JsonObject, JsonSchema };
