/** The steps that only a visitor can prove: the click, and its cookie. Pure. */

import { clickCookie } from "../../inbound/click-cookie.ts";
import { onOwnHosts } from "../../own-hosts.ts";
import type { SetUpProgram } from "../setup/program.ts";
import type { FirstClick } from "./first-click.ts";
import { type Found, ok, problem, waiting } from "./step.ts";

/** @param link a referral link of the program, to be opened. */
export function clickStep(
  click: FirstClick | undefined,
  program: SetUpProgram,
  since: number,
  link: string | undefined,
): Found {
  if (!click) {
    const what = link ? `Open ${link}` : "Make a referral link of this program and open it";
    return waiting(
      `No click since ${new Date(since).toISOString().slice(0, 19)}Z`,
      `${what} in a browser without an ad blocker. With affitor_debug=1 in the address the console says what the script decides.`,
    );
  }
  const kind = click.id === null ? "A test click" : "A click";
  const page = click.page_url === null ? null : URL.parse(click.page_url);
  if (!page) return ok(`${kind} arrived, which names no page`);
  if (!onOwnHosts(page.href, program)) {
    return problem(
      `${kind} arrived from ${page.hostname}, which is none of the program's domains`,
      `If the page is the merchant's, add ${page.hostname} to the program's domains.`,
    );
  }
  const words = `${kind} arrived from ${page.hostname}`;
  if (!click.is_bot) return ok(words);
  return ok(`${words}, from a bot`, "Headless browsers count as bots: recorded, not counted, not forwarded.");
}

/** @param page where the visitor is: the click's page, or else the landing page. */
export function cookieStep(
  click: FirstClick | undefined,
  program: SetUpProgram,
  page: URL,
  collector: URL,
): Found {
  const byServer = clickCookie(collector, page, program, "x") !== undefined;
  const who = byServer
    ? `The collector sets the cookie itself: it is on ${page.hostname}'s own domain, and Safari keeps it for the whole window`
    : "The script sets the cookie, which Safari keeps for 7 days";
  const better = byServer ? undefined : remedy(program, page, collector);
  if (click?.returned) return ok(`A visitor came back with the cookie. ${who}`, better);
  if (click?.forgotten) {
    return problem(
      `The same browser came twice, and the second time without the cookie. ${who}`,
      "The page or the browser may refuse cookies: look for a consent tool that takes them away, a private window, or a sandboxed frame.",
    );
  }
  if (click?.id === null) {
    return waiting(`A test click sets no cookie. ${who}`, "Open a referral link without affitor_test=1.");
  }
  const open = click ? "Open a referral link once more in the same browser, to see it come back." : undefined;
  const hint = [open, better].filter(Boolean).join(" ");
  return waiting(`No visitor came twice yet. ${who}`, hint || undefined);
}

/** What keeps the collector from setting the cookie itself. */
function remedy(program: SetUpProgram, page: URL, collector: URL): string {
  // A collector on the page's own host could: what is missing then is another host for this one.
  if (clickCookie(page, page, program, "x")) {
    const sameScheme = new URL(collector);
    sameScheme.protocol = page.protocol;
    if (clickCookie(sameScheme, page, program, "x")) {
      return "For longer, serve the page and the collector both over https: to a browser they are two sites now.";
    }
    return `For longer, put the collector under ${page.hostname}'s own domain; it is ${collector.host}.`;
  }
  return `For longer, add ${page.hostname} to the program's domains, with the collector under the same domain.`;
}
