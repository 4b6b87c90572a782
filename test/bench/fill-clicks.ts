/** Clicks by the million, made by SQL inside D1: as recording leaves them, counters included. */

import type { Miniflare } from "miniflare";

type Database = Awaited<ReturnType<Miniflare["getD1Database"]>>;

const AT_ONCE = 20_000;

export interface Filling {
  clicks: number;
  /** Unix seconds; the clicks are spread evenly over [from, to). */
  from: number;
  to: number;
  partners: number;
  links_per_partner: number;
}

/** Program 1, partners 1… with the keys' hashes `key_hashes`, and links in turn of the partners. */
export async function seedPartners(
  db: Database,
  { partners, links_per_partner }: Pick<Filling, "partners" | "links_per_partner">,
  keyHash: (partner: number) => Promise<string>,
): Promise<void> {
  await db
    .prepare(
      `INSERT INTO programs (id, name, landing_url, domains, created_at, updated_at)
       VALUES (1, 'Bench', 'https://shop.example/', '["shop.example"]', 0, 0)`,
    )
    .run();
  for (let partner = 1; partner <= partners; partner++) {
    await db
      .prepare(
        "INSERT INTO partners (id, name, api_key_hash, created_at, updated_at) VALUES (?, 'Bench', ?, 0, 0)",
      )
      .bind(partner, await keyHash(partner))
      .run();
  }
  await db
    .prepare(
      `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
       INSERT INTO referral_links (id, code, program_id, partner_id, destination_url, everflow, everflow_offer_id,
         everflow_affiliate_id, created_at, updated_at)
       SELECT 1 + i, 'CODE' || i, 1, 1 + i % ?2, 'https://shop.example/',
         json_object('offer_id', 1 + i, 'affiliate_id', 1 + i % ?2), 1 + i, 1 + i % ?2, 0, 0 FROM n`,
    )
    .bind(partners * links_per_partner, partners)
    .run();
}

export async function fillClicks(db: Database, filling: Filling): Promise<void> {
  const links = filling.partners * filling.links_per_partner;
  const step = (filling.to - filling.from) / filling.clicks;
  for (let first = 0; first < filling.clicks; first += AT_ONCE) {
    const last = Math.min(first + AT_ONCE, filling.clicks);
    await db.prepare(FILL).bind(first, last, filling.from, step, links, filling.partners).run();
  }
  await db
    .prepare(
      `UPDATE referral_links SET clicks = c.n FROM
         (SELECT link_id, COUNT(*) AS n FROM affiliate_click_events GROUP BY link_id) c WHERE c.link_id = id`,
    )
    .run();
}

// A multiplicative hash in place of random(), so that two runs measure the same rows.
const FILL = `
  WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2),
  c AS (SELECT i, ?3 + CAST(i * ?4 AS INTEGER) AS s, (i * 2654435761) % 4294967296 >> 8 AS r FROM n)
  INSERT INTO affiliate_click_events (id, customer_id, at, dialect, program_id, partner_id, link_id, is_unique, is_bot,
    gpc, affiliate_url, page_url, page_title, referrer_url, session_id, user_agent, screen_resolution, viewport_size,
    language, timezone, params, ip, continent, country, region, region_code, city, postal_code, dma, geo_timezone, asn,
    as_organization, device_type, device_brand, device_model, os, os_version, browser, browser_version, referrer_host)
  SELECT printf('%08x%024x', s, i), printf('%08x%024x', s, i), s * 1000 + i % 1000, 'affitor', 1, 1 + r % ?5 % ?6,
    1 + r % ?5, 1, 0, 0, 'https://shop.example/pricing?aff=CODE' || r % ?5 || '&sub1=internal',
    'https://shop.example/pricing', 'Pricing - The shop', 'https://blog.example.com/how-to-choose-a-tent',
    'sess_' || i, 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    '1920x1080', '1280x800', 'en-US', 'America/New_York',
    json_object('sub1', IIF(r / 7 % 4 = 0, 'internal', 'list-' || (r / 7 % 40)), 'sub2', 'ad-' || (r / 11 % 1000)),
    '198.51.100.' || (r % 250), 'NA', CASE r / 3 % 10 WHEN 0 THEN 'CA' WHEN 1 THEN 'DE' WHEN 2 THEN 'FR' ELSE 'US' END,
    'California', 'CA', 'Burbank', '91501', 803, 'America/Los_Angeles', 7922, 'Comcast Cable',
    IIF(r / 5 % 3 = 0, 'Mobile', 'PC'), '', '', 'Windows', '10', 'Chrome', '140.0.0.0', 'blog.example.com' FROM c`;
