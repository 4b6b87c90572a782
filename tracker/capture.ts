/** The page → the click's body. Reads the page; no I/O, no clock. */

declare global {
  /** In Chrome 144, Firefox 139. */
  interface Window {
    Temporal?: { Now: { timeZoneId(): string } };
  }
}

/** The collector's fields (POST /api/v1/track/click). The user agent is in the header. */
export interface ClickBody {
  affiliate_url: string;
  page_url: string;
  page_title: string;
  referrer_url: string;
  /** Pixels, "1920x1080". */
  screen_resolution: string;
  viewport_size: string;
  language: string;
  timezone: string;
  /** Of the visit in this tab. */
  session_id?: string;
  /** The visitor's click id from before, as it is when the click is sent: the collector checks it. */
  existing_click_id?: string | undefined;
  additional_data?: {
    /** Names this click: the collector counts its repeats once. */
    event_id: string;
    program_id: number | undefined;
    test_mode: boolean;
  };
}

/** @param url the landing's address: the page's own may have changed since. */
export function captureClick(url: string): ClickBody {
  return {
    affiliate_url: url,
    page_url: document.querySelector<HTMLLinkElement>("link[rel=canonical]")?.href || url.split(/[?#]/)[0]!,
    // As much as the collector keeps: a title of a megabyte would cost the click.
    page_title: `${document.title}`.slice(0, 512),
    referrer_url: document.referrer,
    screen_resolution: self.screen.width + "x" + self.screen.height,
    viewport_size: innerWidth + "x" + innerHeight,
    language: navigator.language,
    // The first Intl object of a page costs its main thread 8 ms, Temporal nothing.
    timezone: self.Temporal?.Now.timeZoneId() || Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}
