import type { Expr, Template } from '../expression/ast.js';
import { escapePointer } from '../ir/pointer.js';
import type {
  AgentDocument,
  ConditionalStepDocument,
  EstimateDocument,
  HitlStepDocument,
  LimitsDocument,
  MapperDocument,
  OnTimeoutDocument,
  PipelineDocument,
  StepDocument,
} from '../ir/schema.js';
import type {
  Agent,
  AgentStep,
  ConditionalStep,
  Estimate,
  Expression,
  HitlStep,
  Limits,
  Mapper,
  OnTimeout,
  Pipeline,
  Step,
  StepKind,
  TemplateText,
  ToolCall,
} from '../ir/types.js';
import type { JsonObject } from '../values/json.js';
import { amountText, parseAmount } from '../values/decimal.js';
import type { Decimal } from '../values/decimal.js';
import { parseDuration } from '../values/duration.js';
import type { Text } from './texts.js';

/** The parsed texts by pointer. */
interface Built {
  expression(source: string, pointer: string): Expression;
  template(source: string, pointer: string): TemplateText;
}

/**
 * The IR of a document without errors. Durations become milliseconds, amounts decimal text, texts `{source, ast}`; a default that was
 * written out is left out, so that both ways of writing it are one pipeline.
 */
export function build(document: PipelineDocument, texts: readonly Text[]): Pipeline {
  const built = lookup(texts);
  const agents = Object.entries(document.agents ?? {}).map(([id, agent]): [string, Agent] => [id, buildAgent(agent, id, built)]);
  return only<Pipeline>({
    irVersion: 1,
    name: document.name,
    version: document.version,
    description: document.description,
    inputSchema: document.inputSchema,
    contextSchema: document.contextSchema,
    // It was copied as plain JSON before it was checked.
    context: unlessEmpty(document.context as JsonObject | undefined),
    limits: buildLimits(document.limits),
    agents: unlessEmpty(Object.fromEntries(agents)),
    steps: buildSteps(document.steps, '/steps', built),
  });
}

function buildAgent(agent: AgentDocument, id: string, built: Built): Agent {
  return only<Agent>({
    model: agent.model,
    system: optional(agent.system, (source) => built.template(source, `/agents/${escapePointer(id)}/system`)),
    outputSchema: agent.outputSchema,
    temperature: agent.temperature,
    topK: agent.topK,
    topP: agent.topP,
    maxOutputTokens: agent.maxOutputTokens,
    timeout: optional(agent.timeout, duration),
    estimate: optional(agent.estimate, buildEstimate),
  });
}

type Builders = { readonly [K in StepKind]: (step: Extract<StepDocument, { kind: K }>, pointer: string, built: Built) => Step };
const BUILDERS: Builders = {
  agent: (step, pointer, built) => ({ kind: 'agent', ...buildCommon(step, pointer, built), agent: step.agent, ...buildTries(step) }),
  tool: (step, pointer, built) => ({ kind: 'tool', ...buildCommon(step, pointer, built), tool: step.tool, ...buildTries(step) }),
  expression: (step, pointer, built) => ({
    kind: 'expression',
    ...buildCommon(step, pointer, built),
    value: built.expression(step.value, `${pointer}/value`),
  }),
  conditional: buildConditional,
  hitl: buildHitl,
};

function buildSteps(steps: readonly StepDocument[], pointer: string, built: Built): Step[] {
  return steps.map((step, index) => {
    // The table pairs each kind with its own builder, which the type of a lookup can't say.
    const builder = BUILDERS[step.kind] as (step: StepDocument, pointer: string, built: Built) => Step;
    return builder(step, `${pointer}/${index}`, built);
  });
}

type Common = Pick<
  Step,
  'name' | 'input' | 'inputSchema' | 'updatesContext' | 'validateFields' | 'sinkTo' | 'limits' | 'reads' | 'suppressRules'
>;

function buildCommon(step: StepDocument, pointer: string, built: Built): Common {
  const { input } = step;
  return only<Common>({
    name: step.name,
    input:
      typeof input === 'string'
        ? built.template(input, `${pointer}/input`)
        : optional(input, ({ expr }) => ({ expr: built.expression(expr, `${pointer}/input/expr`) })),
    inputSchema: step.inputSchema,
    updatesContext: step.updatesContext || undefined,
    validateFields: step.validateFields || undefined,
    sinkTo: step.sinkTo,
    limits: buildLimits(step.limits),
    reads: step.reads,
    suppressRules: step.suppressRules?.length === 0 ? undefined : step.suppressRules,
  });
}

