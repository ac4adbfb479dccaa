import type { Request } from '../engine/results.js';
import { sampleOf } from '../pipeline/values/sample.js';
import { isObject, type Json, type JsonObject } from '../pipeline/values/json.js';
import { bold, plain, say, shellQuote } from './terminal.js';

/** A request as a person reads it: who asks what, in which form, and the line that decides it from any shell. */
export function describeRequest(runId: string, request: Request): string {
  const form = isObject(request.form) ? formLines(request.form) : [];
  return [
    '',
    bold(`Request ${plain(request.id)}`) + (request.deadline === null ? '' : `  until ${request.deadline}`),
    ...plain(request.message)
      .split('\n')
      .map((line) => `  ${line}`),
    ...(form.length > 0 ? ['', '  Form:', ...form.map((line) => `    ${line}`)] : []),
    '',
    `  ${decideLine(runId, request)}`,
    '',
  ].join('\n');
}

export function decideLine(runId: string, { id, form }: Request): string {
  return `flujo decide ${shellQuote(runId)} ${shellQuote(id)} --data ${shellQuote(JSON.stringify(sampleOf(form)))}`;
}

function formLines(form: JsonObject): string[] {
  const properties = isObject(form['properties']) ? form['properties'] : {};
  const required = Array.isArray(form['required']) ? form['required'] : [];
  return Object.entries(properties).map(([name, field]) => {
    const { type, enum: choices, description } = isObject(field) ? field : {};
    const kind = Array.isArray(choices)
      ? choices.map((each) => JSON.stringify(each)).join(' | ')
      : typeof type === 'string'
        ? type
        : 'any JSON';
    return plain(`${name}${required.includes(name) ? '' : '?'}: ${kind}${typeof description === 'string' ? `  — ${description}` : ''}`);
  });
}

/** Asks on the terminal, field by field where the form is an object of simple fields, else for JSON. Null when the person gives up. */
export async function askDecision(request: Request): Promise<{ data: Json } | null> {
  const prompts = await import('@clack/prompts');
  const { form } = request;
  const fields = isObject(form) && isObject(form['properties']) ? Object.entries(form['properties']) : null;
  const required = isObject(form) && Array.isArray(form['required']) ? form['required'] : [];
  if (!fields) {
    const answer = await askField(prompts, request.message === '' ? 'Provide input to resume:' : 'Your decision', form, true);
    return answer === undefined ? null : { data: answer };
  }
  const answers: [string, Json][] = [];
  for (const [name, field] of fields) {
    const isRequired = required.includes(name);
    const answer = await askField(prompts, plain(`${name}${isRequired ? '' : ' (optional)'}`), field, isRequired);
    if (answer === undefined) return null;
    if (answer !== '' || isRequired) answers.push([name, answer]);
  }
  return { data: Object.fromEntries(answers) };
}

type Prompts = typeof import('@clack/prompts');

/** Undefined when the person gives up. */
async function askField(prompts: Prompts, message: string, field: Json, isRequired: boolean): Promise<Json | undefined> {
  const { type, enum: choices } = isObject(field) ? field : {};
  if (Array.isArray(choices)) {
    const options = choices.map((value) => ({ value: JSON.stringify(value), label: plain(String(value)) }));
    const chosen = await prompts.select({ message, options });
    return prompts.isCancel(chosen) ? undefined : (JSON.parse(chosen) as Json);
  }
  if (type === 'boolean') {
    const chosen = await prompts.confirm({ message });
    return prompts.isCancel(chosen) ? undefined : chosen;
  }
  const read = (text: string): Json => (type === 'string' ? text : parseLoosely(text));
  const answer = await prompts.text({
    message,
    validate: (text) =>
      isRequired && !text ? 'Required' : type === 'number' && typeof read(text ?? '') !== 'number' ? 'A number, please' : undefined,
  });
  return prompts.isCancel(answer) ? undefined : read(answer ?? '');
}

/** JSON where it is JSON, else the text. */
function parseLoosely(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

export function sayRequest(runId: string, request: Request): void {
  say(describeRequest(runId, request));
}
