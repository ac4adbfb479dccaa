import { describe, expect, it } from '@jest/globals';
import { connectOptions, providersOf, scriptsOf, taskQueueOf } from '../../../cli/workspace.js';
import { sarifOf } from '../../../cli/sarif.js';
import type { Config } from '../../../config/load-config.js';
import { parseConfig } from '../../../config/parse-config.js';

const configOf = (text: string, env: { [name: string]: string } = {}): Config => ({
  file: '/project/flujo.toml',
  folder: '/project',
  document: parseConfig(text, 'flujo.toml'),
  env,
});

describe('providers', () => {
  const config = configOf(`[providers.local]
base_url = "http://127.0.0.1:8000/v1"
api_key_env = "LOCAL_KEY"
[providers.scripted]
script = "./models.yaml"
[providers.openai]
structured = "json"
[providers.empty]
`);

  it('are endpoints, how a built-in one is asked, or nothing', () => {
    expect(providersOf(config)).toEqual({
      local: { kind: 'openai-compatible', baseUrl: 'http://127.0.0.1:8000/v1', apiKeyEnv: 'LOCAL_KEY' },
      openai: { structured: 'json' },
    });
  });

  it('with a script are where it is served', () => {
    expect(providersOf(config, { scripted: 'http://127.0.0.1:9/v1' })['scripted']).toEqual({
      kind: 'openai-compatible',
      baseUrl: 'http://127.0.0.1:9/v1',
    });
    expect(scriptsOf(config)).toEqual({ scripted: '/project/models.yaml' });
  });
});

describe('where a command connects', () => {
  const config = configOf('[temporal]\naddress = "file:1"\ntask_queue = "file"\n', { TEMPORAL_ADDRESS: 'env:1' });

  it('is as flags, environment and file say', () => {
    expect(connectOptions(config, { address: 'flag:1' }, null)).toEqual({
      address: 'flag:1',
      namespace: undefined,
      fallback: { address: 'file:1', task_queue: 'file' },
      env: { TEMPORAL_ADDRESS: 'env:1' },
    });
  });

  it('is its own server where it has started one, whatever they say', () => {
    const own = { address: '127.0.0.1:5', namespace: 'dev' };
    expect(connectOptions(config, { address: 'flag:1', namespace: 'flag' }, own)).toEqual({ ...own, env: null });
  });

  it.each<[flag: string | undefined, text: string, queue: string]>([
    [undefined, '', 'flujo'],
    [undefined, '[temporal]\ntask_queue = "file"', 'file'],
    ['flag', '[temporal]\ntask_queue = "file"', 'flag'],
  ])('and the task queue: flag %s, file %j', (taskQueue, text, queue) => {
    expect(taskQueueOf(configOf(text), taskQueue === undefined ? {} : { taskQueue })).toBe(queue);
  });
});

it('29.4 findings in SARIF have their rules, each once, and their places', () => {
  const at = { file: 'p.yaml', line: 3, column: 5 };
  const finding = { code: 'V-A1', severity: 'error', message: 'no agent', path: 's', pointer: '/steps/0', position: at } as const;
  const warning = { code: 'V-U2', severity: 'warning', message: 'No price', path: 't', pointer: '/steps/1' } as const;
  expect(sarifOf([finding, finding, warning], 'given.yaml')).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'flujo-validate',
            rules: ['V-A1', 'V-U2'].map((id) => ({
              id,
              name: id,
              shortDescription: { text: expect.any(String) as unknown },
              fullDescription: { text: expect.any(String) as unknown },
              helpUri: `docs/diagnostics.md#${id.toLowerCase()}`,
            })),
          },
        },
        results: [
          {
            ruleId: 'V-A1',
            level: 'error',
            locations: [{ physicalLocation: { artifactLocation: { uri: 'p.yaml' }, region: { startLine: 3, startColumn: 5 } } }],
          },
          { ruleId: 'V-A1' },
          { ruleId: 'V-U2', level: 'warning', locations: [{ physicalLocation: { artifactLocation: { uri: 'given.yaml' } } }] },
        ],
      },
    ],
  });
});