type Tries = Pick<AgentStep, 'maxRetries' | 'timeout' | 'estimate'>;

function buildTries(step: Extract<StepDocument, { kind: 'agent' | 'tool' }>): Tries {
  return only<Tries>({
    maxRetries: step.maxRetries === 1 ? undefined : step.maxRetries,
    timeout: optional(step.timeout, duration),
    estimate: optional(step.estimate, buildEstimate),
  });
}

function buildConditional(step: ConditionalStepDocument, pointer: string, built: Built): ConditionalStep {
  const branches = Object.entries(step.branches).map(([key, steps]): [string, Step[]] => [
    key,
    buildSteps(steps, `${pointer}/branches/${escapePointer(key)}`, built),
  ]);
  const mapper = (key: 'branchInputMapper' | 'branchOutputMapper') =>
    optional(step[key], (value) => buildMapper(value, `${pointer}/${key}`, built));
  return only<ConditionalStep>({
    kind: 'conditional',
    ...buildCommon(step, pointer, built),
    condition: buildMapper(step.condition, `${pointer}/condition`, built),
    branches: Object.fromEntries(branches),
    default: optional(step.default, (steps) => buildSteps(steps, `${pointer}/default`, built)),
    branchInputMapper: mapper('branchInputMapper'),
    branchOutputMapper: mapper('branchOutputMapper'),
  });
}

function buildHitl(step: HitlStepDocument, pointer: string, built: Built): HitlStep {
  return only<HitlStep>({
    kind: 'hitl',
    ...buildCommon(step, pointer, built),
    message: optional(step.message, (source) => built.template(source, `${pointer}/message`)),
    form: step.form,
    timeout: optional(step.timeout, duration),
    onTimeout: optional(step.onTimeout, (onTimeout) => buildOnTimeout(onTimeout, `${pointer}/onTimeout`, built)),
    waitForever: step.waitForever || undefined,
  });
}

function buildOnTimeout(onTimeout: OnTimeoutDocument, pointer: string, built: Built): OnTimeout {
  switch (onTimeout.action) {
    case 'fail':
      return { action: 'fail' };
    case 'default':
      return { action: 'default', value: built.expression(onTimeout.value, `${pointer}/value`) };
    case 'branch':
      return { action: 'branch', steps: buildSteps(onTimeout.steps, `${pointer}/steps`, built) };
  }
}

function buildMapper(mapper: MapperDocument, pointer: string, built: Built): Mapper {
  if (typeof mapper === 'string') return built.expression(mapper, pointer);
  return only<ToolCall>({
    tool: mapper.tool,
    timeout: optional(mapper.timeout, duration),
    estimate: optional(mapper.estimate, buildEstimate),
  });
}

function buildLimits(limits: LimitsDocument | null | undefined): Limits | undefined {
  return unlessEmpty(
    only<Limits>({
      costUsd: limits?.costUsd === 'unlimited' ? undefined : optional(limits?.costUsd, amount),
      tokens: limits?.tokens === 'unlimited' ? undefined : limits?.tokens,
    }),
  );
}

function buildEstimate({ costUsd, tokens }: EstimateDocument): Estimate {
  return { costUsd: amount(costUsd), tokens };
}

function lookup(texts: readonly Text[]): Built {
  const byPointer = new Map(texts.map((text) => [text.pointer, text.parsed.ast]));
  const ast = (pointer: string) => {
    const found = byPointer.get(pointer);
    if (found === undefined || found === null) throw new Error(`Not parsed: ${pointer}`);
    return found;
  };
  return {
    // A pointer holds one form of text, and `parseTexts` has parsed it as that.
    expression: (source, pointer) => ({ source, ast: ast(pointer) as Expr }),
    template: (source, pointer) => ({ source, ast: ast(pointer) as Template }),
  };
}

function duration(value: string | number): number {
  return parseDuration(value) as number; // the grammar has read it
}

function amount(value: string | number): string {
  return amountText(parseAmount(value) as Decimal); // the grammar has read it
}

function optional<T, R>(value: T | null | undefined, make: (value: T) => R): R | undefined {
  return value === null || value === undefined ? undefined : make(value);
}

function unlessEmpty<T extends object>(value: T | undefined): T | undefined {
  return value === undefined || Object.keys(value).length === 0 ? undefined : value;
}

/** The object without what is absent. */
function only<T extends object>(entries: { readonly [K in keyof T]: T[K] | null | undefined }): T {
  // What the grammar lets be absent is what `T` lets be absent.
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined && value !== null)) as T;
}
