// `npm run bench -- NAME`: prints a table and, as its last line, the verdict; exit 1 when a goal is missed.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const [name] = process.argv.slice(2);
const known = readdirSync(at('bench')).map((file) => file.replace(/\.ts$/, ''));
if (!name || !existsSync(at(`bench/${name}.ts`))) {
  process.stderr.write(`Which one? npm run bench -- ${known.join(' | ')}\n`);
  process.exitCode = 2;
} else {
  const child = spawn(process.execPath, ['--import', 'tsx', at(`bench/${name}.ts`)], { cwd: at('.'), stdio: 'inherit' });
  child.once('exit', (code) => (process.exitCode = code ?? 1));
}
