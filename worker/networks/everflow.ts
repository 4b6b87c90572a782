/** Everflow's server-side click (seed 000, CONTRACTS 4): GET {tracking_domain}/clk. Pure. */

import type { Judgement, OwedClick } from "../click.ts";
import { containsEmail, redactEmails } from "./email.ts";
import { CLICK_ERRORS, DUPLICATE_CLICK } from "./everflow-errors.ts";
import { headerText } from "./header-text.ts";
import { judgeStatus } from "./judge-status.ts";
import type { Network, NetworkAnswer, OutboundRequest } from "./network.ts";
import { readObject } from "./read-object.ts";
import { said } from "./words.ts";

/** The program's Everflow settings and the link's, in one: `{...program.everflow, ...link.everflow}`. */
export interface EverflowConnection extends LinkParams {
  /** An origin: https://www.acme-trk.example */
  tracking_domain: string;
  /** The parameter that carries our click id; sub5 where unset. */
  click_id_param?: string | undefined;
  offer_id: number;
  affiliate_id: number;
  /** Whether the visitor's User-Agent and IP address go along; they do where unset. */
  forward_visitor_headers?: boolean | undefined;
}

interface LinkParams {
  sub1?: string | undefined;
  sub2?: string | undefined;
  sub3?: string | undefined;
  sub4?: string | undefined;
  sub5?: string | undefined;
  source_id?: string | undefined;
  creative_id?: number | undefined;
  uid?: number | undefined;
  coupon_code?: string | undefined;
}

const LINK_PARAMS = [
  "sub1",
  "sub2",
  "sub3",
  "sub4",
  "sub5",
  "source_id",
  "creative_id",
  "uid",
  "coupon_code",
] as const satisfies (keyof LinkParams)[];

/** What a landing may set: the seed's, and what Everflow's own script sends besides (CONTRACTS 2). Nothing else leaves. */
const CLICK_PARAMS: readonly string[] = [
  ...LINK_PARAMS,
  "fbclid",
  "gclid",
  "ttclid",
  "sccid",
  "idfa",
  "google_aid",
  "android_id",
  ...Array.from({ length: 5 }, (_, i) => `sub${i + 6}`),
  ...Array.from({ length: 10 }, (_, i) => `adv${i + 1}`),
];

/** 32 characters, says seed 002; looser, so that a change of theirs is not an endless retry of ours. */
const TRANSACTION_ID = /^[\w-]{1,64}$/;

export const everflow: Network<EverflowConnection> = {
  name: "everflow",

  async request(click, connection): Promise<OutboundRequest> {
    const url = new URL("/clk", connection.tracking_domain);
    url.search = clickParams(click, connection).toString();
    return { method: "GET", url: url.href, headers: visitorHeaders(click, connection) };
  },

  judge(answer): Judgement {
    return judgeStatus(answer) ?? judgeClick(answer);
  },
};

/** Encoded as forms are, space as "+": what the seed's own Python and PHP examples send. */
function clickParams(click: OwedClick, connection: EverflowConnection): URLSearchParams {
  const params = new URLSearchParams();
  params.set("oid", String(connection.offer_id));
  params.set("affid", String(connection.affiliate_id));
  for (const name of LINK_PARAMS) setParam(params, name, String(connection[name] ?? ""));
  for (const name of CLICK_PARAMS) setParam(params, name, click.params[name] ?? "");
  params.set(connection.click_id_param ?? "sub5", click.click_id);
  return params;
}

/**
 * A value with an e-mail address in it counts as none. It is not hashed, as AvantLink's user id is: Everflow has no
 * use for it, and a sub parameter is not where anyone asked us to identify a visitor.
 */
function setParam(params: URLSearchParams, name: string, value: string): void {
  if (value && !containsEmail(value)) params.set(name, value);
}

/** Undocumented for /clk, so it can be turned off; without it every click would come from the collector's machine. */
function visitorHeaders(click: OwedClick, connection: EverflowConnection): Record<string, string> {
  const headers: Record<string, string> = {};
  if (connection.forward_visitor_headers === false) return headers;
  const userAgent = headerText(redactEmails(click.user_agent));
  const ip = headerText(click.ip);
  if (userAgent) headers["User-Agent"] = userAgent;
  if (ip) headers["X-Forwarded-For"] = ip;
  return headers;
}

/** A 2xx alone is no success: `error_code` says what became of the click. */
function judgeClick({ body, attempt }: NetworkAnswer): Judgement {
  const { error_code, transaction_id } = readObject(body) ?? {};
  if (!Number.isInteger(error_code)) {
    return { outcome: "retry", words: `no error_code in the answer: ${said(body) || "it is empty"}` };
  }
  const code = error_code as number;
  const reference =
    typeof transaction_id === "string" && TRANSACTION_ID.test(transaction_id) ? transaction_id : "";
  if (code === 0) {
    return reference
      ? { outcome: "delivered", words: "error_code 0", reference }
      : { outcome: "retry", words: "error_code 0, but no transaction_id" };
  }
  const words = `error_code ${code}: ${CLICK_ERRORS[code] ?? "a refusal that Everflow does not document"}`;
  // On a retry it means that the earlier attempt, whose answer we did not get, arrived.
  if (code === DUPLICATE_CLICK && attempt > 1) {
    return { outcome: "delivered", words, reference: reference || undefined };
  }
  return { outcome: "rejected", words };
}
