/** A program with partners and links, straight into D1, and the way from an answer to the recorded rows. */
import { env, runDurableObjectAlarm, SELF } from "cloudflare:test";

export const COLLECTOR = "https://track.shop.example";
export const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

export interface LinkSpec {
  code: string;
  status?: "active" | "inactive";
  partner_id?: number;
  program_id?: number;
  destination_url?: string;
  everflow?: { offer_id: number; affiliate_id: number; [param: string]: unknown };
}

export const MERCHANT = "6d1b3d5c-8d59-4c43-9d0e-7a3c1f0b2e44";

/** Program 1 on shop.example with partner 1 and 2, its built-in link, and these links. */
export async function seedProgram(links: LinkSpec[] = [{ code: "PARTNER123" }], attribution = "last_click") {
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO programs (id, name, landing_url, domains, cookie_window_days, attribution_model, created_at, updated_at)
       VALUES (1, 'Shop', 'https://shop.example/', '["shop.example"]', 60, ?, 0, 0)`,
    ).bind(attribution),
    env.DB.prepare("INSERT INTO program_domains (domain, program_id) VALUES ('shop.example', 1)"),
    env.DB.prepare(
      `INSERT INTO partners (id, name, api_key_hash, created_at, updated_at)
       VALUES (1, 'Trail Blog', 'hash-1', 0, 0), (2, 'Gear Weekly', 'hash-2', 0, 0)`,
    ),
    env.DB.prepare(
      `INSERT INTO referral_links (kind, code, program_id, destination_url, created_at, updated_at)
       VALUES ('avantlink', 'avantlink', 1, 'https://shop.example/', 0, 0)`,
    ),
  ]);
  for (const link of links) await seedLink(link);
}

export async function seedLink({
  code,
  status = "active",
  partner_id = 1,
  program_id = 1,
  destination_url = "https://shop.example/",
  everflow,
}: LinkSpec): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO referral_links (code, program_id, partner_id, status, destination_url, everflow,
       everflow_offer_id, everflow_affiliate_id, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0)`,
  )
    .bind(
      code,
      program_id,
      partner_id,
      status,
      destination_url,
      everflow ? JSON.stringify(everflow) : null,
      everflow?.offer_id ?? null,
      everflow?.affiliate_id ?? null,
    )
    .run();
}

/** Program 1 delivers to both networks, at an address that the collector refuses to call: no test reaches out. */
export async function seedNetworks(advertiser_id: number | undefined = 77): Promise<void> {
  const origin = "https://sandbox.localhost";
  await env.DB.prepare("UPDATE programs SET everflow = ?, avantlink = ? WHERE id = 1")
    .bind(
      JSON.stringify({ tracking_domain: origin, advertiser_id }),
      JSON.stringify({ merchant_id: MERCHANT, base_url: origin }),
    )
    .run();
}

/** Network → why it is withheld, null for a click that is to be delivered. */
export async function owedTo(event_id: unknown): Promise<Record<string, string | null>> {
  const { results } = await env.DB.prepare(
    "SELECT network, CASE state WHEN 'withheld' THEN reason END AS withheld FROM deliveries WHERE event_id = ?",
  )
    .bind(event_id)
    .all<{ network: string; withheld: string | null }>();
  return Object.fromEntries(results.map(({ network, withheld }) => [network, withheld]));
}

/** Posts a click as a visitor's browser would. */
export function postClick(body: unknown, init: { headers?: Record<string, string>; cf?: object } = {}) {
  return SELF.fetch(`${COLLECTOR}/api/v1/track/click`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "User-Agent": CHROME, ...init.headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(init.cf && { cf: init.cf }),
  } as RequestInit);
}

/** Runs the alarms of these Intakes until D1 has everything that was kept. */
export async function recordAll(...shards: string[]): Promise<void> {
  for (const shard of shards.length > 0 ? shards : ["xx:0", "eu:0", "na:0"]) {
    const intake = env.INTAKE.getByName(shard);
    while ((await intake.waiting()) > 0) await runDurableObjectAlarm(intake);
  }
}

export interface EventRow {
  [column: string]: string | number | null;
}

export async function events(where = "1", ...values: unknown[]): Promise<EventRow[]> {
  const { results } = await env.DB.prepare(
    `SELECT * FROM affiliate_click_events WHERE ${where} ORDER BY at, id`,
  )
    .bind(...values)
    .all<EventRow>();
  return results;
}

export async function linkRow(code: string): Promise<EventRow> {
  return (await env.DB.prepare("SELECT * FROM referral_links WHERE code = ?").bind(code).first<EventRow>())!;
}

/** Everything that a refused request could have left behind. */
export async function rowsStored(): Promise<number> {
  await recordAll();
  const row = await env.DB.prepare(
    `SELECT (SELECT COUNT(*) FROM affiliate_click_events) + (SELECT COUNT(*) FROM customers)
       + (SELECT COUNT(*) FROM test_click_events) + (SELECT COUNT(*) FROM link_hours)
       + (SELECT SUM(clicks + bot_clicks) FROM referral_links) AS n`,
  ).first<number>("n");
  return row ?? 0;
}
