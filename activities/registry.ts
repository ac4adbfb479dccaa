import type { StepReference, UsageReport } from '../engine/commands.js';
import type { JsonObject } from '../pipeline/values/json.js';
import type { Serializers } from '../pipeline/values/boundary.js';
import type { SchemaInput, SchemaOutput, StandardSchema } from './standard-schema.js';

/*
 * What a worker binds to the names that pipelines use. Plain data and no Temporal, so that a user's module is light to import;
 * recognised by symbols of the global registry, so that two copies of this package understand each other.
 */
const REGISTRY = Symbol.for('flujo.registry');
const TOOL_RESULT = Symbol.for('flujo.toolResult');
const TOOL_ID = /^[A-Za-z][A-Za-z0-9_.-]*$/;

/** What a tool gets beside its input. */
export interface ToolContext {
  /** The pipeline's context, a snapshot; only the step's `reads` when it has them. */
  readonly context: JsonObject;
  readonly step: StepReference;
  /** Unique to this call and the same when it is made again after a crash: an idempotency key within the run. */
  readonly callId: string;
  /** Fires when the call is cancelled or its time is up. */
  readonly signal: AbortSignal;
  readonly log: ToolLog;
  /** What was wrong with the previous try of this step. */
  readonly feedback?: string;
}
export interface ToolLog {
  debug(message: string, data?: Record<string, unknown>): void;
  info(message: string, data?: Record<string, unknown>): void;
  warn(message: string, data?: Record<string, unknown>): void;
  error(message: string, data?: Record<string, unknown>): void;
}

export interface ToolDefinition {
  readonly description?: string;
  readonly input?: StandardSchema;
  readonly output?: StandardSchema;
  run(input: unknown, call: ToolContext): unknown;
}

export interface Registry {
  readonly tools: { readonly [id: string]: ToolDefinition };
  readonly serializers: Serializers;
}

/** A tool's result with more than a value; made by `toolResult`. */
export interface ToolResult<Output = unknown> {
  readonly output: Output;
  /** Fields to write to the pipeline's context. */
  readonly contextPatch?: { readonly [field: string]: unknown };
  /** What the call cost, as it is charged. */
  readonly usage?: UsageReport;
}

type Returned<Output> = Output | ToolResult<Output> | Promise<Output | ToolResult<Output>>;

/**
 * A tool: a named function that pipelines can call.
 * `input` and `output` are checked when given; `run` gets the parsed input and may return `toolResult(…)`.
 */
export function tool<Input extends StandardSchema = StandardSchema, Output extends StandardSchema = StandardSchema>(definition: {
  readonly description?: string;
  readonly input?: Input;
  readonly output?: Output;
  run(input: SchemaOutput<Input>, call: ToolContext): Returned<SchemaInput<Output>>;
}): ToolDefinition {
  // The only caller parses the input by `definition.input` first.
  return definition as ToolDefinition;
}

export function toolResult<Output>(result: ToolResult<Output>): ToolResult<Output> {
  return Object.defineProperty({ ...result }, TOOL_RESULT, { value: true });
}

export function isToolResult(value: unknown): value is ToolResult {
  return typeof value === 'object' && value !== null && TOOL_RESULT in value;
}

/**
 * Names functions for the worker. A module that `flujo.toml` lists exports the result.
 *
 * @throws RegistryError when an id does not match `^[A-Za-z][A-Za-z0-9_.-]*$` or an entry is no tool.
 */
export function defineRegistry(entries: {
  readonly tools?: { readonly [id: string]: ToolDefinition };
  readonly serializers?: Serializers;
}): Registry {
  for (const [id, entry] of Object.entries(entries.tools ?? {})) {
    if (!TOOL_ID.test(id)) throw new RegistryError(`Tool id '${id}' must match ${TOOL_ID.source}`);
    if (typeof entry?.run !== 'function') throw new RegistryError(`Tool '${id}' has no run function`);
  }
  return Object.defineProperty({ tools: { ...entries.tools }, serializers: entries.serializers ?? [] }, REGISTRY, { value: true });
}

export function isRegistry(value: unknown): value is Registry {
  return typeof value === 'object' && value !== null && REGISTRY in value;
}

/**
 * One registry of all modules.
 *
 * @throws RegistryError naming both files when two of them define the same tool.
 */
export function mergeRegistries(modules: readonly { readonly file: string; readonly registry: Registry }[]): Registry {
  const owners = new Map<string, string>();
  const tools: [string, ToolDefinition][] = [];
  for (const { file, registry } of modules) {
    for (const [id, definition] of Object.entries(registry.tools)) {
      const owner = owners.get(id);
      if (owner !== undefined) throw new RegistryError(`Tool '${id}' is defined in both ${owner} and ${file}`);
      owners.set(id, file);
      tools.push([id, definition]);
    }
  }
  return defineRegistry({ tools: Object.fromEntries(tools), serializers: modules.flatMap(({ registry }) => registry.serializers) });
}

/** The user's modules cannot be bound. The message is complete, with file and line where there is one. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
}
