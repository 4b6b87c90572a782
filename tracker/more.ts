/**
 * What few pages want, in a file that only these load: the explanations of data-debug, and the merchant's other
 * domains of data-domains. tracker.ts and this file are built apart and share nothing but the arguments below, which
 * keep their meaning: a pinned tracker of an earlier deployment loads the latest of this file.
 */
import { adopt } from "./adopt.ts";
import { carry } from "./carry.ts";
import { explain } from "./explain.ts";
import { follow } from "./follow.ts";
import { CONSENT, type Line } from "./log.ts";
import { sayWaiting } from "./waiting.ts";

let explaining = false;
let carrying = false;

/**
 * @param lines what the tracker decided; goes on growing.
 * @param domains of data-domains.
 */
export default function more(lines: Line[], domains: string | undefined): void {
  const affitor = window.affitor!;
  // A router may have stripped the address already.
  const hrefs = [location.href, ...performance.getEntriesByType("navigation").map(({ name }) => name)];
  if (affitor.debugMode && !explaining) {
    explaining = true;
    console.info("[Clickferry]", "explains itself; the page's data:", affitor.getData());
    follow(lines, (line) => console.info("[Clickferry]", ...explain(line)));
    sayWaiting(lines, hrefs);
  }
  if (domains && !carrying) {
    carrying = true;
    const hosts = domains.split(/[\s,]+/).filter(Boolean);
    let granted = false;
    follow(lines, ([said, about]) => {
      if (said !== CONSENT || granted === about) return;
      granted = about as boolean;
      // After a no, which took it back, as well.
      const decided = granted && adopt(hrefs, hosts);
      if (decided) lines.push(decided);
    });
    carry(hosts, () => (granted ? affitor.clickId : undefined));
  }
}
