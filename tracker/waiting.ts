/** Says what the tracker itself passes over in silence: what waits, for the visitor's yes or for the visitor. */
import { attempt } from "./attempt.ts";
import { follow } from "./follow.ts";
import { landingOf } from "./landing.ts";
import { CONSENT, HELD, type Line, PRERENDERED } from "./log.ts";
import { onNavigate } from "./navigate.ts";

/** @param hrefs of the document, as it is and as it was asked for. */
export function sayWaiting(lines: Line[], hrefs: string[]): void {
  let granted: unknown;
  follow(lines, ([said, about]) => {
    if (said === CONSENT) granted = about;
  });
  const look = (href: string | undefined) => {
    if (href && !granted) lines.push([HELD, landingOf(href)]);
  };
  if ((document as { prerendering?: boolean }).prerendering) lines.push([PRERENDERED]);
  look(hrefs.find(landingOf));
  attempt(() => onNavigate(() => look([location.href].find(landingOf))));
}
