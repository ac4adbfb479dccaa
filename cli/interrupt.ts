import { say } from './terminal.js';

/** Waits for SIGINT or SIGTERM, or for `ended`; then stops. A second signal does not wait. */
export async function untilInterrupted(ended: Promise<void>, stop: () => Promise<void>): Promise<void> {
  let interrupt!: () => void;
  const interrupted = new Promise<void>((resolve) => (interrupt = resolve));
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, interrupt);
  try {
    await Promise.race([interrupted, ended]);
    say('Stopping…');
    const hurry = () => process.exit(0);
    for (const signal of signals) process.once(signal, hurry);
    await stop();
    for (const signal of signals) process.removeListener(signal, hurry);
  } finally {
    for (const signal of signals) process.removeListener(signal, interrupt);
  }
}
