/** Waits for what another process does and does not announce. */

/** @throws {Error} when `condition` has not come true within `boundMs` */
export async function until(
  condition: () => boolean | Promise<boolean>,
  boundMs: number,
  what = condition.toString(),
  everyMs = 20,
): Promise<void> {
  const deadline = performance.now() + boundMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Not within ${boundMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
