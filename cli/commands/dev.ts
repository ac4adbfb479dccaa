import { EXIT, type ExitCode } from '../exit.js';
import { sayLocal, startLocal } from '../local.js';
import { openConfig, taskQueueOf, type GlobalOptions } from '../workspace.js';
import { outJson, say } from '../terminal.js';
import { untilInterrupted } from '../interrupt.js';

export interface DevOptions extends GlobalOptions {
  readonly port: string;
  readonly uiPort: string;
}

/** Server, Web UI and worker until Ctrl-C; a second one does not wait for running calls. */
export async function devCommand(options: DevOptions): Promise<ExitCode> {
  const config = openConfig(options);
  const local = await startLocal(config, { ...options, port: Number(options.port), uiPort: Number(options.uiPort) });
  const taskQueue = taskQueueOf(config, options);
  if (options.json) outJson({ address: local.address, uiUrl: local.uiUrl, taskQueue });
  else {
    say(`Flujo development server, task queue '${taskQueue}'`);
    sayLocal(local);
  }
  await untilInterrupted(local.stopped, () => local.stop());
  return EXIT.ok;
}
