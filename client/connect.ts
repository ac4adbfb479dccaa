import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { InvalidConnectionError, NoServerError } from './errors.js';

export interface ConnectOptions {
  /** `host:port`; wins over `TEMPORAL_ADDRESS` and profiles. */
  readonly address?: string | undefined;
  readonly namespace?: string | undefined;
  /** Used where neither the option nor the environment says otherwise. */
  readonly fallback?: { readonly address?: string | undefined; readonly namespace?: string | undefined };
  /**
   * Where the `TEMPORAL_*` variables are; the process's own when absent. Null for a server that the caller started itself: variables and
   * profiles, keys and TLS above all, are about another one.
   */
  readonly env?: { readonly [name: string]: string | undefined } | null;
}

const DEFAULT_ADDRESS = '127.0.0.1:7233';
/** Milliseconds until a server that does not answer is given up: a command says so within five seconds. */
const CONNECT_TIMEOUT = 4_000;

export interface Connected {
  readonly client: Client;
  readonly connection: Connection;
  readonly address: string;
  readonly namespace: string;
}

/**
 * Connects by the standard `TEMPORAL_*` variables and profiles.
 *
 * @throws NoServerError in one line when nobody answers, InvalidConnectionError for settings that can't be used
 */
export async function connect(options: ConnectOptions = {}): Promise<Connected> {
  const { connectionOptions, address, namespace } = connectionSettings(options);
  try {
    const connection = await Connection.connect({ ...connectionOptions, address, connectTimeout: CONNECT_TIMEOUT });
    return { client: new Client({ connection, namespace }), connection, address, namespace };
  } catch (error) {
    const reason = describe(error, Boolean(connectionOptions.tls ?? connectionOptions.apiKey));
    throw new NoServerError(`No Temporal server at ${address}${reason}. Start one with 'flujo dev', or add --dev`, { cause: error });
  }
}

/** Address, namespace and the rest of the connection, by option, environment, fallback, default in this order. @throws InvalidConnectionError */
export function connectionSettings({ address, namespace, fallback = {}, env = process.env }: ConnectOptions) {
  const { connectionOptions, namespace: configured } = env === null ? { connectionOptions: {} } : readEnvironment(env);
  return {
    connectionOptions,
    // An empty option is none.
    address: (address || undefined) ?? connectionOptions.address ?? fallback.address ?? DEFAULT_ADDRESS,
    namespace: (namespace || undefined) ?? configured ?? fallback.namespace ?? 'default',
  };
}

/** What is left of a `ClientConnectConfig` that says nothing. */
type Settings = Pick<ClientConnectConfig, 'namespace'> & { connectionOptions: Partial<ClientConnectConfig['connectionOptions']> };

function readEnvironment(env: { readonly [name: string]: string | undefined }): Settings {
  const set = Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
  try {
    return loadClientConnectConfig({ overrideEnvVars: set });
  } catch (error) {
    // Later lines quote the file, keys included.
    const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new InvalidConnectionError(`TEMPORAL_* variables or profile: ${line}`, { cause: error });
  }
}

/** TLS and authorisation faults are worth naming; a refused connection says enough by itself. */
function describe(error: unknown, hasTls: boolean): string {
  const message = error instanceof Error ? error.message : '';
  const detail = /certificate|UNAUTHENTICATED|PERMISSION_DENIED/i.exec(message);
  if (detail) return ` (${message.split('\n')[0]!.slice(0, 120)})`;
  return hasTls ? ' that answers with TLS' : '';
}
