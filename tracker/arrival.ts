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
 * Looks whether the address is a landing; never throws, for an app's own moves come this way.
 *
 * @param from the document's load; of a move inside it, the browser's event, or nothing.
 */
export function look({ name, type }: { name?: string; type?: string } = {}): void {
  attempt(() => {
    // An app's router may have stripped the address already; the browser knows what was asked for.
    const url = [location.href, name].find(landingOf);
    // Of "navigate" and "prerender", beside "reload", "back_forward", "popstate" and "currententrychange".
    if (url) held.push([captureClick(url), /^n|pr/.test(type!)]);
    else say(NOT_A_LANDING);
    settle();
  });
}

/** Counts the landings that are held, once the visitor allows it, and sends what earlier pages could not. */
export function settle(): void {
  if (affitor._granted) {
    for (const [click, arrived] of held.splice(0)) {
      const landing = landingOf(click.affiliate_url)!;
      const visit = tabStore[VISIT] || newId();
      const outside = !`.${document.referrer.split(/[/:]/)[3]}`.endsWith(`.${broadestDomain()}`);
      // A second partner's link has something new; what an app keeps of a landing's address has not.
      const isNew = (one: string) =>
        !`${[visit, outside || landingOf(knownAffiliateUrl())]},`.includes(`${one},`);
      if ((outside && arrived) || landing.some(isNew)) {
        attempt(() => (tabStore[VISIT] = visit + "," + landing));
        click.session_id = visit.split(",")[0]!;
        remember(click, /affitor_test=1/.test(landing as unknown as string));
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
