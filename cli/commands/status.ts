import type { RunHandle } from '../../client/run-handle.js';
import { NoWorkerError, RunFailedError } from '../../client/errors.js';
import type { RunResult, Snapshot, StepResult } from '../../engine/results.js';
import { sayRequest } from '../ask.js';
import { CommandError, EXIT, messageOf, type ExitCode } from '../exit.js';
import { followRun, progressText } from '../follow.js';
import { bold, costText, jsonText, oneLine, out, outJson, plain, say } from '../terminal.js';
import { connectClient, openConfig, taskQueueOf, type GlobalOptions } from '../workspace.js';

export interface StatusOptions extends GlobalOptions {
  readonly follow?: boolean;
  readonly step?: string;
}

/** Where a run stands, one step of it, or all of it as it happens. */
export async function statusCommand(id: string, options: StatusOptions): Promise<ExitCode> {
  const config = openConfig(options);
  const client = await connectClient(config, options);
  try {
    const run = await client.findRun(id);
    if (options.follow) return await follow(run, options, taskQueueOf(config, options));
    const { snapshot, result, note } = await read(run);
    const steps = result?.steps ?? snapshot?.steps;
    if (options.step !== undefined) {
      if (!steps) throw new CommandError(EXIT.failed, `Steps of '${run.runId}' are not known: ${note}`);
      return showStep(options.step, steps, options);
    }
    const status = result?.status ?? snapshot?.status ?? 'running';
    if (options.json) outJson({ runId: run.runId, status, ...(note && { note }), ...(result ?? snapshot) });
    else show(run.runId, status, note, result ?? snapshot);
    return EXIT.ok;
  } finally {
    await client.close();
  }
}

interface Standing {
  readonly snapshot: Snapshot | null;
  readonly result: RunResult | null;
  readonly note: string | null;
}

/** A closed run by its result, an open one by query; without a worker only Temporal's own description is left. */
async function read(run: RunHandle): Promise<Standing> {
  const { status } = await run.describe();
  if (status.name !== 'RUNNING') {
    const result = await run.result().catch((error: unknown) => {
      if (error instanceof RunFailedError) return error.result;
      throw error;
    });
    return { snapshot: null, result, note: result ? null : status.name.toLowerCase() };
  }
  try {
    return { snapshot: await run.snapshot(), result: null, note: null };
  } catch (error) {
    return { snapshot: null, result: null, note: error instanceof NoWorkerError ? 'no worker' : oneLine(messageOf(error)) };
  }
}

function show(runId: string, status: string, note: string | null, standing: Snapshot | RunResult | null): void {
  out(`${bold(plain(runId))}  ${status}${note ? ` (${note})` : ''}`);
  if (!standing) return;
  out(`${costText(standing.usage)}  ${standing.usage.tokens} tokens`);
  for (const result of flatten(standing.steps)) out(progressText({ type: 'step', result }));
  if (!('active' in standing)) return;
  for (const { path, try: n } of standing.active) out(`▸ ${plain(path)}  try ${n}`);
  for (const request of standing.requests) sayRequest(runId, request);
}

const flatten = (steps: readonly StepResult[]): StepResult[] => steps.flatMap((step) => [...flatten(step.steps), step]);

function showStep(path: string, steps: readonly StepResult[], { json }: StatusOptions): ExitCode {
  const step = flatten(steps).find((each) => each.path === path);
  if (!step) {
    const known = flatten(steps).map((each) => each.path);
    throw new CommandError(EXIT.failed, `No finished step '${path}'. Finished: ${known.join(', ') || 'none'}`);
  }
  if (json) outJson(step);
  else {
    out(progressText({ type: 'step', result: step }));
    for (const { n, outcome, feedback } of step.tries ?? [])
      out(`  try ${n}  ${outcome}${feedback === null ? '' : `  ${plain(feedback)}`}`);
    out(jsonText(step.output));
  }
  return EXIT.ok;
}

async function follow(run: RunHandle, { json }: StatusOptions, taskQueue: string): Promise<ExitCode> {
  const followed = await followRun(run, {
    taskQueue,
    answer: null,
    report: (event) => {
      if (json) return;
      say(progressText(event));
      if (event.type === 'request') sayRequest(run.runId, event.request);
    },
  });
  if (json) outJson({ runId: run.runId, ...followed });
  else say(followed.status === 'paused' ? 'Pipeline execution paused.' : `Run ${followed.status}`);
  return followed.status === 'failed' || followed.status === 'cancelled' ? EXIT.failed : EXIT.ok;
}

/** Asks a run to stop; calls in flight are cancelled and awaited, so that their usage counts. */
export async function cancelCommand(id: string, options: GlobalOptions): Promise<ExitCode> {
  const client = await connectClient(openConfig(options), options);
  try {
    const run = await client.findRun(id);
    await run.cancel();
    if (options.json) outJson({ runId: run.runId, cancelRequested: true });
    else say(`Cancellation of ${plain(run.runId)} requested`);
    return EXIT.ok;
  } finally {
    await client.close();
  }
}
