import { constants } from 'node:os';

/**
 * Servers that this process has started. They have process groups of their own, so that Ctrl-C does not reach them before their worker
 * has stopped; the price is that nothing ends them when this process ends early, during the start for instance. This does.
 */
const running = new Set<number>();
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ends the process `pid` when this one exits by itself or by a signal that nobody else handles. The result takes that back. */
export function endWithProcess(pid: number): () => void {
  if (running.size === 0) watch();
  running.add(pid);
  return () => {
    if (running.delete(pid) && running.size === 0) unwatch();
  };
}

function watch(): void {
  process.on('exit', endAll);
  // First in the line, where listeners that hear only one signal still count.
  for (const signal of SIGNALS) process.prependListener(signal, exitUnlessHandled);
}

function unwatch(): void {
  process.off('exit', endAll);
  for (const signal of SIGNALS) process.off(signal, exitUnlessHandled);
}

function endAll(): void {
  for (const pid of running) {
    try {
      process.kill(pid, 'SIGTERM');
    } catch {
      // It is gone already.
    }
  }
}

function exitUnlessHandled(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal]);
}
