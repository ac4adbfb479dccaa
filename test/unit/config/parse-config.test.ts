import { describe, expect, it } from '@jest/globals';
import { ConfigError, parseConfig } from '../../../config/parse-config.js';

const failure = (text: string): string => {
  try {
    parseConfig(text, 'flujo.toml');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('The configuration was accepted');
};

describe('a configuration', () => {
  it('may be empty', () => {
    expect(parseConfig('', 'flujo.toml')).toEqual({
      temporal: {},
      worker: {},
      providers: {},
      prices: {},
      budgets: { pipeline: {} },
      template: {},
    });
  });

  it('has durations in milliseconds and money as decimal text', () => {
    const text = `
env_file = ".env"
[temporal]
address = "db.example:7233"
namespace = "team"
task_queue = "reports"
[worker]
modules = ["./tools.ts"]
concurrency = 7
heartbeat_timeout = "10s"
call_timeout = "2h"
[providers.local]
kind = "openai-compatible"
base_url = "http://127.0.0.1:8000/v1"
api_key_env = "LOCAL_KEY"
structured = "json"
[budgets.default]
cost_usd = 1.50
tokens = 100
[budgets.pipeline."report-*"]
cost_usd = "0.0000001"
[template]
undefined = "warn"
`;
    expect(parseConfig(text, 'flujo.toml')).toEqual({
      env_file: '.env',
      temporal: { address: 'db.example:7233', namespace: 'team', task_queue: 'reports' },
      worker: { modules: ['./tools.ts'], concurrency: 7, heartbeat_timeout: 10_000, call_timeout: 7_200_000 },
      providers: {
        local: { kind: 'openai-compatible', base_url: 'http://127.0.0.1:8000/v1', api_key_env: 'LOCAL_KEY', structured: 'json' },
      },
      prices: {},
      budgets: { default: { costUsd: '1.5', tokens: 100 }, pipeline: { 'report-*': { costUsd: '0.0000001' } } },
      template: { undefined: 'warn' },
    });
  });
});

describe('a fault of a configuration is told with file and line', () => {
  it.each<[text: string, message: string]>([
    ['a = ', 'flujo.toml:1:5: Invalid TOML document: invalid value'],
    ['[temporal]\nadress = "x"', "flujo.toml:2: Unknown key 'temporal.adress'. Did you mean 'address'?"],
    ['\n[tempral]\naddress = "x"', "flujo.toml:2: Unknown key 'tempral'. Did you mean 'temporal'?"],
    ['[budgets.default]\ncost = 1', "flujo.toml:2: Unknown key 'budgets.default.cost'. Did you mean 'cost_usd'?"],
    ['[budgets.default]\nmoney = 1', "flujo.toml:2: Unknown key 'budgets.default.money'. Known: cost_usd, tokens"],
    ['[budgets.pipeline."re-*"]\ntoken = 1', "flujo.toml:2: Unknown key 'budgets.pipeline.re-*.token'. Did you mean 'tokens'?"],
    ['temporal.adress = "y"', "flujo.toml:1: Unknown key 'temporal.adress'. Did you mean 'address'?"],
    ['worker = "x"', 'flujo.toml:1: Invalid configuration structure: [worker] must be a table, got string'],
    ['providers = 3', 'flujo.toml:1: Invalid configuration structure: [providers] must be a table, got number'],
    ['prices = [1]', 'flujo.toml:1: Invalid configuration structure: [prices] must be a table, got array'],
    ['[budgets]\npipeline = true', 'flujo.toml:2: Invalid configuration structure: [budgets.pipeline] must be a table, got boolean'],
    ['[[temporal]]\naddress = "x"', 'flujo.toml:1: Invalid configuration structure: [temporal] must be a table, got array'],
    ['[temporal]\naddress = 3', 'flujo.toml:2: temporal.address: expected string, received number'],
    ['[worker]\nheartbeat_timeout = "soon"', 'flujo.toml:2: worker.heartbeat_timeout: expected a duration such as "30s", got "soon"'],
    ['[worker]\nconcurrency = 0', 'flujo.toml:2: worker.concurrency: Too small: expected number to be >=1'],
    ['[budgets.default]\ncost_usd = -1', 'flujo.toml:2: budgets.default.cost_usd: expected an amount of USD, 0 or more, got -1'],
    ['[prices."a:b"]\noutput_per_million = 1', 'flujo.toml:1: prices.a:b.input_per_million is missing'],
    ['[providers.x]\nbase_url = "not a url"', 'flujo.toml:2: providers.x.base_url: Invalid URL'],
  ])('%j', (text, message) => expect(failure(text)).toBe(message));

  it('all of them at once', () => {
    expect(failure('[temporal]\nadress = "x"\n[worker]\nmodule = []').split('\n')).toEqual([
      "flujo.toml:2: Unknown key 'temporal.adress'. Did you mean 'address'?",
      "flujo.toml:4: Unknown key 'worker.module'. Did you mean 'modules'?",
    ]);
  });

  it('names like those of built-in properties are plain data', () => {
    const { providers } = parseConfig('[providers.constructor]\nbase_url = "http://127.0.0.1/"', 'flujo.toml');
    expect(Object.keys(providers)).toEqual(['constructor']);
    expect(failure('[providers.toString]\ntoString = 1')).toContain("Unknown key 'providers.toString.toString'");
  });
});
