import type { RunHandle } from '../../client/run-handle.js';
import { DecisionRejectedError } from '../../client/errors.js';
import type { Request } from '../../engine/results.js';
import { sampleOf } from '../../pipeline/values/sample.js';
import { askDecision, decideLine, sayRequest } from '../ask.js';
import { EXIT, type ExitCode } from '../exit.js';
import { followRun, progressText, type Followed, type ProgressEvent } from '../follow.js';
import { InvalidPipelineError, findingsData } from '../pipeline-file.js';
import { prepareRun, type RunFlags } from '../prepare-run.js';
import { resultText, type OutputFormat } from '../result-text.js';
import { startLocal, type Local } from '../local.js';
import { bold, dim, jsonText, out, outJson, plain, say, shellQuote } from '../terminal.js';
import { connectClient, openConfig, taskQueueOf, type GlobalOptions } from '../workspace.js';

export interface RunCommandOptions extends GlobalOptions, RunFlags {
  readonly detach?: boolean;
  readonly dryRun?: boolean;
  readonly summary?: boolean;
  readonly outputFormat: OutputFormat;
  readonly dev?: boolean;
  /** Decides requests by itself, says so, and tells what to try next. */
  readonly demo?: boolean;
}

/** Starts a run and follows it to its end, or to a person who is not here. */
export async function runCommand(file: string, options: RunCommandOptions): Promise<ExitCode> {
  const config = openConfig(options);
  const prepared = await prepareRun(file, config, options).catch((error: unknown) => {
    if (options.json && error instanceof InvalidPipelineError) print(options, findingsData(error.loaded.diagnostics));
    throw error;
  });
  const { pipeline } = prepared;
  if (options.dryRun) {
    const steps = pipeline.steps.map(({ name }) => name);
    if (options.json) outJson({ validated: true, steps });
    else out(`Pipeline is valid: ${steps.join(', ') || 'no steps'}`);
    return EXIT.ok;
  }
  const local = options.dev ? await startLocal(config, options, prepared.models) : null;
  const interrupt = onInterrupt();
  try {
    const client = await connectClient(config, options, local);
    try {
      const run = await client.start(pipeline, { ...prepared.start, taskQueue: taskQueueOf(config, options) });
      return await attend(run, options, {
        local,
        taskQueue: taskQueueOf(config, options),
        namespace: client.namespace,
        interrupt,
      });
    } finally {
      await client.close();
    }
  } finally {
    interrupt.dispose();
    await local?.stop();
  }
}

interface Attendance {
  readonly local: Local | null;
  readonly taskQueue: string;
  readonly namespace: string;
  readonly interrupt: Interrupt;
}

async function attend(
  run: RunHandle,
  options: RunCommandOptions,
  { local, taskQueue, namespace, interrupt }: Attendance,
): Promise<ExitCode> {
  const isQuiet = options.json === true;
  const stream = options.json === 'stream';
  if (!options.json) {
    say(`Run ${bold(plain(run.runId))} started`);
    if (local?.uiUrl) say(`  Web UI  ${local.uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(run.runId)}`);
  }
  if (options.detach) {
    if (options.json) print(options, { runId: run.runId, status: 'running', requests: [] });
    else say(`Detached. Follow it with: ${followLine(run)}`);
    return EXIT.ok;
  }
  const report = (event: ProgressEvent): void => {
    if (stream) return out(jsonText(event.type === 'step' ? { type: 'step', ...summaryOf(event) } : event, 0));
    if (isQuiet) return;
    say(progressText(event));
    if (event.type === 'request') sayRequest(run.runId, event.request);
  };
  const followed = await Promise.race([
    interrupt.fired,
    followRun(run, { taskQueue, report, answer: answererOf(run, options), signal: interrupt.signal }),
  ]);
  if (followed === 'interrupted') {
    say(`\nDetached: the run goes on${local ? " once 'flujo dev' runs in this folder" : ''}. Follow it with: ${followLine(run)}`);
    return EXIT.interrupted;
  }
  return tell(run, followed, options);
}

const followLine = ({ runId }: RunHandle) => `flujo status ${shellQuote(runId)} --follow`;

function summaryOf({ result }: Extract<ProgressEvent, { type: 'step' }>) {
  const { path, kind, status, attempts, latencyMs, usage, feedback } = result;
  return { path, kind, status, attempts, latencyMs, usage, feedback };
}

