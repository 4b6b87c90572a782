/** The tracker's decisions in words, for the console. */
import type { Answer } from "./cookie.ts";
import {
  ADOPTED,
  ANSWERED,
  CONSENT,
  HELD,
  type Line,
  NOT_A_LANDING,
  NOT_ADOPTED,
  PRERENDERED,
  REMEMBERED,
  SEEN_BEFORE,
  WILL_RETRY,
} from "./log.ts";

/** Of a landing; a tracker of an earlier deployment told its first parameter alone. */
const landing = (about: unknown): string => [about].flat().join("").replace(/^&/, "");

/** @returns what console.info is given. */
export function explain([said, about]: Line): unknown[] {
  switch (said) {
    case NOT_A_LANDING:
      return ["no landing: the address has no aff or avad, so there is nothing to send"];
    case SEEN_BEFORE:
      return [
        `no new click: ${landing(about)} was counted before; this is a reload, a step back or a move inside the site`,
      ];
    case REMEMBERED:
      return ["a click: remembered in this browser for a day, and sent until it is answered", about];
    case ANSWERED:
      return typeof (about as Answer).success === "number"
        ? [`refused with status ${(about as Answer).success}: it is not sent again`]
        : ["answered; the cookies are set where the answer has a click_id", about];
    case WILL_RETRY:
      return [
        "not answered: it is sent again later, on this page or the next, and when the browser is online",
        about,
      ];
    case ADOPTED:
      return ["took over the click id in the address, which another domain of the merchant put there", about];
    case NOT_ADOPTED:
      return [
        "left the click id in the address: this browser's is not older, or it was made in the future, or the visitor came from none of data-domains",
        about,
      ];
    case HELD:
      return [`${landing(about)} waits for affitor.consent(true), in this page's memory`];
    case PRERENDERED:
      return ["this page is prerendered: everything waits until somebody looks at it"];
    case CONSENT:
      return about
        ? ["allowed to store and to send"]
        : ["not allowed to store or to send, until affitor.consent(true); what was stored is taken back"];
    default:
      return [`decision ${said}`, about];
  }
}
