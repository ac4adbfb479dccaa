import { CommandError, EXIT, type ExitCode } from '../exit.js';
import { untilInterrupted } from '../interrupt.js';
import { outJson, say } from '../terminal.js';
import type { GlobalOptions } from '../workspace.js';

/** Serves a script of model answers as an OpenAI-compatible endpoint on loopback. */
export async function modelsCommand(script: string, options: GlobalOptions & { port?: string; bill?: string }): Promise<ExitCode> {
  const port = options.port === undefined ? 0 : Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new CommandError(EXIT.usage, `--port: expected a port, got '${options.port}'`);
  const { loadScript, startModelServer } = await import('../../testing/model-server/index.js');
  const server = await startModelServer({
    script: await loadScript(script),
    port,
    ...(options.bill !== undefined && { billFile: options.bill }),
  });
  if (options.json) outJson({ url: server.url, port: server.port });
  else say(`Scripted models at ${server.url}. Use them with [providers.NAME] kind = "openai-compatible", base_url = "${server.url}"`);
  await untilInterrupted(new Promise(() => undefined), () => server.close());
  return EXIT.ok;
}
