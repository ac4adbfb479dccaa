import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, connectionSettings, type ConnectOptions } from '../../../client/connect.js';
import { InvalidConnectionError, NoServerError } from '../../../client/errors.js';

let folder: string;
let profiles: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'flujo-connect-'));
  profiles = join(folder, 'temporal.toml');
  writeFileSync(profiles, '[profile.cloud]\naddress = "cloud.example:7233"\nnamespace = "ns.acct"\napi_key = "secret"\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Without the profiles of whoever runs the tests. */
const none = { TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml' };

describe('a connection', () => {
  it.each<[string, ConnectOptions, { address: string; namespace: string }]>([
    ['is to this machine by default', { env: none }, { address: '127.0.0.1:7233', namespace: 'default' }],
    [
      'is as the configuration says, before the default',
      { env: none, fallback: { address: 'file:1', namespace: 'file' } },
      { address: 'file:1', namespace: 'file' },
    ],
    [
      'is as the environment says, before the configuration',
      { env: { ...none, TEMPORAL_ADDRESS: 'env:1', TEMPORAL_NAMESPACE: 'env' }, fallback: { address: 'file:1', namespace: 'file' } },
      { address: 'env:1', namespace: 'env' },
    ],
    [
      'is as the option says, before the environment',
      { env: { ...none, TEMPORAL_ADDRESS: 'env:1', TEMPORAL_NAMESPACE: 'env' }, address: 'flag:1', namespace: 'flag' },
      { address: 'flag:1', namespace: 'flag' },
    ],
    ['takes an empty option for none', { env: none, address: '', namespace: '' }, { address: '127.0.0.1:7233', namespace: 'default' }],
  ])('%s', (_, options, expected) => expect(connectionSettings(options)).toMatchObject(expected));

  it('is as a profile says, its key and TLS too', () => {
    const env = { TEMPORAL_CONFIG_FILE: profiles, TEMPORAL_PROFILE: 'cloud' };
    expect(connectionSettings({ env })).toMatchObject({
      address: 'cloud.example:7233',
      namespace: 'ns.acct',
      connectionOptions: { apiKey: 'secret', tls: true },
    });
  });

  it('to an own server reads no variable', () => {
    expect(connectionSettings({ address: '127.0.0.1:1', namespace: 'dev', env: null })).toEqual({
      address: '127.0.0.1:1',
      namespace: 'dev',
      connectionOptions: {},
    });
  });
});

describe('C03 settings that cannot be used are told in one line', () => {
  it.each<[string, () => { [name: string]: string }]>([
    ['an unknown profile', () => ({ TEMPORAL_CONFIG_FILE: profiles, TEMPORAL_PROFILE: 'nope' })],
    [
      'a missing certificate',
      () => ({ ...none, TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere.pem', TEMPORAL_TLS_CLIENT_KEY_PATH: '/nowhere.key' }),
    ],
    [
      'a file of profiles that is no TOML, whose keys are not quoted',
      () => {
        const broken = join(folder, 'broken.toml');
        writeFileSync(broken, '[profile.default]\napi_key = "secret\n');
        return { TEMPORAL_CONFIG_FILE: broken };
      },
    ],
  ])('%s', (_, env) => {
    const read = () => connectionSettings({ env: env() });
    expect(read).toThrow(InvalidConnectionError);
    expect(read).toThrow(/^TEMPORAL_\* variables or profile: [^\n]+$/);
    expect(read).not.toThrow(/secret/);
  });

  it('nobody listens, or what listens speaks another protocol, or no TLS; no key is told', async () => {
    const server = createServer((socket) => void socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `localhost:${(server.address() as { port: number }).port}`;
    const refused = connect({ address: '127.0.0.1:1', env: none }).catch((thrown: unknown) => thrown as Error);
    const [plain, tls] = await Promise.all(
      [none, { ...none, TEMPORAL_API_KEY: 'secret\nkey' }].map((env) =>
        connect({ address, env }).catch((thrown: unknown) => thrown as Error),
      ),
    );
    server.close();
    expect(await refused).toBeInstanceOf(NoServerError);
    expect(await refused).toMatchObject({ message: "No Temporal server at 127.0.0.1:1. Start one with 'flujo dev', or add --dev" });
    expect(plain).toMatchObject({
      name: 'NoServerError',
      message: expect.stringContaining(`No Temporal server at ${address}.`) as unknown,
    });
    expect(tls).toMatchObject({
      name: 'NoServerError',
      message: `No Temporal server at ${address} that answers with TLS. Start one with 'flujo dev', or add --dev`,
    });
  });
});
