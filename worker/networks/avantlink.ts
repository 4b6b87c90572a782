/** AvantLink's server-to-server click (seed 004, CONTRACTS 5): POST …/tracking/click. Pure but for the hashing. */

import type { ClickParams, Judgement, OwedClick } from "../click.ts";
import { containsEmail, redactEmails } from "./email.ts";
import { hashPersonalId } from "./hash-personal-id.ts";
import { headerText } from "./header-text.ts";
import { judgeStatus } from "./judge-status.ts";
import type { Network, NetworkAnswer, OutboundRequest } from "./network.ts";
import { readJson } from "./read-json.ts";
import { readObject } from "./read-object.ts";
import { scrubUrl } from "./scrub-url.ts";
import { said } from "./words.ts";

const AVANTLINK_BASE_URL = "https://client.avantlink.com";

/** The program's AvantLink settings, and who we are. */
export interface AvantlinkConnection {
  /** UUID. */
  merchant_id: string;
  /** An origin; AVANTLINK_BASE_URL where unset. */
  base_url?: string | undefined;
  /** Ours: "Clickferry/<version>". */
  user_agent: string;
}

/** Seed 004's body. What is required is always there, what is optional only with a value. */
interface ClickBody {
  tracking_ids: {
    user_id?: string[];
    visitor_id: string[];
    avantlink_avad?: string;
  };
  user_agent: string;
  current_url: string;
  referrer_url?: string;
  google_click_id?: string;
  custom_tracking_code?: string;
  user_ip_address?: string;
}

export const avantlink: Network<AvantlinkConnection> = {
  name: "avantlink",

  async request(click, { base_url = AVANTLINK_BASE_URL, merchant_id, user_agent }): Promise<OutboundRequest> {
    return {
      method: "POST",
      url: new URL(`/merchants/${encodeURIComponent(merchant_id)}/tracking/click`, base_url).href,
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "User-Agent": headerText(user_agent),
      },
      body: JSON.stringify(await clickBody(click)),
    };
  },

  judge(answer): Judgement {
    return judgeStatus(answer) ?? judgeSuccess(answer);
  },
};

async function clickBody({ params, ...click }: OwedClick): Promise<ClickBody> {
  return {
    tracking_ids: {
      ...(await identifiers(click.visitor_id, params)),
      // "Send exactly as received": the one value that nothing is done to.
      ...(params.avad && { avantlink_avad: params.avad }),
    },
    user_agent: redactEmails(click.user_agent),
    current_url: scrubUrl(click.affiliate_url),
    ...optional("referrer_url", scrubUrl(click.referrer_url)),
    ...optional("google_click_id", params.gclid),
    ...optional("custom_tracking_code", params.custom_tracking_code),
    ...optional("user_ip_address", click.ip),
  };
}

/**
 * A click that came in AvantLink's dialect has the caller's ids, as it gave them: its later order call will name those
 * and not ours. Personal ones are hashed all the same.
 */
async function identifiers(
  visitor_id: string,
  { user_id, user_ids, visitor_ids }: ClickParams,
): Promise<{ user_id?: string[]; visitor_id: string[] }> {
  const users = readStrings(user_ids) ?? (user_id ? [user_id] : []);
  const visitors = readStrings(visitor_ids) ?? [visitor_id];
  return {
    ...(users.length > 0 && { user_id: await Promise.all(users.map(hashPersonalId)) }),
    visitor_id: await Promise.all(visitors.map(hashPersonalId)),
  };
}

/** @returns a JSON array of strings; undefined for anything else. */
function readStrings(json: string | undefined): string[] | undefined {
  if (!json) return undefined;
  const value = readJson(json);
  return Array.isArray(value) && value.every((each) => typeof each === "string") ? value : undefined;
}

function optional<K extends string>(name: K, value: string | undefined): { [key in K]?: string } {
  return value && !containsEmail(value) ? ({ [name]: value } as { [key in K]: string }) : {};
}

/**
 * `success: false` at status 200 is documented nowhere. With an error_key it is the seed's considered no, only at
 * another status. Without one it may be a passing fault, and asking again does no harm: AvantLink takes the same
 * visitor's click at every page hit ("When to Call").
 */
function judgeSuccess({ body }: NetworkAnswer): Judgement {
  const answer = readObject(body);
  if (answer?.success === true) return { outcome: "delivered", words: "success" };
  const words = said(body);
  if (typeof answer?.error_key === "string" && answer.error_key) return { outcome: "rejected", words };
  return { outcome: "retry", words: `no success in the answer: ${words || "it is empty"}` };
}
