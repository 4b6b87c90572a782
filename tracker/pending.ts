/** Clicks that are not answered yet: remembered, sent, and sent again until they are. The only network code. */

import { affitor } from "./affitor.ts";
import { settle } from "./arrival.ts";
import type { ClickBody } from "./capture.ts";
import { type Answer, forget, keepClick, knownClickId } from "./cookie.ts";
import { newId } from "./id.ts";
import { ANSWERED, REMEMBERED, say, WILL_RETRY } from "./log.ts";
import { keep, store } from "./store.ts";

const DAY_MS = 864e5;
const TIMEOUT_MS = 2e4;
/** The first pause between attempts; each is longer by as much. */
const RETRY_MS = 4e3;

let retryMs = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let work: Promise<void> | undefined;

/** Makes a click durable in this browser, for a day. {@link sendPending} sends it. */
export function remember(click: ClickBody, test_mode: boolean): void {
  const event_id = newId();
  click.additional_data = { event_id, program_id: affitor.programId, test_mode };
  keep(event_id, JSON.stringify(click));
  say(REMEMBERED, click);
}

/** Sends what is unanswered, one after the other: so the second of two clicks is of the customer of the first. */
export function sendPending(): void {
  work = drain(work);
}

async function drain(before: Promise<void> | undefined): Promise<void> {
  await before;
  let again: number | undefined;
  // Oldest first: browsers list their keys in any order.
  for (const key of Object.keys(store).sort()) {
    if (/^affitor_\d/.test(key)) {
      try {
        if (Date.now() - (key.slice(8) as unknown as number) < DAY_MS) await send(JSON.parse(store[key]!));
        delete store[key];
      } catch (error) {
        again = say(WILL_RETRY, error);
      }
    }
  }
  // Withdrawn meanwhile: the answer may have brought the collector's own cookie.
  if (!affitor._granted) forget();
  if (again) {
    // One for all: every change of an app's address comes this way.
    clearTimeout(timer);
    retryMs += RETRY_MS;
    timer = setTimeout(settle, retryMs);
  }
}

/** @throws where the click is not answered: offline, blocked, a collector that fails. */
async function send(click: ClickBody): Promise<void> {
  click.existing_click_id = knownClickId();
  const response = await fetch(affitor._endpoint, {
    method: "POST",
    // A string goes as text/plain, which needs no CORS preflight: that would die when the page is left.
    body: JSON.stringify(click),
    // Outlives the page.
    keepalive: true,
    // One that hangs would hold up all others. Older browsers, without it, wait for as long as they please.
    signal: AbortSignal.timeout?.(TIMEOUT_MS),
    // Lets the collector set the cookie itself where it stands on the page's site.
    credentials: "include",
  });
  const answer: Answer = /^4(?!08|29)/.test(response.status as unknown as string)
    ? // A "no" that stays one.
      { success: response.status }
    : await response.json();
  // Any other JSON is an error's, or not the collector's.
  answer.success.valueOf();
  say(ANSWERED, answer);
  if (affitor._granted && answer.click_id) {
    keepClick(answer, click.affiliate_url);
    dispatchEvent(new CustomEvent("affitor:click", { detail: answer }));
  }
}
