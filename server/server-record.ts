import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `server.json`: the server that runs on a folder's state. */
export interface ServerRecord {
  readonly pid: number;
  readonly port: number;
  readonly uiPort: number | null;
}

const fileIn = (folder: string): string => join(folder, 'server.json');

/** Makes the folder, which keeps itself out of the user's repository. */
export function prepareStateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const ignore = join(folder, '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
}

export function recordServer(folder: string, record: ServerRecord): void {
  writeFileSync(fileIn(folder), `${JSON.stringify(record)}\n`);
}

/** Null when no server is noted, or when the noted one is gone, killed before it could be forgotten. */
export function readServerRecord(folder: string): ServerRecord | null {
  try {
    const record = JSON.parse(readFileSync(fileIn(folder), 'utf8')) as ServerRecord; // Only this file writes it; a torn one throws.
    return isAlive(record.pid) ? record : null;
  } catch {
    return null;
  }
}

/** To be called when the server has ended; one that was started since stays noted. */
export function forgetServer(folder: string): void {
  if (readServerRecord(folder) === null) rmSync(fileIn(folder), { force: true });
}

function isAlive(pid: number): boolean {
  try {
    // Zero and less would mean groups.
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // kill() throws nothing else.
  }
}
