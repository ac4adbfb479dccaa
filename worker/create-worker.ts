import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities, createModels, type Environment, type Models, type Providers } from '../activities/index.js';
import type { Registry } from '../activities/registry.js';
import { workflowBundlePath } from './workflow-bundle.js';
import { installRuntime, type LogOptions } from './runtime.js';

export interface WorkerOptions {
  readonly address: string;
  readonly namespace: string;
  /** `flujo` when absent. */
  readonly taskQueue?: string | undefined;
  /** What pipelines name: made by `defineRegistry`. */
  readonly registry: Registry;
  readonly providers?: Providers;
  /** Where the providers' keys are; the process's own when absent. */
  readonly env?: Environment;
  /** Calls at a time; 100 when absent. */
  readonly concurrency?: number | undefined;
  /** Milliseconds that running calls get to end at shutdown; 60,000 when absent. */
  readonly graceTime?: number | undefined;
  readonly log?: LogOptions;
  /** TLS, keys and metadata, as the client's. */
  readonly connection?: Omit<Parameters<typeof NativeConnection.connect>[0], 'address'>;
}

export interface FlujoWorker {
  /** Resolves when the worker has stopped. */
  readonly stopped: Promise<void>;
  /** Stops polling, gives running calls their grace, and closes the connection. */
  stop(): Promise<void>;
}

const GRACE = 60_000;
/** The worst delay of a cancellation, and the window in which a crash hides that a call was billed. Milliseconds. */
const HEARTBEAT_THROTTLE = 5_000;

/** A worker that could not start; the message is one line. */
export class WorkerStartError extends Error {
  override readonly name = 'WorkerStartError';
}

/** Starts a worker that runs any pipeline of its task queue. @throws WorkerStartError when the server or its namespace can't be used */
export async function startWorker(options: WorkerOptions): Promise<FlujoWorker> {
  installRuntime(options.log);
  const models = createModels({ env: options.env ?? process.env, providers: options.providers ?? {} });
  const connection = await NativeConnection.connect({ ...options.connection, address: options.address }).catch((error: unknown) => {
    throw startError(options, error);
  });
  // What is open when it fails would keep the process alive: the connection, and the threads of a worker that could not be made.
  const worker = await checkNamespace(options, connection)
    .then(() => createWorker(options, connection, models))
    .catch(async (error: unknown) => {
      await connection.close();
      throw startError(options, error);
    });
  const stopped = worker.run().finally(() => connection.close());
  // Who does not wait for the end learns of a failure by `stop`.
  stopped.catch(() => undefined);
  return {
    stopped,
    async stop() {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await stopped;
    },
  };
}

/** Core asks for its namespace only when the worker's threads run already, and they would never end. */
async function checkNamespace({ namespace }: WorkerOptions, connection: NativeConnection): Promise<void> {
  await connection.workflowService.describeNamespace({ namespace });
}

async function createWorker(options: WorkerOptions, connection: NativeConnection, models: Models): Promise<Worker> {
  return Worker.create({
    connection,
    namespace: options.namespace,
    taskQueue: options.taskQueue ?? 'flujo',
    workflowBundle: { codePath: workflowBundlePath() },
    activities: createActivities({ registry: options.registry, models }),
    maxConcurrentActivityTaskExecutions: options.concurrency ?? 100,
    maxEagerActivityReservationsPerWorkflowTask: 10,
    maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    shutdownGraceTime: options.graceTime ?? GRACE,
    shutdownForceTime: (options.graceTime ?? GRACE) + HEARTBEAT_THROTTLE,
    workflowTaskPollerBehavior: { type: 'autoscaling' },
    activityTaskPollerBehavior: { type: 'autoscaling' },
  });
}

/** Core's errors are dumps; what is said of them is their first sentence. */
function startError({ address, namespace }: WorkerOptions, error: unknown): WorkerStartError {
  const message = error instanceof Error ? error.message : String(error);
  const reason = /namespace.* not found/i.test(message)
    ? 'namespace not found'
    : message.includes('transport::Error')
      ? 'no server answers'
      : message.split(/: Status \{|\n/)[0]!;
  return new WorkerStartError(`No worker at ${address}, namespace '${namespace}': ${reason}`, { cause: error });
}
