/** The only network code. */
import type { ClickBody } from "./capture.ts";

/** Of the collector's answer, what is used. Without `click_id` (inactive link, error) there is nothing to keep. */
export interface Answer {
  click_id?: string;
  cookie_window_days?: number;
}

/** @throws when nothing or no JSON comes back: offline, blocked, or a broken collector. */
export async function sendClick(endpoint: URL, click: ClickBody): Promise<Answer> {
  const response = await fetch(endpoint, {
    method: "POST",
    // A string goes as text/plain, which needs no CORS preflight: that would die when the page is left.
    body: JSON.stringify(click),
    // Outlives the page.
    keepalive: true,
    // Lets the collector set the cookie itself where it stands on the page's site.
    credentials: "include",
  });
  return response.json();
}
