import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, EXIT, type ExitCode } from '../exit.js';
import { out, outJson } from '../terminal.js';
import type { GlobalOptions } from '../workspace.js';

const FILES: { readonly [name: string]: string } = {
  'flujo.toml': `# Configuration of this project; every flujo command in this folder reads it.

# Keys of model providers, once you have copied .env.example to .env.
# env_file = ".env"

[temporal]
task_queue = "flujo"

# Modules with your own tools, each exporting defineRegistry({ tools }).
# [worker]
# modules = ["./tools.ts"]

# A scripted model, so that the pipeline runs without a key. Use model: openai:… with OPENAI_API_KEY instead.
[providers.scripted]
script = "./models.yaml"
`,
  'pipeline.yaml': `name: hello
agents:
  writer:
    model: scripted:writer
    system: You write one friendly sentence.
steps:
  - { kind: agent, name: draft, agent: writer, input: "Greet {{ input }}", timeout: 1m }
  - kind: hitl
    name: approve
    message: "Send this? {{ input }}"
    form: { type: object, properties: { approve: { type: boolean } }, required: [approve] }
    timeout: 1d
    on_timeout: { action: fail }
  - kind: conditional
    name: finish
    condition: input.approve
    branches:
      true: { kind: expression, name: send, value: steps.draft.output }
      false: { kind: expression, name: drop, value: "'not sent'" }
`,
  'models.yaml': `# What the scripted model answers, for each run anew.
writer:
  - { output: "Hello, it is good to see you!", usage: { input_tokens: 12, output_tokens: 9, cost_usd: "0.0001" } }
`,
  '.env.example': `# Copy to .env. Keys of the model providers that your pipelines use.
# OPENAI_API_KEY=
# ANTHROPIC_API_KEY=
# GOOGLE_GENERATIVE_AI_API_KEY=
`,
  '.gitignore': `.env
.flujo/
node_modules/
`,
  'README.md': `# A Flujo project

    flujo validate pipeline.yaml
    flujo run pipeline.yaml --dev --input Ada

\`--dev\` starts a Temporal server and a worker for the command's life. \`flujo dev\` keeps both running, with the Web UI.
`,
};

/** Writes a project that runs at once. An existing one is only overwritten when asked. */
export function initCommand(folder: string, { force, json }: GlobalOptions & { force?: boolean }): ExitCode {
  const existing = Object.keys(FILES).filter((name) => existsSync(join(folder, name)));
  if (existsSync(join(folder, 'flujo.toml')) && !force) {
    throw new CommandError(EXIT.usage, `A Flujo project is already in ${folder}. Overwrite it with --force`);
  }
  // A .gitignore may hold more than ours.
  const written = Object.keys(FILES).filter((name) => name !== '.gitignore' || !existing.includes(name));
  const overwritten = existing.filter((name) => written.includes(name));
  mkdirSync(folder, { recursive: true });
  for (const name of written) writeFileSync(join(folder, name), FILES[name]!);
  if (json) outJson({ folder, written, overwritten });
  else {
    if (overwritten.length > 0) out(`Overwrote: ${overwritten.join(', ')}`);
    out(`Wrote ${written.join(', ')} to ${folder}`);
    out(`Next: ${folder === '.' ? '' : `cd ${folder} && `}flujo run pipeline.yaml --dev --input Ada`);
  }
  return EXIT.ok;
}
