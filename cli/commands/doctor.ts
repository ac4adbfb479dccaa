import { BUILT_IN_PROVIDERS } from '../../activities/agent/requirements.js';
import { EXIT, type ExitCode } from '../exit.js';
import { green, out, outJson, red, yellow } from '../terminal.js';
import { connectClient, loadModules, openConfig, taskQueueOf, type GlobalOptions } from '../workspace.js';
import { messageOf } from '../exit.js';

interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
}

/** Oldest servers without known flaws across namespaces, by minor version. */
const SAFE: { readonly [minor: string]: number } = { '1.29': 5, '1.30': 3 };

/** Is everything there that runs need: configuration, server, worker, modules, keys? */
export async function doctorCommand(options: GlobalOptions): Promise<ExitCode> {
  const config = openConfig(options);
  const checks: Check[] = [
    { name: 'node', state: 'ok', detail: process.version },
    { name: 'configuration', state: 'ok', detail: config.file ?? 'none (defaults)' },
    await checkModules(() => loadModules(config)),
    ...checkKeys(config.env),
  ];
  try {
    const client = await connectClient(config, options);
    try {
      const { serverVersion } = await client.temporal.workflowService.getSystemInfo({});
      checks.push(checkVersion(client.address, serverVersion ?? ''));
      const taskQueue = taskQueueOf(config, options);
      const { pollers } = await client.temporal.workflowService.describeTaskQueue({
        namespace: client.namespace,
        taskQueue: { name: taskQueue },
        taskQueueType: 1,
      });
      const hasPoller = (pollers?.length ?? 0) > 0;
      checks.push({
        name: 'worker',
        state: hasPoller ? 'ok' : 'warning',
        detail: hasPoller ? `polls '${taskQueue}'` : `none polls '${taskQueue}': start one with 'flujo worker'`,
      });
      const hasAttributes = await client.hasSearchAttributes();
      checks.push({
        name: 'search attributes',
        state: hasAttributes ? 'ok' : 'warning',
        detail: hasAttributes ? 'present' : 'not in this namespace; runs work without',
      });
    } finally {
      await client.close();
    }
  } catch (error) {
    checks.push({ name: 'server', state: 'failed', detail: messageOf(error) });
  }
  if (options.json) outJson({ ok: checks.every(({ state }) => state !== 'failed'), checks });
  else for (const check of checks) out(`${SIGNS[check.state]} ${check.name}: ${check.detail}`);
  return checks.some(({ state }) => state === 'failed') ? EXIT.failed : EXIT.ok;
}

const SIGNS = { ok: green('✓'), warning: yellow('!'), failed: red('✗') } as const;

async function checkModules(load: () => Promise<{ tools: object } | null>): Promise<Check> {
  try {
    const registry = await load();
    const tools = Object.keys(registry?.tools ?? {});
    return { name: 'tools', state: 'ok', detail: registry ? tools.join(', ') || 'none' : 'no modules configured' };
  } catch (error) {
    return { name: 'tools', state: 'failed', detail: messageOf(error) };
  }
}

function checkKeys(env: { readonly [name: string]: string | undefined }): Check[] {
  return Object.values(BUILT_IN_PROVIDERS).map(({ kind, keyEnv }) => {
    const isSet = Boolean(env[keyEnv]);
    return { name: `key of ${kind}`, state: 'ok', detail: isSet ? `${keyEnv} is set` : `${keyEnv} is not set` };
  });
}

function checkVersion(address: string, version: string): Check {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => parseInt(part, 10));
  const safePatch = SAFE[`${major}.${minor}`];
  const isOld = major < 1 || (major === 1 && (minor < 29 || (safePatch !== undefined && patch < safePatch)));
  const detail = `${version} at ${address}`;
  return isOld
    ? { name: 'server', state: 'failed', detail: `${detail} has known flaws across namespaces; use 1.29.5, 1.30.3 or newer` }
    : { name: 'server', state: 'ok', detail };
}
