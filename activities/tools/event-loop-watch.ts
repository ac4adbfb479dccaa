/** Heartbeats come from the event loop: a tool that holds it longer than the heartbeat timeout makes every call of its worker time out. */
const WARN_AFTER_MS = 2_000;
const CHECK_EVERY_MS = 500;

/**
 * Calls `onHeld` with the milliseconds each time the event loop stood still for 2 s or more until the returned function is called.
 */
export function watchEventLoop(onHeld: (milliseconds: number) => void): () => void {
  let last = performance.now();
  const check = () => {
    const now = performance.now();
    const held = now - last - CHECK_EVERY_MS;
    last = now;
    if (held >= WARN_AFTER_MS) onHeld(Math.round(held));
  };
  const timer = setInterval(check, CHECK_EVERY_MS).unref();
  return () => {
    clearInterval(timer);
    check();
  };
}
