import { randomBytes } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError, type Client, type Connection } from '@temporalio/client';
import { SearchAttributeType, TypedSearchAttributes, defineSearchAttributeKey } from '@temporalio/common';
import type { RunOptions } from '../engine/options.js';
import type { Json, Pipeline } from '../pipeline/ir/types.js';
import { jsonBytes, toJson } from '../pipeline/values/boundary.js';
import { SEARCH_ATTRIBUTES, type DriverOptions, type RunInput } from '../workflows/messages.js';
import { connect, type ConnectOptions } from './connect.js';
import { FlujoError, InvalidRunInputError, RunExistsError, UnknownRunError } from './errors.js';
import { RunHandle } from './run-handle.js';
import { translateError } from './translate-error.js';

export interface StartOptions extends RunOptions {
  /** Any JSON; `""` when absent. */
  readonly input?: unknown;
  /** The workflow's id; `<pipeline>-<8 characters>` when absent. */
  readonly runId?: string | undefined;
  /** `flujo` when absent. */
  readonly taskQueue?: string | undefined;
  readonly driver?: DriverOptions;
}

const TASK_QUEUE = 'flujo';
/** Bytes. The server refuses a payload above 2 MiB in words that name no cause. */
const MAX_INPUT_BYTES = 2 * 1024 * 1024 - 16 * 1024;
const MAX_ID_BYTES = 1_000;

/** Starts runs and finds them again. Wraps a Temporal client, which stays within reach. */
export class FlujoClient {
  readonly #attributes = new Map<string, Promise<boolean>>();

  constructor(
    readonly temporal: Client,
    readonly address: string,
  ) {}

  /** Connects by the standard `TEMPORAL_*` variables and profiles. */
  static async connect(options: ConnectOptions = {}): Promise<FlujoClient> {
    const { client, address } = await connect(options);
    return new FlujoClient(client, address);
  }

  get namespace(): string {
    return this.temporal.options.namespace;
  }

  close(): Promise<void> {
    return (this.temporal.connection as Connection).close();
  }

  /**
   * Starts a run of a compiled pipeline and returns at once.
   *
   * @throws InvalidRunInputError for an input that is no JSON or too large, RunExistsError for a run id in use
   */
  async start(
    pipeline: Pipeline,
    { input, runId, taskQueue = TASK_QUEUE, driver = {}, ...options }: StartOptions = {},
  ): Promise<RunHandle> {
    const workflowId = runId ?? `${pipeline.name}-${shortId()}`;
    if (Buffer.byteLength(workflowId) > MAX_ID_BYTES) throw new InvalidRunInputError(`Run id is more than ${MAX_ID_BYTES} bytes`);
    const hasAttributes = driver.searchAttributes ?? (await this.hasSearchAttributes());
    const run: RunInput = { pipeline, input: checkedInput(input), options, driver: { ...driver, searchAttributes: hasAttributes } };
    checkSize(run);
    try {
      const handle = await this.temporal.workflow.start(pipeline.name, {
        taskQueue,
        workflowId,
        args: [run],
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: pipeline.description?.slice(0, 190) ?? pipeline.name,
        staticDetails: describePipeline(pipeline),
        ...(hasAttributes && { typedSearchAttributes: attributesOf(pipeline) }),
      });
      return new RunHandle(this.temporal, workflowId, handle.firstExecutionRunId);
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) throw new RunExistsError(`Run id '${workflowId}' already exists`);
      throw translateError(error, workflowId);
    }
  }

  /** A run by its id. Nothing is asked yet. */
  getRun(runId: string): RunHandle {
    return new RunHandle(this.temporal, runId);
  }

  /** A run by its id or a unique beginning of it. */
  async findRun(id: string): Promise<RunHandle> {
    const exact = this.getRun(id);
    try {
      await exact.describe();
      return exact;
    } catch (error) {
      if (!(error instanceof UnknownRunError)) throw error;
    }
    const matches = await this.listRuns(`WorkflowId STARTS_WITH ${quoted(id)}`, 6);
    if (matches.length === 0) throw new UnknownRunError(`Run not found: ${id}`);
    if (matches.length > 1) throw new FlujoError(`Ambiguous run id '${id}'. Matches: ${matches.slice(0, 5).join(', ')}`);
    return this.getRun(matches[0]!);
  }

  /** Ids of runs by a visibility query, at most `limit`. What has just changed may not show yet. */
  async listRuns(query: string, limit: number): Promise<string[]> {
    const ids = new Set<string>();
    try {
      for await (const { workflowId } of this.temporal.workflow.list({ query, pageSize: Math.min(limit, 100) })) {
        if (ids.add(workflowId).size >= limit) break;
      }
    } catch (error) {
      throw translateError(error, query);
    }
    return [...ids];
  }

  /** Does the namespace have all our search attributes? An unknown one would stall a run, so it is asked, once a namespace. */
  hasSearchAttributes(): Promise<boolean> {
    const known = this.#attributes.get(this.namespace) ?? this.#askSearchAttributes();
    this.#attributes.set(this.namespace, known);
    return known;
  }

  async #askSearchAttributes(): Promise<boolean> {
    try {
      const { customAttributes } = await this.temporal.connection.operatorService.listSearchAttributes({ namespace: this.namespace });
      return Object.keys(SEARCH_ATTRIBUTES).every((name) => Object.hasOwn(customAttributes ?? {}, name));
    } catch {
      // Not every server or role answers this; runs work without.
      return false;
    }
  }
}

function checkedInput(input: unknown): Json {
  const json = toJson(input ?? '', { maxBytes: MAX_INPUT_BYTES });
  if (!json.ok) throw new InvalidRunInputError(`Run input cannot be serialized: ${json.what} at ${json.path}`);
  return json.value;
}

function checkSize(run: RunInput): void {
  const parts = { pipeline: run.pipeline, input: run.input, context: run.options?.context, metadata: run.options?.metadata };
  const total = jsonBytes(run);
  if (total <= MAX_INPUT_BYTES) return;
  const [largest] = Object.entries(parts).sort(([, a], [, b]) => jsonBytes(b ?? null) - jsonBytes(a ?? null));
  throw new InvalidRunInputError(
    `A run's start is ${total} bytes, more than ${MAX_INPUT_BYTES}; its largest part is the ${largest![0]} with ${jsonBytes(largest![1] ?? null)} bytes`,
  );
}

/** Without letters that look alike. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

function shortId(): string {
  return [...randomBytes(8)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/** Characters; the server keeps 20,000 bytes. */
const MAX_DETAILS = 4_000;

/** What a run was started with, as the Web UI shows it without any worker. */
function describePipeline({ name, version, description, steps }: Pipeline): string {
  const head = [`**${name}**`, ...(version === undefined ? [] : [version])].join(' · ');
  const lines = [head, ...(description === undefined ? [] : ['', description]), '', ...steps.map((step) => `- ${step.kind} ${step.name}`)];
  return lines.join('\n').slice(0, MAX_DETAILS);
}

function attributesOf({ name, version }: Pipeline): TypedSearchAttributes {
  const keyword = (key: string) => defineSearchAttributeKey(key, SearchAttributeType.KEYWORD);
  return new TypedSearchAttributes([
    { key: keyword('FlujoStatus'), value: 'running' },
    { key: keyword('FlujoPipeline'), value: name },
    ...(version === undefined ? [] : [{ key: keyword('FlujoPipelineVersion'), value: version.slice(0, 200) }]),
  ]);
}

/** A literal of a visibility query. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
