import { execFile } from 'node:child_process';
import { createConnection } from 'node:net';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether something listens there. */
export function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: 1_000 });
    const answer = (isOpen: boolean) => () => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', answer(true)).once('error', answer(false)).once('timeout', answer(false));
  });
}

/** Whether a Temporal server answers there that it serves; `cli` is the binary to ask with. */
export async function isServing(cli: string, host: string, port: number): Promise<boolean> {
  if (!(await accepts(host, port))) return false;
  const command = ['operator', 'cluster', 'health', '--address', `${host}:${port}`, '--command-timeout', '2s'];
  try {
    // The user's profile and TEMPORAL_* variables may be about a cloud: a key or a certificate would spoil the question.
    const { stdout } = await run(cli, [...command, '--disable-config-file', '--disable-config-env'], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
      timeout: 10_000,
    });
    return stdout.includes('SERVING') && !stdout.includes('NOT_SERVING');
  } catch {
    return false;
  }
}
