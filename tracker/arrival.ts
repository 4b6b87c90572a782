/** Which landings are clicks: people who arrived, not pages that were shown again. */

import { affitor } from "./affitor.ts";
import { attempt } from "./attempt.ts";
import { type ClickBody, captureClick } from "./capture.ts";
import { broadestDomain, knownAffiliateUrl } from "./cookie.ts";
import { newId } from "./id.ts";
import { landingOf } from "./landing.ts";
import { NOT_A_LANDING, SEEN_BEFORE, say } from "./log.ts";
import { remember, sendPending } from "./pending.ts";
import { tabStore, VISIT } from "./store.ts";

/** Landings that wait for consent. */
const held: [ClickBody, arrived: boolean][] = [];

/**
 * Looks whether the address is a landing.
 *
 * @param load the document's; none for a move inside it.
 */
export function look({ name, type }: Partial<PerformanceNavigationTiming> = {}): void {
  // An app's router may have stripped the address already; the browser knows what was asked for.
  const url = [location.href, name].find(landingOf);
  if (url) held.push([captureClick(url), /^[np]/.test(type!)]);
  else say(NOT_A_LANDING);
  settle();
}

/** Counts the landings that are held, once the visitor allows it, and sends what earlier pages could not. */
export function settle(): void {
  if (affitor._granted) {
    for (const [click, arrived] of held.splice(0)) {
      const landing = landingOf(click.affiliate_url);
      const visit = tabStore[VISIT] || newId();
      const seen = `${visit}&`.includes(`&${landing}&`);
      // Looked up last, for it writes cookies: for most visitors the landing is new.
      if (
        !(seen || landingOf(knownAffiliateUrl()!) === landing) ||
        ((arrived || !seen) && !`.${click.referrer_url.split(/[/:]/)[3]}`.endsWith(`.${broadestDomain()}`))
      ) {
        attempt(() => (tabStore[VISIT] = `${visit}&${landing}`));
        click.session_id = visit.split("&")[0]!;
        remember(click, /affitor_test=1/.test(click.affiliate_url));
      } else say(SEEN_BEFORE, landing);
    }
    sendPending();
  }
}

/** A test event of this page, for its own sake. */
export function trackTest(): void {
  if (!affitor._granted) return;
  remember(captureClick(location.href), true);
  sendPending();
}
