/** The vocabulary that every stage speaks. No I/O, no clock. */

/** `link`: a tracking link of the collector itself, GET /c/{code}. */
export type Dialect = "affitor" | "everflow" | "avantlink" | "link";
export type Status = "active" | "inactive";

/** A program as the hot path needs it. */
export interface Program {
  id: number;
  status: Status;
  /** Host names; a subdomain of one belongs to it. */
  domains: string[];
  landing_url: string;
  cookie_window_days: number;
  /** Everflow's id of the program's advertiser; null where the settings name none. */
  everflow_advertiser_id: number | null;
}

/** A referral link, resolved: link, program and partner exist. */
export interface ReferralLink {
  id: number;
  code: string;
  partner_id: number | null;
  status: Status;
  destination_url: string;
  program: Program;
}

/** What the visitor's page told: seed 003's optional fields, cut to their stored lengths. */
export interface PageContext {
  affiliate_url?: string | undefined;
  page_url?: string | undefined;
  page_title?: string | undefined;
  referrer_url?: string | undefined;
  session_id?: string | undefined;
  screen_resolution?: string | undefined;
  viewport_size?: string | undefined;
  language?: string | undefined;
  timezone?: string | undefined;
}

/** What the edge saw of the visitor: headers and request.cf, nothing derived yet. */
export interface Visitor {
  ip: string;
  /** The visitor's own; "" where an integrator's server called and did not pass it on. */
  user_agent: string;
  /** What the browser's Accept-Language wants most; the page's own word outranks it. */
  language?: string | undefined;
  gpc: boolean;
  continent?: string | undefined;
  country?: string | undefined;
  region?: string | undefined;
  region_code?: string | undefined;
  city?: string | undefined;
  postal_code?: string | undefined;
  dma?: number | undefined;
  geo_timezone?: string | undefined;
  asn?: number | undefined;
  as_organization?: string | undefined;
}

/** Landing parameters kept for forwarding: avad, gclid, sub1, … as received. */
export type ClickParams = Record<string, string>;

/** How a dialect names the link that was clicked. */
export type LinkKey =
  | { by: "code"; code: string }
  /** The program's built-in link `avantlink`. */
  | { by: "program"; program_id: number }
  /** The same, the program known by the landing page's host. */
  | { by: "host"; host: string }
  /** The link that Everflow knows as this offer and affiliate. */
  | { by: "everflow"; offer_id: number; affiliate_id: number }
  /** The built-in link of the program that AvantLink knows as this merchant: a UUID in lower case. */
  | { by: "merchant"; merchant_id: string };

/** What the redirect of a tracking link puts into the landing URL, as the page told it: unverified. */
export interface Arrival {
  click_id: string;
  seal: string;
}

/** One click, in no dialect: what inbound/ hands to clicks/. */
export interface ClickRequest {
  dialect: Dialect;
  link: LinkKey;
  page: PageContext;
  visitor: Visitor;
  params: ClickParams;
  /** The caller's idempotency key, at most 64 characters. */
  event_id?: string | undefined;
  /** A click id from the visitor's cookie, unverified. */
  existing_click_id?: string | undefined;
  /** The landing of a click that a tracking link has counted already. */
  arrival?: Arrival | undefined;
  /** Continent code of the caller, where that is an integrator's server and not the visitor. */
  near?: string | undefined;
}

/** What the caller is told once the click is durable; a repeat is told the same. */
export interface Answer {
  /** 32 hexadecimal characters: the click's own, while click_id names the customer. */
  transaction_id: string;
  click_id: string;
  partner_code: string;
  cookie_window_days: number;
}

/** A click as the Intake keeps it, before anything is derived. */
export interface Click {
  /** 32 hexadecimal characters, the event's own. */
  id: string;
  /** 32 hexadecimal characters; equals `id` on a customer's first click. */
  customer_id: string;
  /** Unix ms in the customer's click_id. */
  customer_created_at: number;
  /** Unix ms. */
  at: number;
  dialect: Dialect;
  link_id: number;
  program_id: number;
  partner_id: number | null;
  page: PageContext;
  visitor: Visitor;
  params: ClickParams;
  event_id?: string | undefined;
  /** Unix ms of the Intake's write; put in when it is read back, since the caller cannot know it. */
  kept_at?: number | null | undefined;
}

export type NetworkName = "everflow" | "avantlink";

/** A recorded click as a network's adapter sees it: what may leave, and no more. */
export interface OwedClick {
  /** `cust_<id>_<ms>` of the event itself, so that one click is one name at the network. */
  click_id: string;
  /** `cust_<id>_<ms>` of the customer: what the visitor's cookie holds and later calls will name. */
  visitor_id: string;
  /** The landing URL as the page told it. */
  affiliate_url: string;
  referrer_url: string;
  /** The visitor's own; "" where unknown. */
  user_agent: string;
  ip: string;
  params: ClickParams;
}

/** `cust_<32 hex>_<unix ms>`: seed 003's form. */
export function formatClickId(id: string, at: number): string {
  return `cust_${id}_${at}`;
}

/** What a network's answer means for the delivery (CONTRACTS 6). */
export type Judgement =
  /** `reference` is the network's own id of the click: Everflow's transaction_id. */
  | { outcome: "delivered"; words: string; reference?: string | undefined }
  | { outcome: "retry"; words: string; retry_after_ms?: number | undefined }
  | { outcome: "rejected"; words: string };
