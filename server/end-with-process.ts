import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Ends the process `pid` when this one ends, in whatever way, `kill -9` too. The result takes that back.
 *
 * Servers have process groups of their own, so that Ctrl-C does not reach them before their worker has stopped; the price is that nothing
 * ends them when this process does. So a shell waits on a pipe that only this process holds: the system closes it, or we write a line.
 */
export function endWithProcess(pid: number): () => Promise<void> {
  const shell = spawn('/bin/sh', ['-c', 'read -r line || kill "$0"', String(pid)], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = new Promise<void>((resolve) => {
    // Without a shell the process may outlive this one; nothing else is lost.
    shell.once('error', () => resolve()).once('exit', () => resolve());
  });
  const pipe = shell.stdin as Socket; // Node makes a socket of each pipe.
  pipe.on('error', () => undefined);
  pipe.unref();
  shell.unref();
  return () => {
    shell.ref();
    pipe.end('\n');
    return ended;
  };
}
