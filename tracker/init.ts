/** Sets the tracker up. */
import { affitor } from "./affitor.ts";
import { look, settle } from "./arrival.ts";
import { attempt } from "./attempt.ts";
import { CONSENT, say } from "./log.ts";
import { onNavigate } from "./navigate.ts";
import type { Affitor, Options } from "./public.ts";

declare global {
  interface Window {
    affitor?: Affitor;
    affitorQueue?: { push(call: Call): unknown };
  }
}

type Call = [method: string, ...given: unknown[]];

/** @param base the collector's address, unless an option names it. */
export function init(options: Options, base: string): void {
  affitor._endpoint = new URL("/api/v1/track/click", options.affitorApiBase || base);
  affitor.init(options);
  // biome-ignore lint/suspicious/noAssignInExpressions: as in affitor.ts
  say(CONSENT, (affitor._granted = !options.consent));
  self.affitor = affitor;
  const push = (call: Call) =>
    attempt(() =>
      (affitor as unknown as Record<string, (...given: unknown[]) => void>)[call[0]]!(...call.slice(1)),
    );
  (self.affitorQueue as Call[] | undefined)?.map(push);
  self.affitorQueue = { push };
  addEventListener("online", settle);
  const start = () => {
    look(performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming);
    onNavigate(look);
  };
  if ((document as { prerendering?: boolean }).prerendering)
    document.addEventListener("prerenderingchange", start);
  else start();
}
