import type { Json } from '../../pipeline/values/json.js';
import { CommandError, EXIT, type ExitCode } from '../exit.js';
import { describeRequest } from '../ask.js';
import { out, outJson, plain, say } from '../terminal.js';
import { connectClient, openConfig, type GlobalOptions } from '../workspace.js';

export interface DecideOptions extends GlobalOptions {
  readonly data: string;
  readonly by?: string;
  readonly signal?: boolean;
}

/** Decides one request; the run says at once whether it takes the decision. */
export async function decideCommand(id: string, requestId: string, options: DecideOptions): Promise<ExitCode> {
  const data = parseData(options.data);
  const client = await connectClient(openConfig(options), options);
  try {
    const run = await client.findRun(id);
    const by = options.by ?? process.env['USER'];
    await run.decide({ requestId, data, ...(by !== undefined && { by }) }, { via: options.signal ? 'signal' : 'update' });
    if (options.json) outJson({ runId: run.runId, requestId, accepted: true });
    else say(`Decided ${plain(requestId)} of ${plain(run.runId)}`);
    return EXIT.ok;
  } finally {
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
    const runs = id === undefined ? await waitingRuns(client.temporal) : [(await client.findRun(id)).runId];
    const found = [];
    for (const runId of runs)
      for (const request of await client
        .getRun(runId)
        .requests()
        .catch(() => []))
        found.push({ runId, request });
    if (options.json) outJson(found.map(({ runId, request }) => ({ runId, ...request })));
    else if (found.length === 0) say('No request waits for a person.');
    else
      for (const { runId, request } of found) {
        out(`${plain(runId)}${describeRequest(runId, request)}`);
      }
    return EXIT.ok;
  } finally {
    await client.close();
  }
}

/** Enough for a terminal; who has more asks by run. */
const MAX_RUNS = 200;

async function waitingRuns(temporal: {
  workflow: { list(options: { query: string }): AsyncIterable<{ workflowId: string; memo?: unknown }> };
}): Promise<string[]> {
  const runs: string[] = [];
  for await (const { workflowId } of temporal.workflow.list({ query: "ExecutionStatus = 'Running'" })) {
    runs.push(workflowId);
    if (runs.length >= MAX_RUNS) break;
  }
  return runs;
}
