import { z } from 'zod';
import { parseAmount } from '../values/decimal.js';
import { parseDuration } from '../values/duration.js';

/**
 * The grammar of pipeline documents: what the DSL makes, what YAML is lowered to, what a compiled pipeline is once its
 * `{source, ast}` are texts again. Structure only; what one part says about another is checked by `pipeline/compile`.
 * The message of every failure is the clause that completes "expected …".
 */

export const NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_-]*$/;
export const ID_PATTERN = /^[A-Za-z][A-Za-z0-9_.-]*$/;
export const MAX_STEP_NAME = 64;
/** The name is also the workflow type, which Temporal bounds at 1,000 bytes. */
export const MAX_PIPELINE_NAME = 200;
const MAX_RETRIES = 1_000;

const DURATION = 'a duration like 500ms, 30s, 5m, 2h or 1d';
const EXPRESSION = 'an expression';
const MAPPER = 'an expression or {tool}';
const POSITIVE_INTEGER = 'an integer of at least 1';
const AMOUNT = 'an amount of USD of at least 0';

const text = z.string({ error: 'text' });
const flag = z.boolean({ error: 'true or false' });
const expression = z.string({ error: EXPRESSION });
const id = z.string({ error: 'an id' }).regex(ID_PATTERN, { error: 'an id of letters, digits, _ . and -, beginning with a letter' });
const amount = z.union([z.string(), z.number()], { error: AMOUNT }).refine((value) => parseAmount(value) !== null, { error: AMOUNT });
const tokens = z.int({ error: 'an integer of at least 0' }).min(0, { error: 'an integer of at least 0' });
const duration = z
  .union([z.string(), z.number()], { error: DURATION })
  .refine((value) => parseDuration(value) !== null, { error: DURATION })
  .meta({ description: 'A duration like 500ms, 30s, 5m, 2h or 1d, or milliseconds.' });
const jsonSchema = z.union([z.boolean(), z.record(z.string(), z.unknown())], { error: 'a JSON Schema' });
const data = z.record(z.string(), z.unknown(), { error: 'an object' });
const probability = z
  .number({ error: 'a number from 0 to 1' })
  .min(0, { error: 'a number from 0 to 1' })
  .max(1, { error: 'a number from 0 to 1' });

const limits = z.strictObject(
  { costUsd: z.union([z.literal('unlimited'), amount]).optional(), tokens: z.union([z.literal('unlimited'), tokens]).optional() },
  { error: 'limits {costUsd, tokens}' },
);
const estimate = z.strictObject({ costUsd: amount, tokens }, { error: 'an estimate {costUsd, tokens}' });
const toolCall = z.strictObject({ tool: id, timeout: duration.nullish(), estimate: estimate.nullish() });
const mapper = z.union([expression, toolCall], { error: MAPPER });

const agent = z.strictObject(
  {
    model: z.string({ error: 'provider:model' }).regex(/^[^:\s]+:\S/, { error: 'provider:model' }),
    system: text.nullish(),
    outputSchema: jsonSchema.nullish(),
    temperature: z.number({ error: 'a number of at least 0' }).min(0, { error: 'a number of at least 0' }).optional(),
    topK: z.int({ error: POSITIVE_INTEGER }).min(1, { error: POSITIVE_INTEGER }).optional(),
    topP: probability.optional(),
    maxOutputTokens: z.int({ error: POSITIVE_INTEGER }).min(1, { error: POSITIVE_INTEGER }).optional(),
    timeout: duration.nullish(),
    estimate: estimate.nullish(),
  },
  { error: 'an agent' },
);

const common = {
  name: z.string({ error: 'a name' }).regex(NAME_PATTERN, { error: 'a name' }).max(MAX_STEP_NAME, { error: 'a name' }),
  input: z.union([text, z.strictObject({ expr: expression })], { error: 'a template or {expr}' }).optional(),
  inputSchema: jsonSchema.nullish(),
  updatesContext: flag.optional(),
  validateFields: flag.optional(),
  sinkTo: z
    .string({ error: 'a path into the context' })
    .regex(/^[^.]+(?:\.[^.]+)*$/, { error: 'a path into the context' })
    .nullish(),
  limits: limits.nullish(),
  reads: z.array(z.string({ error: 'the name of a context field' }), { error: 'a list of context fields' }).nullish(),
  suppressRules: z.array(z.string({ error: 'a diagnostic code or glob' }), { error: 'a list of diagnostic codes' }).optional(),
};
const retries = `an integer from 0 to ${MAX_RETRIES}`;
const tries = {
  maxRetries: z.int({ error: retries }).min(0, { error: retries }).max(MAX_RETRIES, { error: retries }).optional(),
  timeout: duration.nullish(),
  estimate: estimate.nullish(),
};

