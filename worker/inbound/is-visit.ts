/** Whether a request for a tracking link is a visitor who follows it. Reads the request, no I/O. */

import { deviceOf } from "../clicks/derive.ts";

/**
 * Too strict loses nothing: the page that the redirect leads to has `aff`, and its tracker counts what was not counted here.
 *
 * No visits are: HEAD; crawlers, link previews, HTTP libraries and headless browsers, which deviceOf() knows, and what
 * names no user agent, as every browser does; a page fetched ahead of a click that may never come; an image, a frame or a
 * script of another page, by which a cookie could be slipped to someone who has clicked on nothing.
 */
export function isVisit({ method, headers }: Request): boolean {
  if (method !== "GET") return false;
  const purpose = headers.get("Sec-Purpose") ?? headers.get("Purpose") ?? headers.get("X-Moz") ?? "";
  if (/prefetch|prerender|preview/i.test(purpose)) return false;
  const destination = headers.get("Sec-Fetch-Dest");
  if (destination !== null && destination !== "document") return false;
  const userAgent = headers.get("User-Agent");
  return Boolean(userAgent) && !deviceOf(userAgent!).is_bot;
}
