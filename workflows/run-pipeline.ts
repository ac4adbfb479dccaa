import { CancellationScope, CancelledFailure, allHandlersFinished, condition, log, sleep, workflowInfo } from '@temporalio/workflow';
import type { Command } from '../engine/commands.js';
import type { Event } from '../engine/events.js';
import { apply, checkDefinition, checkOptions, refuseRun, start } from '../engine/machine.js';
import type { RunOptions } from '../engine/options.js';
import type { RunResult } from '../engine/results.js';
import type { Json, Pipeline } from '../pipeline/ir/types.js';
import { snapshot, usageView } from '../engine/snapshot.js';
import type { RunState } from '../engine/state.js';
import { createCaller } from './call-activities.js';
import { cancelWith } from './cancellation.js';
import { closingEvent, runFailed } from './failures.js';
import { registerHandlers } from './handlers.js';
import type { RunInput } from './messages.js';
import { createPublisher, type Publisher } from './metadata.js';

/** Milliseconds. A worker that is killed in mid-call is noticed after this. */
const HEARTBEAT_TIMEOUT = 10_000;

/** Runs a pipeline; the workflow's type is the pipeline's name. Resolves to the result of a completed run and throws otherwise. */
export async function runPipeline(input: RunInput): Promise<RunResult> {
  const { workflowType } = workflowInfo();
  // Whoever reaches the server may start this with anything; what is no run of ours fails typed instead of failing its task for ever.
  const { pipeline, options, input: value = '', driver } = input ?? {};
  const fault = checkDefinition(pipeline, workflowType);
  const optionsFault = checkOptions(options);
  if (fault !== null || optionsFault !== null) {
    const state = startAt(NO_PIPELINE, '', {});
    throw failed(refuseRun(pipeline, state, fault !== null ? 'InvalidDefinition' : 'InvalidInput', fault ?? optionsFault!));
  }
  const state = startAt(pipeline, value, options ?? {});
  const run = new Driver({ pipeline, ...(driver && { driver }) }, state);
  registerHandlers(state, (event) => run.deliver(event));
  return run.run();
}

const startAt = (pipeline: Pipeline, value: Json, options: RunOptions) =>
  start(pipeline, value, options, { id: workflowInfo().workflowId, now: Date.now() });

const NO_PIPELINE: Pipeline = Object.freeze({ irVersion: 1, name: '', steps: [] });

const failed = ({ failure, result }: Extract<Command, { type: 'fail' }>) => runFailed(failure, result);

/**
 * Takes the engine's commands, starts each with both handlers attached at once, and feeds every outcome back, until the engine is done.
 *
 * Workflow cancellation does not reach the driver's scopes: it is an event like any other, and the engine decides what stops.
 * All calls share one scope, and a timer has one to itself. `feed` runs inside the calls' scope, so that the callbacks attached there do too.
 */
class Driver {
  readonly #input: RunInput;
  readonly #state: RunState;
  readonly #shield = new CancellationScope({ cancellable: false });
  readonly #calls = new CancellationScope({ cancellable: true, parent: this.#shield });
  readonly #timers = new Map<string, CancellationScope>();
  readonly #publisher: Publisher;
  readonly #call: ReturnType<typeof createCaller>;
  readonly #outcome: Promise<RunResult>;
  #resolve!: (result: RunResult) => void;
  #reject!: (error: unknown) => void;

  constructor(input: RunInput, state: RunState) {
    const { workflowType, firstExecutionRunId } = workflowInfo();
    const { heartbeatTimeout = HEARTBEAT_TIMEOUT, callTimeout, searchAttributes = false } = input.driver ?? {};
    this.#input = input;
    this.#state = state;
    this.#publisher = createPublisher(workflowType, searchAttributes);
    this.#call = createCaller({ executionId: firstExecutionRunId, heartbeatTimeout, callTimeout });
    this.#outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  run(): Promise<RunResult> {
    CancellationScope.current().cancelRequested.catch(() => this.deliver({ type: 'cancelRequested', at: Date.now() }));
    return this.#shield.run(async () => {
      this.deliver({ type: 'started', at: Date.now() });
      try {
        return await this.#outcome;
      } finally {
        // A handler that is still running would leave its sender without an answer.
        await condition(allHandlersFinished);
      }
    });
  }

  /** Feeds an event that came from outside the calls' scope. */
  deliver(event: Event): void {
    void this.#calls.run(async () => this.#feed(event));
  }

  /** The one place where an unexpected error of ours becomes a typed failure; thrown from a callback it would hang the run. */
  #feed(event: Event): void {
    const { pipeline } = this.#input;
    try {
      for (const command of apply(pipeline, this.#state, event)) this.#issue(command);
    } catch (error) {
      const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      this.#reject(failed(refuseRun(pipeline, this.#state, 'InternalError', message)));
    }
  }

  #issue(command: Command): void {
    switch (command.type) {
      case 'callAgent':
      case 'callTool':
        this.#call(command).then(
          (outcome) => this.#feed({ type: 'callCompleted', id: command.id, outcome, at: Date.now() }),
          (error: unknown) => this.#feed(closingEvent(command.id, error, Date.now())),
        );
        return;
      case 'cancelCalls':
        return this.#calls.cancel();
      case 'startTimer':
        return this.#startTimer(command.id, command.at, command.summary, { type: 'timerFired', id: command.id });
      case 'cancelTimer':
        return this.#timers.get(command.id)?.cancel();
      case 'yield':
        return this.#startTimer('/yield', Date.now() + 1, 'going on', { type: 'resumed' });
      case 'publish':
        return this.#publisher.publish(snapshot(this.#state), usageView(this.#state));
      case 'log':
        return log[command.level](command.message);
      case 'complete':
        return this.#resolve(command.result);
      case 'fail':
        return this.#reject(failed(command));
      case 'cancel':
        cancelWith(command.result);
        return this.#reject(new CancelledFailure('Run cancelled'));
    }
  }

  #startTimer(id: string, at: number, summary: string, then: { type: 'timerFired'; id: string } | { type: 'resumed' }): void {
    const scope = new CancellationScope({ cancellable: true, parent: this.#shield });
    this.#timers.set(id, scope);
    const fired = scope.run(() => sleep(Math.max(1, at - Date.now()), { summary }));
    fired.then(
      () => {
        this.#timers.delete(id);
        this.#feed({ ...then, at: Date.now() });
      },
      // Cancelled by the engine, which has forgotten it.
      () => undefined,
    );
  }
}
