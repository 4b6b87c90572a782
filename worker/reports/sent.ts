/** What a network was sent: the adapter is asked again, with the click as it is kept and the settings as they are now. */

import type { z } from "zod";
import type { NetworkName } from "../click.ts";
import { connectionOf } from "../delivery/connection.ts";
import { type ClickColumns, clickOf } from "../delivery/outbox.ts";
import { type Env, targets } from "../env.ts";
import type { Network } from "../networks/network.ts";
import { networks } from "../networks/networks.ts";
import { targetFault } from "../networks/target.ts";
import type { Sent } from "./schemas/delivery.ts";
import { NETWORKS } from "./schemas/network.ts";

export type SentAnswer = z.output<typeof Sent>;

export interface SentRow extends ClickColumns {
  network: NetworkName;
  settings: string | null;
  link_everflow: string | null;
  /** Unix ms, of the program or the link. */
  settings_changed_at: number | null;
}

/** Of `deliveries d`, `affiliate_click_events e`, `referral_links l` and `programs p`. */
export const SENT_COLUMNS = `e.at, e.affiliate_url, e.referrer_url, e.user_agent, e.ip, e.params,
  CASE d.network ${NETWORKS.map((name) => `WHEN '${name}' THEN p.${name}`).join(" ")} END AS settings,
  l.everflow AS link_everflow, max(p.updated_at, coalesce(l.updated_at, 0)) AS settings_changed_at`;

/**
 * @param lastAttemptAt unix ms; undefined where none was made
 * @returns null where nothing was sent, and where click or settings are gone, so that nobody can say any more
 */
export async function sentOf(
  env: Env,
  row: SentRow,
  lastAttemptAt: number | undefined,
): Promise<SentAnswer | null> {
  const click = clickOf(row);
  if (lastAttemptAt === undefined || !click || !row.settings) return null;
  const given = {
    // Switched off perhaps, but it was on.
    settings: { ...JSON.parse(row.settings), enabled: true },
    link_everflow: row.link_everflow ? JSON.parse(row.link_everflow) : null,
  };
  const found = connectionOf(row.network, given, env);
  if ("withheld" in found) return null;
  const network = networks[row.network] as Network<never>;
  // Settings of which no request can be made, or to where none may go: the attempt ended before it began.
  const request = await network.request(click, found.connection as never).catch(() => undefined);
  if (!request || targetFault(request.url, targets(env))) return null;
  const { method, url, headers, body } = request;
  const plain = (text: string) =>
    found.secrets.reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text);
  return {
    method,
    url: plain(url),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, plain(value)])),
    body: body === undefined ? null : plain(body),
    settings_changed_since: (row.settings_changed_at ?? 0) > lastAttemptAt,
  };
}
