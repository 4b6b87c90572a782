/** What the visitor's browser remembers, under Affitor's names: servers and payment metadata read these cookies. */
import Cookies from "js-cookie";
import { attempt } from "./attempt.ts";
import type { ClickBody } from "./capture.ts";
import type { Answer } from "./send.ts";

const CLICK_ID = "affitor_click_id";
/** The ids that this browser has had, newest last, joined by "|". */
const CLICK_IDS = "affitor_click_ids";
const MAX_CLICK_IDS = 20;
/** Of the last landing, URL-encoded. */
const AFFILIATE_URL = "affitor_aff_url";
/** How older integrations call the click id. */
const LEGACY_CLICK_ID = "customer_code";
const PROBE = "affitor_probe";

/** undefined for a new visitor, and where cookies are forbidden. */
export function knownClickId(): string | undefined {
  return attempt(() => Cookies.get(CLICK_ID) || Cookies.get(LEGACY_CLICK_ID));
}

/**
 * Keeps the answer's id for the answer's window, on the broadest domain that the browser accepts.
 *
 * @throws where cookies are forbidden.
 */
export function keepClick(click: ClickBody, { click_id: id, cookie_window_days: days }: Answer): void {
  if (!id) return;
  const jar = Cookies.withAttributes({
    expires: days,
    domain: broadestDomain(),
    secure: location.protocol === "https:",
    sameSite: "Lax",
  });
  // An id that appeared with the answer was set by the collector. Safari forgets a script's cookies after seven days,
  // but not that one: it stays as it is.
  if (Cookies.get(CLICK_ID) !== id || click.existing_click_id === id) jar.set(CLICK_ID, id);
  jar.set(
    CLICK_IDS,
    (Cookies.get(CLICK_IDS) || "")
      .split("|")
      .filter((known) => known && known !== id)
      .concat(id)
      .slice(-MAX_CLICK_IDS)
      .join("|"),
  );
  // js-cookie alone would leave "?", "&", "=" and "+" as they are.
  jar.withConverter({ write: (value) => encodeURIComponent(value) }).set(AFFILIATE_URL, click.affiliate_url);
}

/**
 * The browser knows the public suffixes: of "www.shop.co.uk" it refuses "uk" and "co.uk", and takes "shop.co.uk".
 * On localhost and on IP addresses it takes the whole name only, and makes of it a host-only cookie.
 */
function broadestDomain(): string {
  let domain = "";
  for (const label of location.hostname.split(".").reverse()) {
    domain = label + (domain && `.${domain}`);
    Cookies.set(PROBE, domain, { domain });
    if (Cookies.get(PROBE) === domain) {
      Cookies.remove(PROBE, { domain });
      break;
    }
  }
  return domain;
}
