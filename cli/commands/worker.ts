import { EXIT, type ExitCode } from '../exit.js';
import { untilInterrupted } from '../interrupt.js';
import { startScriptedModels, startWorkerStack } from '../stack.js';
import { outJson, say } from '../terminal.js';
import { connectClient, openConfig, taskQueueOf, type GlobalOptions } from '../workspace.js';

/** A worker alone, against a server that runs already. */
export async function workerCommand(options: GlobalOptions): Promise<ExitCode> {
  const config = openConfig(options);
  // Says in one line when nobody answers, before the worker's own connection tries for long.
  await (await connectClient(config, options)).close();
  const scripted = await startScriptedModels(config);
  const worker = await startWorkerStack(config, options, scripted.urls);
  const taskQueue = taskQueueOf(config, options);
  const tools = Object.keys(worker.registry.tools);
  if (options.json) outJson({ taskQueue, tools });
  else say(`Worker polls task queue '${taskQueue}'. Tools: ${tools.join(', ') || 'none'}`);
  await untilInterrupted(worker.stopped, async () => {
    await worker.stop();
    await scripted.stop();
  });
  return EXIT.ok;
}
