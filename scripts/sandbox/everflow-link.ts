/** Seed 001: a tracking link for an offer and an affiliate. */

import { z } from "zod";
import { refusal } from "./everflow-refusal.ts";
import type { Reply } from "./sandbox.ts";

const id = z.int().min(1);

const Asked = z.object({
  network_offer_id: id,
  network_affiliate_id: id,
  network_tracking_domain_id: id.optional(),
  network_offer_url_id: id.optional(),
  creative_id: id.optional(),
  network_traffic_source_id: id.optional(),
  source_id: z.string().optional(),
  sub1: z.string().optional(),
  sub2: z.string().optional(),
  sub3: z.string().optional(),
  sub4: z.string().optional(),
  sub5: z.string().optional(),
  is_encrypt_parameters: z.boolean().optional(),
});

/** The one parameter that `is_encrypt_parameters` folds all others into. */
const PACKED = "_ep";

/** @returns {"url"}: this sandbox's own /clk, so that whoever calls it records a click */
export function everflowLink(
  body: unknown,
  url: string,
  runs: (offerId: number, affiliateId: number) => boolean,
): Reply {
  const { data, error } = Asked.safeParse(body);
  if (!data) return refusal(400, z.prettifyError(error));
  const { network_offer_id: oid, network_affiliate_id: affid } = data;
  if (!runs(oid, affid)) return refusal(404, `Affiliate ${affid} may not run offer ${oid}`);
  const { source_id, sub1, sub2, sub3, sub4, sub5, creative_id, network_offer_url_id: uid } = data;
  const given = { oid, affid, source_id, sub1, sub2, sub3, sub4, sub5, creative_id, uid };
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(given)) if (value) params.set(name, String(value));
  const query = data.is_encrypt_parameters ? `${PACKED}=${pack(params)}` : params;
  return { status: 200, body: { url: `${url}/clk?${query}` }, line: `link for oid=${oid} affid=${affid}` };
}

/** @returns the parameters that a packed one holds, or those given */
export function unpackedParams(params: URLSearchParams): URLSearchParams {
  const packed = params.get(PACKED);
  return packed ? new URLSearchParams(Buffer.from(packed, "base64url").toString()) : params;
}

/** Opaque, as far as a sandbox needs it; there is no key. */
function pack(params: URLSearchParams): string {
  return Buffer.from(params.toString()).toString("base64url");
}
