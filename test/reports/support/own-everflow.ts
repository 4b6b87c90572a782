/** The collector's own Everflow-shaped endpoints in Everflow's place: what is sent to API is answered by ourselves. */
import { env, exports } from "cloudflare:workers";
import { vi } from "vitest";
import { partnerKeyHash } from "../../../worker/partner-key.ts";
import { insert } from "./rows.ts";

export const API = "https://api.everflow.example";
/** As vitest.config.ts binds them. */
export const AFFILIATE_KEY = (env as unknown as Record<string, string>).EVERFLOW_API_KEY_411!;
export const NETWORK_KEY = (env as unknown as Record<string, string>).EVERFLOW_API_KEY!;

export interface Sent {
  url: string;
  method: string;
  headers: Headers;
  body: string;
}

/**
 * Stands in for the network until the test's end.
 * @param answer of a call; undefined lets our own report answer it.
 * @returns what was sent.
 */
export function answerAsEverflow(
  answer: (sent: Sent) => Response | undefined | Promise<Response> = () => undefined,
): Sent[] {
  const calls: Sent[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input as string, init);
    const sent = {
      url: request.url,
      method: request.method,
      headers: request.headers,
      body: await request.clone().text(),
    };
    calls.push(sent);
    if (!sent.url.startsWith(API)) throw new Error(`nobody is at ${sent.url}`);
    return (await answer(sent)) ?? exports.default.fetch(request);
  });
  return calls;
}

/** A partner whose key is the one that the program's secret holds: its report is affiliate 411's at "Everflow". */
export async function insertAffiliate(): Promise<number> {
  const api_key_hash = await partnerKeyHash(AFFILIATE_KEY);
  await insert("partners", { name: "Affiliate 411", api_key_hash, created_at: 0, updated_at: 0 });
  return (await env.DB.prepare("SELECT id FROM partners WHERE api_key_hash = ?")
    .bind(api_key_hash)
    .first<number>("id"))!;
}
