import { setTimeout as delay } from 'node:timers/promises';
import type { RunHandle } from '../client/run-handle.js';
import { RunFailedError, UnknownRunError } from '../client/errors.js';
import type { Request, RunFailure, RunResult, Snapshot, StepResult } from '../engine/results.js';
import { costText, cyan, dim, green, oneLine, plain, red, secondsText, yellow } from './terminal.js';

/** How following ended: the run closed, or only people can make it go on. */
export type Followed =
  | { readonly status: 'completed'; readonly result: RunResult }
  | {
      readonly status: 'failed' | 'cancelled';
      readonly result: RunResult | null;
      readonly failure: RunFailure | null;
      readonly message: string;
    }
  | { readonly status: 'paused'; readonly requests: readonly Request[] };

export interface FollowOptions {
  readonly taskQueue: string;
  /** What happened, as text and as data. */
  readonly report: (event: ProgressEvent) => void;
  /** Decides a request and goes on; `paused` is returned where it can't. */
  readonly answer: ((request: Request) => Promise<boolean>) | null;
  /** Ends following, with an error, when it fires. */
  readonly signal?: AbortSignal;
}
export type ProgressEvent =
  | { readonly type: 'step'; readonly result: StepResult }
  | { readonly type: 'try'; readonly path: string; readonly try: number }
  | { readonly type: 'request'; readonly request: Request }
  | { readonly type: 'note'; readonly message: string };

/** Milliseconds between two looks at a run: four a second at most. */
const PAUSE = 250;
/** Milliseconds until a run that nobody works on is worth a word. */
const NO_WORKER_AFTER = 5_000;

/** Follows a run until it closes or waits for a person who is not here. The end comes by long poll, what happens before by query. */
export async function followRun(run: RunHandle, options: FollowOptions): Promise<Followed> {
  // What is still asked when following ends would hold the connection, and the process, for long.
  const left = new AbortController();
  const stop = () => left.abort();
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    return await follow(run.until(left.signal), options);
  } finally {
    stop();
  }
}

async function follow(run: RunHandle, { taskQueue, report, answer }: FollowOptions): Promise<Followed> {
  const progress = new Progress(report);
  const started = Date.now();
  let isNoted = false;
  let closed: Followed | null = null;
  const ended = closing(run).then((outcome) => (closed = outcome));
  // Its failure is read below, by the await.
  ended.catch(() => undefined);
  for (;;) {
    const snapshot = await look(run);
    if (snapshot) progress.show(snapshot);
    if (closed) break;
    if (!snapshot && !isNoted && Date.now() - started > NO_WORKER_AFTER && (await isUntouched(run))) {
      isNoted = true;
      report({ type: 'note', message: `No worker polls task queue '${taskQueue}'. Start one with 'flujo worker'. The run waits.` });
    }
    if (snapshot?.status === 'paused') {
      const [request] = snapshot.requests;
      if (!request || !answer) return { status: 'paused', requests: snapshot.requests };
      if (!(await answer(request))) return { status: 'paused', requests: snapshot.requests };
      continue;
    }
    await Promise.race([ended, delay(PAUSE)]);
  }
  const outcome = await ended;
  if ('result' in outcome && outcome.result) progress.showSteps(outcome.result.steps);
  return outcome;
}

async function closing(run: RunHandle): Promise<Followed> {
  try {
    return { status: 'completed', result: await run.result() };
  } catch (error) {
    if (!(error instanceof RunFailedError)) throw error;
    const { failure, result, message } = error;
    return { status: failure ? 'failed' : 'cancelled', failure, result, message };
  }
}

/** Null while the run can't be asked: no worker, or its first task has not run. */
async function look(run: RunHandle): Promise<Snapshot | null> {
  try {
    return await run.snapshot();
  } catch (error) {
    if (error instanceof UnknownRunError) throw error;
    return null;
  }
}

/** Has no workflow task of the run been completed yet? Listed pollers are no proof: a stopped worker stays listed for minutes. */
async function isUntouched(run: RunHandle): Promise<boolean> {
  return (await run.describe()).historyLength <= 3;
}

/** Reports what is new since the last look. */
class Progress {
  readonly #shown = new Set<string>();
  readonly #report: (event: ProgressEvent) => void;

  constructor(report: (event: ProgressEvent) => void) {
    this.#report = report;
  }

  show({ steps, active, requests }: Snapshot): void {
    this.showSteps(steps);
    for (const step of active)
      if (step.try > 1) this.#once(`try ${step.path} ${step.try}`, { type: 'try', path: step.path, try: step.try });
    for (const request of requests) this.#once(`request ${request.id}`, { type: 'request', request });
  }

  showSteps(steps: readonly StepResult[]): void {
    for (const result of steps) {
      if (this.#shown.has(`step ${result.path}`)) continue;
      this.showSteps(result.steps);
      this.#once(`step ${result.path}`, { type: 'step', result });
    }
  }

  #once(key: string, event: ProgressEvent): void {
    if (this.#shown.has(key)) return;
    this.#shown.add(key);
    this.#report(event);
  }
}

const SIGNS = { completed: green('✓'), failed: red('✗'), cancelled: yellow('◦') } as const;

export function progressText(event: ProgressEvent): string {
  switch (event.type) {
    case 'step':
      return stepLine(event.result);
    case 'try':
      return dim(`  ${plain(event.path)}  try ${event.try}`);
    case 'request':
      return `${cyan('?')} ${plain(event.request.id)}  waits for a person`;
    case 'note':
      return yellow(event.message);
  }
}

function stepLine({ path, status, attempts, latencyMs, usage, feedback }: StepResult): string {
  const spent = usage.calls > 0 ? `  ${costText(usage)}  ${usage.tokens} tokens` : '';
  const why = feedback === null ? '' : `  ${oneLine(feedback)}`;
  return `${SIGNS[status]} ${plain(path)}  try ${attempts}  ${secondsText(latencyMs)}${spent}${why}`;
}
