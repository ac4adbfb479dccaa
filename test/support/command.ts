import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { root } from './environment.js';

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** Resolves when standard error has matched. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
}

/** The built `flujo` as a process of its own, without terminal or keys. */
export function startCommand(
  args: readonly string[],
  options: { cwd?: string; env?: { [name: string]: string }; input?: string } = {},
): Command {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    FLUJO_CACHE_DIR: join(root, '.cache'),
    NO_COLOR: '1',
    ...options.env,
  };
  const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), ...args], {
    cwd: options.cwd ?? root,
    env,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  if (options.input !== undefined) child.stdin!.end(options.input);
  let stdout = '';
  let stderr = '';
  const waiting: (() => void)[] = [];
  child.stdout!.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr!.on('data', (data: Buffer) => {
    stderr += data.toString();
    for (const look of waiting) look();
  });
  const finished = new Promise<Finished>((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
  const said = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(stderr);
        if (match) resolve(match);
      };
      waiting.push(look);
      look();
      void finished.then(() => reject(new Error(`ended without saying ${pattern}: ${stderr}`)));
    });
  // Who does not wait for it does not mind that it never comes.
  return { child, finished, said: (pattern) => withoutNoise(said(pattern)) };
}

function withoutNoise<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

export const flujo = (args: readonly string[], options?: Parameters<typeof startCommand>[1]): Promise<Finished> =>
  startCommand(args, options).finished;
