import { describe, expect, test } from '@jest/globals';
import { parseDevConfig, readDevConfig } from '../../../server/dev-config.js';
import { SEARCH_ATTRIBUTES } from '../../../workflows/messages.js';

describe('temporal-dev.yml', () => {
  test('has the search attributes that runs set', () => {
    expect(readDevConfig().search_attributes).toEqual(SEARCH_ATTRIBUTES);
  });
  test('makes hops and short timers fast', () => {
    expect(readDevConfig().dynamic_config).toEqual({
      'history.transferProcessorMaxPollRPS': '2000',
      'history.timerProcessorMaxTimeShift': '"10ms"',
    });
  });
  test('pins both wheels and the binaries in them on four platforms', () => {
    const { cli, test_server: testServer } = readDevConfig();
    const sums = [cli, testServer].flatMap(({ wheels, binaries }) => [wheels, binaries]);
    for (const each of sums) expect(Object.keys(each).sort()).toEqual(['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64']);
    expect(new Set(sums.flatMap((each) => Object.values(each))).size).toBe(16);
  });
  test('that is damaged is refused with every fault', () => {
    const text = 'port: "7233"\naddress: 127.0.0.1\ncli: { package: p, wheels: { linux-x64: abc } }\n';
    let message = '';
    try {
      parseDevConfig(text, 'temporal-dev.yml');
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(/^temporal-dev\.yml is damaged: /);
    for (const fault of [
      "'namespace' is no text",
      "'port' is no whole number",
      "'cli.server' is no text",
      "'cli.wheels' has no SHA-256 sums",
      "'cli.wheels' and 'cli.binaries' have other platforms",
    ])
      expect(message).toContain(fault);
    expect(message).not.toContain("'address'");
    expect(() => parseDevConfig('[]', 'temporal-dev.yml')).toThrow('is damaged');
  });
});
