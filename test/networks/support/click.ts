/** A click that is owed to a network, and a network's answer; a test names only what it is about. */
import type { OwedClick } from "../../../worker/click.ts";
import type { NetworkAnswer } from "../../../worker/networks/network.ts";

export const CLICK_ID = "cust_663a1c80f2c84e0d9b7a5d1c3e2f4a6b_1715084416123";
/** The customer's, older than this click: what AvantLink is told, while Everflow is told of the click itself. */
export const VISITOR_ID = "cust_6639a5d0f2c84e0d9b7a5d1c3e2f4a6b_1715054032000";
/** 2026-07-30T12:00:00Z */
export const NOW = 1_785_412_800_000;
export const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

export function owedClick(given: Partial<OwedClick> = {}): OwedClick {
  return {
    click_id: CLICK_ID,
    visitor_id: VISITOR_ID,
    affiliate_url: "https://shop.example/pricing?aff=PARTNER123",
    referrer_url: "",
    user_agent: CHROME,
    ip: "198.51.100.7",
    params: {},
    ...given,
  };
}

/** @param body text as it came, or what becomes JSON */
export function answer(
  status: number,
  body: unknown,
  given: { headers?: Record<string, string>; attempt?: number } = {},
): NetworkAnswer {
  return {
    status,
    headers: new Headers(given.headers),
    body: typeof body === "string" ? body : JSON.stringify(body),
    attempt: given.attempt ?? 1,
    now: NOW,
  };
}
