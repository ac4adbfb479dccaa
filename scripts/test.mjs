/** `npm test`: everything a bare clone needs, then everything that must hold. Only Node's own modules until the set-up is done. */
import { verify } from './verify.mjs';

try {
  const { setup } = await import('./setup.mjs');
  await setup({ testServer: true });
} catch (error) {
  process.stderr.write(`set-up failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.stdout.write('0 passed, 1 failed\n');
  process.exit(1);
}
if (!(await verify())) process.exitCode = 1;
