/** Rows as recording leaves them, written straight into D1. */
import { env } from "cloudflare:workers";

let random = 0;

/** The id of a click at an instant (unix ms): its seconds, then what would be randomness and a signature. */
export function clickIdAt(at: number): string {
  return (
    Math.floor(at / 1000)
      .toString(16)
      .padStart(8, "0") + (++random).toString(16).padStart(24, "0")
  );
}

/** Inserts into any table the columns given. */
export async function insert(table: string, row: Record<string, unknown>): Promise<void> {
  const columns = Object.keys(row);
  await env.DB.prepare(
    `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
  )
    .bind(...Object.values(row))
    .run();
}

export interface ClickRow {
  at: number;
  link_id: number;
  program_id: number;
  partner_id: number | null;
}

/** A human customer's click, with its customer unless one is given. @returns the event's id. */
export async function insertClick(
  { at, link_id, program_id, partner_id }: ClickRow,
  more: Record<string, unknown> = {},
): Promise<string> {
  const id = clickIdAt(at);
  const click = { id, customer_id: id, at, dialect: "affitor", program_id, partner_id, link_id };
  await insert("affiliate_click_events", { ...click, is_unique: 1, is_bot: 0, gpc: 0, ...more });
  if (more.customer_id === undefined) {
    const times = { attributed_at: at, created_at: at, last_clicked: at };
    await insert("customers", { id, program_id, link_id, partner_id, ...times });
  }
  return id;
}

export interface AttemptRow {
  at: number;
  duration_ms: number;
  status: number | null;
  words: string;
}

export interface DeliverySpec {
  event_id: string;
  program_id: number;
  network?: "everflow" | "avantlink";
  state?: "pending" | "delivered" | "rejected" | "dead" | "withheld";
  attempts?: AttemptRow[];
}

/** A delivery, waiting unless a state is given. @returns its id in the API. */
export async function insertDelivery(
  { event_id, program_id, network = "everflow", state = "pending", attempts = [] }: DeliverySpec,
  more: Record<string, unknown> = {},
): Promise<string> {
  await insert("deliveries", {
    event_id,
    network,
    program_id,
    state,
    lane: Number.parseInt(event_id.slice(-2), 16),
    attempts: JSON.stringify(attempts),
    next_attempt_at: 0,
    give_up_at: 0,
    ...more,
  });
  return `${event_id}.${network}`;
}

export async function deliveryRow(id: string): Promise<Record<string, unknown> | null> {
  const [event_id, network] = id.split(".");
  return env.DB.prepare("SELECT * FROM deliveries WHERE event_id = ? AND network = ?")
    .bind(event_id, network)
    .first();
}

/** Clicks of a link in an hour, in whatever order, with what follows from them. */
export async function insertHour(
  link_id: number,
  at: number,
  counts: [number, number, number],
): Promise<void> {
  const hour = Math.floor(at / 3_600_000);
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO link_hours VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0)
       ON CONFLICT DO UPDATE SET clicks = clicks + ?3, unique_clicks = unique_clicks + ?4, bot_clicks = bot_clicks + ?5`,
    ).bind(link_id, hour, ...counts),
    env.DB.prepare(
      `UPDATE link_hours SET (clicks_so_far, unique_clicks_so_far, bot_clicks_so_far) = (
         SELECT SUM(clicks), SUM(unique_clicks), SUM(bot_clicks) FROM link_hours h
         WHERE h.link_id = link_hours.link_id AND h.hour <= link_hours.hour)
       WHERE link_id = ?`,
    ).bind(link_id),
    env.DB.prepare(
      `INSERT INTO program_hours SELECT program_id, ?2, ?3, ?4, ?5 FROM referral_links WHERE id = ?1
       ON CONFLICT DO UPDATE SET clicks = clicks + ?3, unique_clicks = unique_clicks + ?4, bot_clicks = bot_clicks + ?5`,
    ).bind(link_id, hour, ...counts),
  ]);
}

/** Human clicks of a link and of its program on a UTC day, one unique for each value. */
export async function insertDay(
  link_id: number,
  day: string,
  dimension: string,
  counts: Record<string, number>,
): Promise<void> {
  const unixDay = Date.parse(day) / 86_400_000;
  for (const [value, clicks] of Object.entries(counts)) {
    await env.DB.batch([
      env.DB.prepare("INSERT INTO link_dimension_days VALUES (?, ?, ?, ?, ?, 1)").bind(
        link_id,
        dimension,
        unixDay,
        value,
        clicks,
      ),
      env.DB.prepare(
        `INSERT INTO program_dimension_days SELECT program_id, ?2, ?3, ?4, ?5, 1 FROM referral_links WHERE id = ?1
         ON CONFLICT DO UPDATE SET clicks = clicks + excluded.clicks, unique_clicks = unique_clicks + 1`,
      ).bind(link_id, dimension, unixDay, value, clicks),
    ]);
  }
}
