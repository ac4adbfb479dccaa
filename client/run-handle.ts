import { randomUUID } from 'node:crypto';
import {
  WorkflowFailedError,
  isGrpcCancelledError,
  isGrpcDeadlineError,
  type Client,
  type WorkflowHandle as TemporalHandle,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import type { Decision } from '../engine/events.js';
import type { Request, RunFailure, RunResult, Snapshot, UsageView } from '../engine/results.js';
import { jsonBytes, toJson } from '../pipeline/values/boundary.js';
import { DECIDE, MAX_DECISION_BYTES, QUERY_REQUESTS, QUERY_SNAPSHOT, QUERY_USAGE } from '../workflows/messages.js';
import { DecisionRejectedError, NoWorkerError, RunFailedError } from './errors.js';
import { translateError } from './translate-error.js';

/** Milliseconds; without a worker a query hangs for half a minute. */
const QUERY_TIMEOUT = 3_000;

/** A run: read it, decide its requests, cancel it, wait for its result. */
export class RunHandle {
  readonly runId: string;
  /** Temporal's id of the first execution, where this process started the run. */
  readonly executionId: string | undefined;
  readonly #client: Client;
  readonly #handle: TemporalHandle;
  readonly #signal: AbortSignal | undefined;

  constructor(client: Client, runId: string, executionId?: string, signal?: AbortSignal) {
    this.runId = runId;
    this.#signal = signal;
    this.executionId = executionId;
    this.#client = client;
    this.#handle = client.workflow.getHandle(runId);
  }

  /** Where the run stands. @throws NoWorkerError when none answers for it */
  snapshot(): Promise<Snapshot> {
    return this.#query<Snapshot>(QUERY_SNAPSHOT);
  }

  /** Requests that wait for a person. @throws NoWorkerError when none answers for it */
  requests(): Promise<Request[]> {
    return this.#query<Request[]>(QUERY_REQUESTS);
  }

  usage(): Promise<UsageView> {
    return this.#query<UsageView>(QUERY_USAGE);
  }

  async #query<T>(name: string): Promise<T> {
    try {
      return await this.#known(() => this.#client.connection.withDeadline(Date.now() + QUERY_TIMEOUT, () => this.#handle.query<T>(name)));
    } catch (error) {
      // At its deadline a call ends as one or the other; one that our signal ends is nobody's fault.
      const isTimeout = isGrpcDeadlineError(error) || (isGrpcCancelledError(error) && !this.#signal?.aborted);
      if (isTimeout) throw new NoWorkerError(`No worker answers for run '${this.runId}'`, { cause: error });
      throw error;
    }
  }

  /**
   * Decides a request. By update (default) the run answers: a decision that it refuses throws `DecisionRejectedError`.
   * By signal nobody answers: an early decision is kept, one that is not valid is ignored.
   */
  async decide({ requestId, data, by }: Decision, { via = 'update' }: { via?: 'update' | 'signal' } = {}): Promise<void> {
    // How large it may be is told below, for the decision as a whole.
    const json = toJson(data, { maxBytes: Number.MAX_SAFE_INTEGER });
    if (!json.ok) throw new DecisionRejectedError(`Decision cannot be serialized: ${json.what} at ${json.path}`);
    const decision: Decision = { requestId, data: json.value, ...(by !== undefined && { by }) };
    const bytes = jsonBytes(decision);
    if (bytes > MAX_DECISION_BYTES) {
      throw new DecisionRejectedError(`Decision for '${requestId}' is ${bytes} bytes, more than ${MAX_DECISION_BYTES / 1024} KiB`);
    }
    if (via === 'signal') return this.#known(() => this.#handle.signal(DECIDE, decision));
    await this.#known(() => this.#handle.executeUpdate(DECIDE, { args: [decision], updateId: randomUUID() }));
  }

  cancel(): Promise<void> {
    return this.#known(async () => void (await this.#handle.cancel()));
  }

  /** Temporal's own description, which needs no worker. */
  describe() {
    return this.#known(() => this.#handle.describe());
  }

  /** The same run, whose requests to the server end when `signal` fires. */
  until(signal: AbortSignal): RunHandle {
    return new RunHandle(this.#client, this.runId, this.executionId, signal);
  }

  /** Waits for the end. @throws RunFailedError for a run that failed, was cancelled, terminated or timed out. */
  async result(): Promise<RunResult> {
    try {
      return (await this.#send(() => this.#handle.result())) as RunResult;
    } catch (error) {
      if (error instanceof WorkflowFailedError) throw toRunFailed(this.runId, error);
      throw translateError(error, this.runId);
    }
  }

  async #known<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.#send(work);
    } catch (error) {
      throw translateError(error, this.runId);
    }
  }

  #send<T>(work: () => Promise<T>): Promise<T> {
    return this.#signal ? this.#client.withAbortSignal(this.#signal, work) : work();
  }
}

function toRunFailed(runId: string, error: WorkflowFailedError): RunFailedError {
  const { cause } = error;
  if (cause instanceof ApplicationFailure) {
    const [result = null] = (cause.details ?? []) as [RunResult?];
    const failure: RunFailure = result?.failure ?? { type: 'InternalError', message: cause.message, stepPath: null };
    return new RunFailedError(cause.message, failure, result, { cause: error });
  }
  if (cause instanceof CancelledFailure) {
    const [result = null] = (cause.details ?? []) as [RunResult?];
    return new RunFailedError(`Run '${runId}' was cancelled`, null, result, { cause: error });
  }
  const how = cause instanceof TerminatedFailure ? 'terminated' : cause instanceof TimeoutFailure ? 'timed out' : 'ended';
  return new RunFailedError(`Run '${runId}' was ${how}`, null, null, { cause: error });
}
