import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NoServerError } from './errors.js';

export interface ConnectOptions {
  /** `host:port`; wins over `TEMPORAL_ADDRESS` and profiles. */
  readonly address?: string | undefined;
  readonly namespace?: string | undefined;
  /** Used where neither the option nor the environment says otherwise. */
  readonly fallback?: { readonly address?: string | undefined; readonly namespace?: string | undefined };
  readonly env?: { readonly [name: string]: string | undefined };
}

const DEFAULT_ADDRESS = '127.0.0.1:7233';
/** Milliseconds until a server that does not answer is given up. */
const CONNECT_TIMEOUT = 5_000;

export interface Connected {
  readonly client: Client;
  readonly connection: Connection;
  readonly address: string;
  readonly namespace: string;
}

/** Connects by the standard `TEMPORAL_*` variables and profiles. @throws NoServerError in one line when nobody answers. */
export async function connect(options: ConnectOptions = {}): Promise<Connected> {
  const { connectionOptions, address, namespace } = connectionSettings(options);
  try {
    const connection = await Connection.connect({ ...connectionOptions, address, connectTimeout: CONNECT_TIMEOUT });
    return { client: new Client({ connection, namespace }), connection, address, namespace };
  } catch (error) {
    const reason = describe(error);
    throw new NoServerError(`No Temporal server at ${address}${reason}. Start one with 'flujo dev', or add --dev`, { cause: error });
  }
}

/** Address, namespace and the rest of the connection, by option, environment, fallback, default in this order. */
export function connectionSettings({ address, namespace, fallback = {}, env = process.env }: ConnectOptions) {
  const set = Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
  const { connectionOptions, namespace: configured } = loadClientConnectConfig({ overrideEnvVars: set });
  return {
    connectionOptions,
    address: address ?? connectionOptions.address ?? fallback.address ?? DEFAULT_ADDRESS,
    namespace: namespace ?? configured ?? fallback.namespace ?? 'default',
  };
}

/** TLS and authorisation faults are worth naming; a refused connection says enough by itself. */
function describe(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const detail = /certificate|TLS|SSL|UNAUTHENTICATED|PERMISSION_DENIED/i.exec(message);
  return detail ? ` (${message.split('\n')[0]!.slice(0, 120)})` : '';
}
