/** What scripts cost the main thread of a page, out of Chromium's own trace. */
import type { Browser, Page } from "playwright-core";

/** What of a page's work is a script's. */
const COUNTED = new Set([
  "EvaluateScript",
  "v8.compile",
  "FunctionCall",
  "RunMicrotasks",
  "TimerFire",
  "EventDispatch",
]);

interface TraceEvent {
  name: string;
  ph: string;
  /** Microseconds. */
  ts: number;
  dur?: number;
  pid: number;
  tid: number;
  args?: { data?: { url?: string } };
}

/**
 * Does something in a page that is slowed down `slowdown` times.
 *
 * @param script how the address of the script ends; its thread is the one that is looked at.
 * @returns milliseconds of each stretch of scripting, compilation included, from the script's start on. Nothing is
 *   counted twice.
 */
export async function scripting(
  browser: Browser,
  page: Page,
  slowdown: number,
  script: string,
  act: () => Promise<unknown>,
): Promise<number[]> {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
  await browser.startTracing(page, { categories: ["devtools.timeline", "v8"] });
  await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[];
  };
  const start = traceEvents.find(
    ({ name, args }) => name === "EvaluateScript" && args?.data?.url?.endsWith(script),
  );
  if (!start) throw new Error(`${script} did not run.`);
  const spans: number[] = [];
  let end = 0;
  for (const { ts, dur = 0 } of traceEvents
    .filter(
      ({ pid, tid, ph, name }) => pid === start.pid && tid === start.tid && ph === "X" && COUNTED.has(name),
    )
    .filter(({ ts }) => ts >= start.ts)
    .sort((a, b) => a.ts - b.ts)) {
    if (ts + dur <= end) continue;
    spans.push((ts + dur - Math.max(ts, end)) / 1000);
    end = ts + dur;
  }
  return spans;
}