const agentStep = z.strictObject({ kind: z.literal('agent'), ...common, agent: z.string({ error: 'an agent id' }), ...tries });
const toolStep = z.strictObject({ kind: z.literal('tool'), ...common, tool: id, ...tries });
const expressionStep = z.strictObject({ kind: z.literal('expression'), ...common, value: expression });
const conditionalStep = z.strictObject({
  kind: z.literal('conditional'),
  ...common,
  condition: mapper,
  get branches() {
    return z
      .record(z.string(), sequence, { error: 'branches by key' })
      .refine((branches) => Object.keys(branches).length > 0, { error: 'at least one branch' });
  },
  get default() {
    return sequence.nullish();
  },
  branchInputMapper: mapper.nullish(),
  branchOutputMapper: mapper.nullish(),
});
const hitlStep = z.strictObject({
  kind: z.literal('hitl'),
  ...common,
  message: text.nullish(),
  form: jsonSchema.nullish(),
  timeout: duration.nullish(),
  get onTimeout() {
    return onTimeout.nullish();
  },
  waitForever: flag.optional(),
});
const onTimeout = z.discriminatedUnion(
  'action',
  [
    z.strictObject({ action: z.literal('fail') }),
    z.strictObject({ action: z.literal('default'), value: expression }),
    z.strictObject({
      action: z.literal('branch'),
      get steps() {
        return sequence;
      },
    }),
  ],
  { error: 'one of the actions fail, default or branch' },
);

/** One member per kind: the kinds there are, and the keys that each has. */
const KINDS = { agent: agentStep, tool: toolStep, expression: expressionStep, conditional: conditionalStep, hitl: hitlStep };
const step: z.ZodType<StepDocument> = z
  .lazy(() => z.discriminatedUnion('kind', [agentStep, toolStep, expressionStep, conditionalStep, hitlStep], { error: 'a step' }))
  .meta({ id: 'Step' });
const sequence = z.array(step, { error: 'a list of steps' }).meta({ id: 'Steps' });

export const pipelineSchema = z.strictObject(
  {
    irVersion: z.literal(1, { error: '1' }).optional(),
    name: z.string({ error: 'a name' }).regex(NAME_PATTERN, { error: 'a name' }).max(MAX_PIPELINE_NAME, { error: 'a name' }),
    version: text.nullish(),
    description: text.nullish(),
    inputSchema: jsonSchema.nullish(),
    contextSchema: jsonSchema.nullish(),
    context: data.optional(),
    limits: limits.nullish(),
    agents: z.record(z.string(), agent, { error: 'agents by id' }).optional(),
    steps: sequence,
  },
  { error: 'a pipeline' },
);

export const STEP_KINDS = Object.keys(KINDS);

/** The keys that people may write at a place: of the pipeline (`''`), an agent, a step of a kind, or an object below one of their keys. */
export function knownKeys(place: 'pipeline' | 'agent' | 'step', kind: string, below: string | undefined): readonly string[] {
  if (below !== undefined) return Object.hasOwn(BELOW, below) ? (BELOW[below] ?? []) : [];
  // Nobody writes the version of the IR.
  if (place === 'pipeline') return Object.keys(pipelineSchema.shape).filter((key) => key !== 'irVersion');
  if (place === 'agent') return Object.keys(agent.shape);
  const shape = Object.entries(KINDS).find(([name]) => name === kind)?.[1].shape;
  return shape === undefined ? [] : Object.keys(shape);
}

const TOOL_CALL = Object.keys(toolCall.shape);
const BELOW: { readonly [key: string]: readonly string[] } = {
  limits: Object.keys(limits.shape),
  estimate: Object.keys(estimate.shape),
  input: ['expr'],
  onTimeout: ['action', 'value', 'steps'],
  condition: TOOL_CALL,
  branchInputMapper: TOOL_CALL,
  branchOutputMapper: TOOL_CALL,
};

/** The grammar as JSON Schema 2020-12, in IR names. */
export function documentJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(pipelineSchema, { io: 'input' });
}

/** A pipeline as people write it. Also a compiled one, whose texts and amounts are documents' texts and amounts too. */
export type PipelineDocument = Omit<z.input<typeof pipelineSchema>, 'steps'> & { readonly steps: readonly StepDocument[] };
export type AgentDocument = z.input<typeof agent>;
export type LimitsDocument = z.input<typeof limits>;
export type EstimateDocument = z.input<typeof estimate>;
export type MapperDocument = z.input<typeof mapper>;

export type StepDocument = AgentStepDocument | ToolStepDocument | ExpressionStepDocument | ConditionalStepDocument | HitlStepDocument;
export type AgentStepDocument = z.input<typeof agentStep>;
export type ToolStepDocument = z.input<typeof toolStep>;
export type ExpressionStepDocument = z.input<typeof expressionStep>;

// Written out, because a type can't be inferred from a schema that contains itself; the annotation of `step` keeps them true.
type CommonDocument = Omit<ExpressionStepDocument, 'kind' | 'value'>;
export interface ConditionalStepDocument extends CommonDocument {
  readonly kind: 'conditional';
  readonly condition: MapperDocument;
  readonly branches: { readonly [key: string]: readonly StepDocument[] };
  readonly default?: readonly StepDocument[] | null | undefined;
  readonly branchInputMapper?: MapperDocument | null | undefined;
  readonly branchOutputMapper?: MapperDocument | null | undefined;
}
export interface HitlStepDocument extends CommonDocument {
  readonly kind: 'hitl';
  readonly message?: string | null | undefined;
  readonly form?: boolean | Record<string, unknown> | null | undefined;
  readonly timeout?: string | number | null | undefined;
  readonly onTimeout?: OnTimeoutDocument | null | undefined;
  readonly waitForever?: boolean | undefined;
}
export type OnTimeoutDocument =
  | { readonly action: 'fail' }
  | { readonly action: 'default'; readonly value: string }
  | { readonly action: 'branch'; readonly steps: readonly StepDocument[] };
