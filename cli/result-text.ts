import type { RunResult, StepResult } from '../engine/results.js';
import type { Json } from '../pipeline/values/json.js';
import { bold, costText, jsonText, oneLine, plain, secondsText, table } from './terminal.js';

export type OutputFormat = 'auto' | 'raw' | 'json' | 'yaml';

/** A run's result for people; `isSummary` leaves out the steps and the context. */
export async function resultText(result: RunResult, options: { isSummary: boolean; format: OutputFormat }): Promise<string> {
  const { usage, steps, context } = result;
  const lines = [
    bold('Final output:'),
    await outputText(result.output, options.format),
    '',
    `Total cost: ${costText(usage)}`,
    `Total tokens: ${usage.tokens}`,
  ];
  if (!options.isSummary) {
    lines.push(`Steps executed: ${steps.length}`, '', stepTable(steps), '', bold('Final Context:'), jsonText(context));
  }
  return lines.join('\n');
}

export async function outputText(output: Json, format: OutputFormat): Promise<string> {
  if (format === 'json') return jsonText(output);
  if (format === 'yaml') return (await import('js-yaml')).dump(output).trimEnd();
  if (typeof output === 'string') return format === 'raw' ? output : plain(output);
  return format === 'raw' ? jsonText(output, 0) : jsonText(output);
}

function stepTable(steps: readonly StepResult[]): string {
  const rows = flatten(steps).map((step) => [
    plain(step.path),
    step.kind,
    step.status,
    String(step.attempts),
    secondsText(step.latencyMs),
    costText(step.usage),
    String(step.usage.tokens),
    step.feedback === null ? '' : oneLine(step.feedback, 60),
  ]);
  return table([['Step', 'Kind', 'Status', 'Tries', 'Time', 'Cost', 'Tokens', ''], ...rows], [3, 4, 5, 6]);
}

function flatten(steps: readonly StepResult[]): StepResult[] {
  return steps.flatMap((step) => [step, ...flatten(step.steps)]);
}