/** Who answers requests: the demo by itself, a person at the terminal, or nobody. */
function answererOf(run: RunHandle, { demo, json }: RunCommandOptions): ((request: Request) => Promise<boolean>) | null {
  const isTerminal = process.stdin.isTTY === true && process.stderr.isTTY === true && !json;
  if (isTerminal) return (request) => answerAtTerminal(run, request);
  return demo ? (request) => approveAsDemo(run, request) : null;
}

async function answerAtTerminal(run: RunHandle, request: Request): Promise<boolean> {
  const answer = await askDecision(request);
  if (!answer) return false;
  try {
    await run.decide({ requestId: request.id, data: answer.data, by: process.env['USER'] ?? 'terminal' });
  } catch (error) {
    if (!(error instanceof DecisionRejectedError)) throw error;
    say(error.message);
  }
  return true;
}

async function approveAsDemo(run: RunHandle, request: Request): Promise<boolean> {
  const data = sampleOf(request.form);
  say(`No terminal: approving as demo with ${jsonText(data, 0)}`);
  await run.decide({ requestId: request.id, data, by: 'demo' });
  return true;
}

async function tell(run: RunHandle, followed: Followed, options: RunCommandOptions): Promise<ExitCode> {
  if (followed.status === 'paused') {
    const { requests } = followed;
    if (options.json) print(options, { runId: run.runId, status: 'paused', requests });
    else {
      say('Pipeline execution paused.');
      for (const request of requests) out(`${plain(request.id)}: ${decideLine(run.runId, request)}`);
      say(`Run id: ${plain(run.runId)}`);
    }
    return EXIT.ok;
  }
  const { result } = followed;
  if (options.json)
    print(
      options,
      result ?? { runId: run.runId, status: followed.status, message: followed.status === 'completed' ? null : followed.message },
    );
  else {
    const isBudget = followed.status === 'failed' && followed.failure?.type === 'UsageLimitExceeded';
    if (isBudget) say(`\nBudget exceeded\n${plain(followed.message)}${neededText(followed)}`);
    else if (followed.status !== 'completed') say(`\n${plain(followed.message)}`);
    if (result) out(await resultText(result, { isSummary: options.summary === true, format: options.outputFormat }));
    const how = followed.status === 'completed' ? 'completed successfully!' : followed.status === 'cancelled' ? 'cancelled.' : 'failed.';
    out(`\nPipeline execution ${how}\nRun id: ${plain(run.runId)}`);
    if (options.demo) say(nextCommands());
  }
  return followed.status === 'completed' ? EXIT.ok : EXIT.failed;
}

function print({ json }: RunCommandOptions, value: unknown): void {
  if (json === 'stream') out(jsonText({ type: 'result', value }, 0));
  else outJson(value);
}

/** What was spent, and what the refused call would have needed. */
function neededText(followed: Followed): string {
  if (followed.status !== 'failed' || !followed.failure?.limit) return '';
  const { limit, settled, unsettled, reserved, requested, reason } = followed.failure;
  const amount = (value: string | number | undefined) => (limit.kind === 'costUsd' ? `$${value}` : `${value} tokens`);
  const spent = `${amount(settled)} settled, ${amount(unsettled)} unsettled, ${amount(reserved)} reserved in ${limit.scope}`;
  return reason === 'reservation' ? `\nSpent: ${spent}; the next call would have needed ${amount(requested)}` : `\nSpent: ${spent}`;
}

function nextCommands(): string {
  return dim(
    [
      '',
      'Next:',
      '  npx flujo init my-project          a project of your own',
      '  npx flujo dev                      server, Web UI and worker to keep',
      '  npx flujo --help                   all commands',
    ].join('\n'),
  );
}

interface Interrupt {
  readonly signal: AbortSignal;
  readonly fired: Promise<'interrupted'>;
  dispose(): void;
}

/** Ctrl-C detaches; the run is durable and goes on. */
function onInterrupt(): Interrupt {
  const controller = new AbortController();
  const fired = new Promise<'interrupted'>((resolve) => controller.signal.addEventListener('abort', () => resolve('interrupted')));
  const fire = () => controller.abort();
  process.once('SIGINT', fire);
  process.once('SIGTERM', fire);
  return {
    signal: controller.signal,
    fired,
    dispose: () => {
      process.removeListener('SIGINT', fire);
      process.removeListener('SIGTERM', fire);
    },
  };
}
