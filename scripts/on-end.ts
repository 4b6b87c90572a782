/** Ends the process in order when it is asked to. */

const PARENT_LOOK_MS = 500;

/**
 * Calls `close` once, at the first SIGINT, SIGTERM or SIGHUP, and exits with 0 when it is done; a second signal ends
 * the process at once. npm hands a signal that it gets to its shell alone, which dies of it and passes nothing on:
 * under `npm start` the shell's end is a request to end, too.
 */
export function onEnd(close: () => Promise<void>): void {
  let ending = false;
  function end(): void {
    if (ending) return;
    ending = true;
    clearInterval(looking);
    void close().then(() => process.exit(0));
  }

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // Miniflare's listeners end the process at once, with an exit code of failure.
    process.removeAllListeners(signal);
    process.once(signal, end);
  }
  const parent = process.ppid;
  const looking = setInterval(() => {
    if (process.env.npm_lifecycle_event && process.ppid !== parent) end();
  }, PARENT_LOOK_MS);
}
