/** First-party names of the tracker: /assets/x.js instead of /tracker.js, for pages whose visitors block the name. */

import type { Env } from "./env.ts";

/** @returns undefined where the path is no alias (TRACKER_ALIASES in wrangler.toml), or the method does not read. */
export function trackerFile(request: Request, env: Env): Promise<Response> | undefined {
  const { pathname } = new URL(request.url);
  if (request.method !== "GET" && request.method !== "HEAD") return undefined;
  if (!trackerAliases(env).includes(pathname)) return undefined;
  // The file with its headers; the request's own tell what the browser has already.
  return env.ASSETS.fetch(new Request(new URL("/tracker.js", request.url), request));
}

/** Paths. */
export function trackerAliases({ TRACKER_ALIASES = "" }: Pick<Env, "TRACKER_ALIASES">): string[] {
  return TRACKER_ALIASES.split(/[\s,]+/).filter((path) => path !== "");
}
