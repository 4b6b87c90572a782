/** The page → the click's body. Pure: no I/O, no clock; the page and the ids are passed in. */

/** What of a window a click is made of. */
export type Page = Pick<
  Window & typeof globalThis,
  "location" | "document" | "navigator" | "screen" | "innerWidth" | "innerHeight" | "Intl"
>;

export interface Ids {
  /** Names this click: the collector counts its repeats once. */
  _event: string;
  _session: string;
  /** The visitor's click id from before, whoever made it: the collector checks it. */
  _existing: string | undefined;
  _program: number | undefined;
}

/** The collector's fields (POST /api/v1/track/click); undefined ones are not sent. The user agent is in the header. */
export interface ClickBody {
  affiliate_url: string;
  page_url: string;
  page_title: string;
  referrer_url: string;
  session_id: string;
  /** Pixels, "1920x1080". */
  screen_resolution: string;
  viewport_size: string;
  language: string;
  timezone: string;
  existing_click_id: string | undefined;
  additional_data: { event_id: string; program_id: number | undefined };
}

/**
 * Did a referral link lead here? It says so with a non-empty `aff` or `avad` in the query or, as hash routers write
 * it, in the fragment (`#/pricing?aff=X`, `#aff=X`). A parameter of an address inside a value
 * (`?next=/x?aff=Y`) is not one of ours.
 */
export function isLanding({ search, hash }: Pick<Location, "search" | "hash">): boolean {
  return [search, hash].some((part) => /^([^?]*\?|#)(.*&)?(aff|avad)=[^&]/.test(part));
}

export function captureClick(page: Page, ids: Ids): ClickBody {
  const { document, location, screen } = page;
  return {
    affiliate_url: location.href,
    page_url:
      document.querySelector<HTMLLinkElement>("link[rel=canonical]")?.href || location.href.split(/[?#]/)[0]!,
    page_title: document.title,
    referrer_url: document.referrer,
    session_id: ids._session,
    screen_resolution: `${screen.width}x${screen.height}`,
    viewport_size: `${page.innerWidth}x${page.innerHeight}`,
    language: page.navigator.language,
    timezone: page.Intl.DateTimeFormat().resolvedOptions().timeZone,
    existing_click_id: ids._existing,
    additional_data: { event_id: ids._event, program_id: ids._program },
  };
}
