import type { z } from "zod";
import { formatClickId, type NetworkName } from "../click.ts";
import type { Env } from "../env.ts";
import { type CsvColumns, isoTime } from "./csv.ts";
import { Delivery, type DeliveryDetail } from "./schemas/delivery.ts";
import { NETWORKS } from "./schemas/network.ts";
import { SENT_COLUMNS, type SentRow, sentOf } from "./sent.ts";
import { raw, type Sql, sql } from "./sql.ts";

export type DeliveryAnswer = z.output<typeof Delivery>;
export type DeliveryDetailAnswer = z.output<typeof DeliveryDetail>;

/** What names a delivery: its row's primary key. */
export interface DeliveryKey {
  event_id: string;
  network: NetworkName;
}

type Joined = "id" | "click_id" | "next_attempt_at" | "give_up_at";
export interface DeliveryRow extends Omit<DeliveryAnswer, Joined> {
  customer_id: string | null;
  customer_created_at: number | null;
  next_attempt_at: number;
  give_up_at: number;
}
export interface DetailRow extends DeliveryRow, Omit<SentRow, "network"> {
  event_id: string;
  customer_id: string | null;
  customer_created_at: number | null;
  attempts: string;
}

const COLUMNS = `d.event_id, d.network, d.program_id, d.state, d.reason, d.reference, d.next_attempt_at, d.give_up_at,
  json_array_length(d.attempts) AS attempt_count, d.attempts ->> '$[#-1].at' AS last_attempt_at,
  e.at AS clicked_at, e.customer_id, c.created_at AS customer_created_at, e.link_id, l.code AS link_code`;
const JOINS = `LEFT JOIN affiliate_click_events e ON e.id = d.event_id
  LEFT JOIN customers c ON c.id = e.customer_id
  LEFT JOIN referral_links l ON l.id = e.link_id`;

/** Without the attempts, of which a dead delivery has some sixty. @param page selects the keys of the rows. */
export function selectPage(page: Sql): Sql {
  return sql`WITH page AS (${page})
    SELECT ${raw(COLUMNS)}
    FROM page CROSS JOIN deliveries d ON d.event_id = page.event_id AND d.network = page.network ${raw(JOINS)}
    ORDER BY d.event_id DESC, d.network DESC`;
}

/** With the attempts, and what a request is made of. @param condition on `deliveries d`. */
export function selectDetails(condition: Sql): Sql {
  return sql`SELECT ${raw(COLUMNS)}, d.attempts, ${raw(SENT_COLUMNS)} FROM deliveries d ${raw(JOINS)}
    LEFT JOIN programs p ON p.id = d.program_id WHERE ${condition}
    ORDER BY d.event_id DESC, d.network DESC`;
}

export function deliveryAnswer(row: DeliveryRow): DeliveryAnswer {
  const { customer_id, customer_created_at, ...shown } = row;
  const pending = row.state === "pending";
  return {
    id: deliveryId(row),
    ...shown,
    click_id: customer_id && formatClickId(customer_id, customer_created_at ?? row.clicked_at!),
    // What the columns hold of a delivery that is settled means nothing.
    next_attempt_at: pending ? row.next_attempt_at : null,
    give_up_at: pending ? row.give_up_at : null,
  };
}

export async function detailAnswer(env: Env, row: DetailRow): Promise<DeliveryDetailAnswer> {
  const { at, affiliate_url, referrer_url, user_agent, ip, params, ...without } = row;
  const { settings, link_everflow, settings_changed_at, attempts, ...shown } = without;
  const sent = await sentOf(env, row, shown.last_attempt_at ?? undefined);
  return { ...deliveryAnswer(shown), attempts: JSON.parse(attempts), sent };
}

function deliveryId({ event_id, network }: DeliveryKey): string {
  return `${event_id}.${network}`;
}

/** @returns undefined for what is no delivery's id: then there is nothing there (404). */
export function deliveryKey(id: string): DeliveryKey | undefined {
  const [, event_id, name] = /^([0-9a-f]{32})\.(\w+)$/.exec(id) ?? [];
  const network = NETWORKS.find((known) => known === name);
  return event_id && network ? { event_id, network } : undefined;
}

const TIMES: readonly string[] = ["clicked_at", "last_attempt_at", "next_attempt_at", "give_up_at"];

/** Every field of the answer, in its order. */
export const DELIVERY_CSV: CsvColumns<DeliveryAnswer> = Object.fromEntries(
  (Object.keys(Delivery.shape) as (keyof DeliveryAnswer)[]).map((name) => [
    name,
    (delivery: DeliveryAnswer) =>
      TIMES.includes(name) ? isoTime(delivery[name] as number | null) : delivery[name],
  ]),
);
