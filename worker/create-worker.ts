import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities, createModels, type Environment, type Providers } from '../activities/index.js';
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

/** Starts a worker that runs any pipeline of its task queue. */
export async function startWorker(options: WorkerOptions): Promise<FlujoWorker> {
  installRuntime(options.log);
  const connection = await NativeConnection.connect({ ...options.connection, address: options.address });
  const models = createModels({ env: options.env ?? process.env, providers: options.providers ?? {} });
  const worker = await Worker.create({
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
  const stopped = worker.run().finally(() => connection.close());
  return {
    stopped,
    async stop() {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await stopped;
    },
  };
}
