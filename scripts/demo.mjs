// The main job on a bare clone: sets up what is missing, then runs the example on an embedded server.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, setup } from './setup.mjs';

const example = join(root, 'examples/support-triage');

/** The first key that is there decides; `FLUJO_MODEL` wins. */
const MODELS = [
  ['OPENAI_API_KEY', 'openai:gpt-5-mini'],
  ['ANTHROPIC_API_KEY', 'anthropic:claude-haiku-4-5'],
  ['GOOGLE_GENERATIVE_AI_API_KEY', 'google:gemini-2.5-flash'],
];

function chooseModel() {
  if (process.env.FLUJO_MODEL) return { model: process.env.FLUJO_MODEL, why: 'FLUJO_MODEL is set' };
  // Whoever serves models at a base URL may want no key, but the provider wants one to be set.
  if (process.env.OPENAI_BASE_URL && !process.env.OPENAI_API_KEY) {
    process.env.OPENAI_API_KEY = 'none';
    return { model: MODELS[0][1], why: 'OPENAI_BASE_URL is set' };
  }
  const [key, model] = MODELS.find(([name]) => process.env[name]) ?? [];
  if (model) return { model, why: `${key} is set` };
  return { model: null, why: `no ${MODELS.map(([name]) => name).join(', ')} and no FLUJO_MODEL` };
}

async function main() {
  await setup();
  const { model, why } = chooseModel();
  process.stderr.write(`model         ${model ?? 'scripted answers'} (${why})\n\n`);
  const args = [
    'run',
    join(example, 'pipeline.yaml'),
    '--config',
    join(example, 'flujo.toml'),
    '--dev',
    '--demo',
    '--input',
    '{"ticket":"tickets/1001.json"}',
  ];
  const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), ...args, ...(model ? ['--model', model] : [])], {
    stdio: 'inherit',
  });
  // The command ends what it started; this process only waits for it.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
  child.once('exit', (code) => (process.exitCode = code ?? 1));
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
