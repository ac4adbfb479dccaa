import { say } from './terminal.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Waits for SIGINT or SIGTERM, or for `ended`; then stops. A signal while it stops ends the process at once. */
export async function untilInterrupted(ended: Promise<void>, stop: () => Promise<void>): Promise<void> {
  let isStopping = false;
  let interrupt!: () => void;
  const interrupted = new Promise<void>((resolve) => (interrupt = resolve));
  // One handler all the time: between two of them a signal would kill, and the code would not be ours.
  const onSignal = () => {
    if (isStopping) process.exit(0);
    isStopping = true;
    interrupt();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    await Promise.race([interrupted, ended]);
    isStopping = true;
    say('Stopping…');
    await stop();
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal);
  }
}
