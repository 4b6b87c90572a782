/**
 * The tracker as a module, for bundled apps.
 *
 * @example
 * import { init } from "clickferry";
 * init({ program: 1, collector: "https://t.shop.example" });
 */
import { attempt } from "./attempt.ts";
import { init as start } from "./init.ts";
import type { Affitor, Options } from "./public.ts";

export type { Affitor, Data, Options } from "./public.ts";

/**
 * Starts the tracker, once: called again, or on a page with the script tag, it returns what is there. Call it before
 * the app's router starts.
 *
 * @param options with `collector`, its address without a path.
 * @returns null on a server.
 * @throws {TypeError} when the collector's address is none: in development, not because of a visitor's page.
 */
export function init({ collector, ...options }: Options & { collector: string }): Affitor | null {
  if (typeof window === "undefined") return null;
  if (!window.affitor?.loaded) {
    new URL(options.affitorApiBase || collector);
    attempt(() => start(options, collector));
  }
  return window.affitor!;
}
