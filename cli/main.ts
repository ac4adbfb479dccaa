#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { EXIT, exitCodeOf, messageOf, type ExitCode } from './exit.js';
import { out, outJson, plain, say } from './terminal.js';
import type { GlobalOptions } from './workspace.js';

/*
 * The commands and their options. Each command's code is loaded when it runs, so that `--help` and the commands that need
 * no server start at once.
 */
let code: ExitCode = EXIT.ok;

const collect = (value: string, previous: string[]) => [...previous, value];
const toPort = (text: string): string => {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('Not a port.');
  return text;
};

const toJsonMode = (text: string): true | 'stream' => {
  if (text === 'document') return true;
  if (text === 'stream') return 'stream';
  throw new InvalidArgumentError('It is --json or --json=stream.');
};
/** Alone it takes no value, so that it does not swallow the argument behind it. */
const withJsonMode = (args: readonly string[]) => args.map((arg) => (arg === '--json' ? '--json=document' : arg));

type Action = (...args: never[]) => Promise<ExitCode> | ExitCode;

function buildProgram(): Command {
  const program = new Command('flujo')
    .description('AI pipelines as durable Temporal workflows')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({ writeErr: (text) => process.stderr.write(plain(text)) });
  const globals = (command: Command): Command =>
    command
      .option('--config <file>', 'flujo.toml to use instead of the nearest one')
      .addOption(new Option('--json [mode]', 'one JSON document on standard output; --json=stream for one a line').argParser(toJsonMode));
  const connected = (command: Command): Command =>
    globals(command)
      .option('--address <host:port>', 'Temporal server (TEMPORAL_ADDRESS, [temporal] address)')
      .option('--namespace <name>', 'Temporal namespace')
      .option('--task-queue <name>', 'task queue of the worker');
  const add = (spec: string, description: string, decorate = globals): Command => decorate(program.command(spec).description(description));
  const runs =
    (action: Action) =>
    async (...args: unknown[]) => {
      // Commander hands over the arguments, then the options; each command declares what it takes.
      code = await action(...(args.slice(0, -1) as never[]));
    };

  add('run <file>', 'start a run and follow it', connected)
    .option('--input <value>', "the run's input; JSON objects and lists are values, '-' is standard input")
    .option('--context <file>', 'JSON file with initial context fields')
    .option('--limit-cost <usd>', 'cost limit of this run')
    .option('--limit-tokens <n>', 'token limit of this run')
    .option('--metadata <name=value>', 'free data about the run', collect, [])
    .option('--run-id <id>', "the run's id")
    .option('--model <provider:model>', 'model for all agents, or agent=provider:model', collect, [])
    .option('--only-steps <names>', 'run only these top-level steps')
    .option('--detach', 'start and return')
    .option('--dry-run', 'check only')
    .option('--summary', 'no steps and no context in the result')
    .option('--dev', "Temporal server and worker for this command's life")
    .addOption(new Option('--output-format <format>', 'how the output is printed').choices(['auto', 'raw', 'json', 'yaml']).default('auto'))
    .addOption(new Option('--demo').hideHelp())
    .action(runs(async (file: string, options: never) => (await import('./commands/run.js')).runCommand(file, options)));

  add('dev', 'Temporal server, Web UI and worker until Ctrl-C', connected)
    .option('--port <port>', 'port of the server', toPort, '7233')
    .option('--ui-port <port>', 'port of the Web UI', toPort, '8233')
    .action(runs(async (options: never) => (await import('./commands/dev.js')).devCommand(options)));

  add('worker', 'a worker for a server that runs already', connected).action(
    runs(async (options: GlobalOptions) => (await import('./commands/worker.js')).workerCommand(options)),
  );

  add('decide <run> <request>', 'decide a request that waits for a person', connected)
    .requiredOption('--data <json>', 'the decision')
    .option('--by <name>', 'who decides (default: $USER)')
    .option('--signal', 'do not wait for the answer; a decision that comes early is kept')
    .action(
      runs(async (run: string, request: string, options: never) =>
        (await import('./commands/decide.js')).decideCommand(run, request, options),
      ),
    );

  add('requests [run]', 'requests that wait for a person', connected).action(
    runs(async (run: string | undefined, options: GlobalOptions) => (await import('./commands/decide.js')).requestsCommand(run, options)),
  );

  add('status <run>', 'where a run stands', connected)
    .option('--follow', 'until it ends or waits for a person')
    .option('--step <path>', 'one finished step: output, tries, feedback')
    .action(runs(async (run: string, options: GlobalOptions) => (await import('./commands/status.js')).statusCommand(run, options)));

  add('cancel <run>', 'stop a run', connected).action(
    runs(async (run: string, options: GlobalOptions) => (await import('./commands/status.js')).cancelCommand(run, options)),
  );

  add('validate <file>', 'check a pipeline')
    .addOption(new Option('--format <format>').choices(['text', 'json', 'sarif']).default('text'))
    .option('--fail-on-warn', 'exit 4 on warnings too')
    .option('--rules <file>', 'JSON: {code or glob: off|warning|error}')
    .option('--baseline <file>', 'show only findings that are not in it')
    .option('--update-baseline', 'write the findings to the baseline')
    .action(runs(async (file: string, options: never) => (await import('./commands/validate.js')).validateCommand(file, options)));

  add('init [folder]', 'write a new project')
    .option('--force', 'overwrite an existing one')
    .option('--yes', 'ask nothing')
    .action(
      runs(async (folder: string | undefined, options: GlobalOptions) =>
        (await import('./commands/init.js')).initCommand(folder ?? '.', options),
      ),
    );

  add('schema', 'JSON Schema of pipeline files, for editors').action(
    runs(async () => {
      const { pipelineFileSchema } = await import('../pipeline/yaml/file-schema.js');
      outJson(pipelineFileSchema());
      return EXIT.ok;
    }),
  );

  add('models <script>', 'serve scripted model answers on loopback')
    .option('--port <port>', 'a free one when absent', toPort)
    .option('--bill <file>', 'append a line for each billed answer')
    .action(runs(async (script: string, options: GlobalOptions) => (await import('./commands/models.js')).modelsCommand(script, options)));

  add('doctor', 'is everything there that runs need?', connected).action(
    runs(async (options: GlobalOptions) => (await import('./commands/doctor.js')).doctorCommand(options)),
  );

  add('version', 'the version').action(
    runs(({ json }: GlobalOptions) => {
      if (json) outJson({ version: version() });
      else out(version());
      return EXIT.ok;
    }),
  );
  program.version(version(), '-V, --version');
  return program;
}

/** The package's own, from sources and from `dist/` alike. */
function version(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      return (JSON.parse(readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')) as { version: string }).version;
    } catch {
      // Not at this depth.
    }
  }
  return 'unknown';
}

async function main(): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed));
  try {
    await buildProgram().parseAsync(withJsonMode(process.argv));
  } catch (error) {
    if (error instanceof CommanderError) code = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    else {
      say(plain(messageOf(error)));
      code = exitCodeOf(error);
    }
  }
  // Connections and prompts may hold the process for a while; output has been written.
  process.exitCode = code;
  if (process.stdin.isTTY !== true) process.stdin.destroy();
}

void main();
