import { NoServerError, NoWorkerError } from '../../client/errors.js';
import type { FlujoClient } from '../../client/flujo-client.js';
import type { RunHandle } from '../../client/run-handle.js';
import type { Request } from '../../engine/results.js';
import type { Json } from '../../pipeline/values/json.js';
import { CommandError, EXIT, messageOf, type ExitCode } from '../exit.js';
import { describeRequest } from '../ask.js';
import { oneLine, out, outJson, plain, say } from '../terminal.js';
import { connectClient, openConfig, type GlobalOptions } from '../workspace.js';

export interface DecideOptions extends GlobalOptions {
  readonly data: string;
  readonly by?: string;
  readonly signal?: boolean;
}

/** Milliseconds until a decision that nobody takes is worth a word. */
const NO_WORKER_AFTER = 5_000;

/** Decides one request; the run says at once whether it takes the decision. */
export async function decideCommand(id: string, requestId: string, options: DecideOptions): Promise<ExitCode> {
  const data = parseData(options.data);
  const client = await connectClient(openConfig(options), options);
  const note = setTimeout(
    () => say("No worker answers. Start one with 'flujo worker', or add --signal. The decision waits."),
    NO_WORKER_AFTER,
  );
  try {
    const run = await client.findRun(id);
    const by = options.by ?? process.env['USER'];
    await run.decide({ requestId, data, ...(by !== undefined && { by }) }, { via: options.signal ? 'signal' : 'update' });
    if (options.json) outJson({ runId: run.runId, requestId, accepted: true });
    else say(`Decided ${plain(requestId)} of ${plain(run.runId)}`);
    return EXIT.ok;
  } finally {
    clearTimeout(note);
    await client.close();
  }
}

function parseData(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new CommandError(EXIT.usage, `--data: expected JSON, got ${JSON.stringify(text.slice(0, 80))}. A text is written '"yes"'`);
  }
}

/** Requests that wait for a person: of one run, or of all open runs of the namespace. */
export async function requestsCommand(id: string | undefined, options: GlobalOptions): Promise<ExitCode> {
  const client = await connectClient(openConfig(options), options);
  try {
    const runs = id === undefined ? await openRuns(client) : [await client.findRun(id)];
    const answers = await Promise.all(runs.map(askRun));
    const found = answers.flatMap((requests) => requests ?? []);
    if (options.json) outJson(found.map(({ runId, request }) => ({ runId, ...request })));
    else if (answers.every((requests) => requests?.length === 0)) say('No request waits for a person.');
    else for (const { runId, request } of found) out(`${plain(runId)}${describeRequest(runId, request)}`);
    return EXIT.ok;
  } finally {
    await client.close();
  }
}

/** Enough for a terminal; who has more asks by run. */
const MAX_RUNS = 200;

/** Where runs say in visibility what they wait for, only those that wait are asked. */
async function openRuns(client: FlujoClient): Promise<RunHandle[]> {
  const waits = (await client.hasSearchAttributes()) ? ' AND FlujoPending IS NOT NULL' : '';
  const ids = await client.listRuns(`ExecutionStatus = 'Running'${waits}`, MAX_RUNS);
  if (ids.length === MAX_RUNS) say(`Only the last ${MAX_RUNS} runs are asked.`);
  return ids.map((id) => client.getRun(id));
}

/** Null for a run that can't be asked, which hides no request of another. */
async function askRun(run: RunHandle): Promise<{ runId: string; request: Request }[] | null> {
  try {
    return (await run.requests()).map((request) => ({ runId: run.runId, request }));
  } catch (error) {
    if (error instanceof NoServerError) throw error;
    say(oneLine(error instanceof NoWorkerError ? `${error.message}. Start one with 'flujo worker'` : `${run.runId}: ${messageOf(error)}`));
    return null;
  }
}
