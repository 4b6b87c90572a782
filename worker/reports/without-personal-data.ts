/** A click as a partner sees it: as little of who the visitor is as networks are told. Pure. */

import { redactEmails } from "../networks/email.ts";
import { isPersonalParam } from "../networks/personal-param.ts";
import { scrubUrl } from "../networks/scrub-url.ts";
import type { ClickAnswer } from "./click-row.ts";

type Params = ClickAnswer["params"];

const ADDRESSES = ["affiliate_url", "page_url", "referrer_url"] as const;
/** Written by the page, its server or the browser, and so with anything in them. */
const TEXTS = ["page_title", "event_id", "session_id", "user_agent"] as const;
/** A shop's own names of its customers, whatever they look like. */
const CUSTOMERS: readonly string[] = ["user_id", "user_ids"];

/** @param click or some fields of one: those that are there are seen to. */
export function withoutPersonalData<C extends Partial<ClickAnswer>>(click: C): C {
  const shown: Partial<ClickAnswer> = { ...click };
  for (const name of ADDRESSES) if (shown[name]) shown[name] = scrubUrl(shown[name]);
  for (const name of TEXTS) if (shown[name]) shown[name] = redactEmails(shown[name]);
  if (shown.params) shown.params = impersonal(shown.params);
  return shown as C;
}

function impersonal(params: NonNullable<Params>): Params {
  return Object.fromEntries(
    Object.entries(params).filter(
      ([name, value]) => !CUSTOMERS.includes(name) && !isPersonalParam(`${name}=${value}`),
    ),
  );
}
