import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import { pino } from 'pino';

let installed = false;

export interface LogOptions {
  /** Standard error when absent. */
  readonly file?: string | undefined;
  readonly level?: 'debug' | 'info' | 'warn' | 'error';
}

/** Names of fields that may hold a key; their values never reach a log. */
const SECRETS = ['apiKey', 'authorization', 'token', 'password', 'secret'].flatMap((name) => [name, `*.${name}`]);

/** Prepares the process for workers, once: our logger, and no signal handlers of the SDK, since who starts a worker also stops it. */
export function installRuntime({ file, level = 'warn' }: LogOptions = {}): void {
  if (installed) return;
  installed = true;
  const logger = pino({ level, redact: SECRETS }, pino.destination({ dest: file ?? 2, sync: true }));
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger(level.toUpperCase() as 'WARN', ({ level: severity, message, meta }) => {
      const name = severity.toLowerCase() as 'trace' | 'debug' | 'info' | 'warn' | 'error';
      logger[name](meta ?? {}, message);
    }),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} } },
  });
}
