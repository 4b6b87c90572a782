/** Every sum that is kept, against the rows that it is of: name → SQL that returns what is in one of them alone. */

const EVENT_SUMS = "SUM(1 - is_bot) AS clicks, SUM(is_unique) AS unique_clicks, SUM(is_bot) AS bot_clicks";
const COUNTERS = "clicks, unique_clicks, bot_clicks";

export const DISAGREEMENTS: Record<string, string> = {
  referral_links: differ(
    `SELECT id, ${COUNTERS}, last_clicked FROM referral_links WHERE clicks + bot_clicks > 0`,
    `SELECT link_id, ${EVENT_SUMS}, MAX(iif(is_bot, NULL, at)) FROM affiliate_click_events GROUP BY link_id`,
  ),
  link_hours: differ(
    `SELECT link_id, hour, ${COUNTERS} FROM link_hours`,
    `SELECT link_id, at / 3600000 AS hour, ${EVENT_SUMS} FROM affiliate_click_events GROUP BY link_id, hour`,
  ),
  link_hours_so_far: differ(
    "SELECT link_id, hour, clicks_so_far, unique_clicks_so_far, bot_clicks_so_far FROM link_hours",
    `SELECT link_id, hour, SUM(clicks) OVER earlier, SUM(unique_clicks) OVER earlier, SUM(bot_clicks) OVER earlier
     FROM link_hours WINDOW earlier AS (PARTITION BY link_id ORDER BY hour)`,
  ),
  program_hours: differ(
    `SELECT program_id, hour, ${COUNTERS} FROM program_hours`,
    `SELECT program_id, at / 3600000 AS hour, ${EVENT_SUMS} FROM affiliate_click_events GROUP BY program_id, hour`,
  ),
  partner_program_metrics: differ(
    `SELECT program_id, partner_id, ${COUNTERS}, last_clicked FROM partner_program_metrics`,
    `SELECT program_id, partner_id, ${EVENT_SUMS}, MAX(iif(is_bot, NULL, at)) FROM affiliate_click_events
     WHERE partner_id IS NOT NULL GROUP BY program_id, partner_id`,
  ),
  ...dimensions("link"),
  ...dimensions("program"),
  customers: differ(
    "SELECT id, program_id FROM customers",
    // Who only ever came as a bot after a first click elsewhere is no new customer.
    "SELECT DISTINCT customer_id, program_id FROM affiliate_click_events WHERE NOT is_bot OR id = customer_id",
  ),
};

/** A statement for each: D1 takes no more than five parts in a compound SELECT. */
function dimensions(owner: "link" | "program"): Record<string, string> {
  const days = `${owner}_dimension_days`;
  // Without the query, and as long as a sum's value may be.
  const page = "substr(page_url, instr(page_url, '://') + 3)";
  const values = {
    country: "coalesce(country, '')",
    device: "device_type",
    browser: "browser",
    os: "os",
    referrer: "substr(referrer_host, 1, 100)",
    landing_page: `coalesce(substr(${page}, 1, instr(${page} || '?', '?') - 1), '')`,
  };
  return Object.fromEntries(
    Object.entries(values).map(([dimension, value]) => [
      `${days}: ${dimension}`,
      differ(
        `SELECT ${owner}_id, day, value, clicks, unique_clicks FROM ${days} WHERE dimension = '${dimension}'`,
        `SELECT ${owner}_id, at / 86400000 AS day, ${value} AS value, COUNT(*), SUM(is_unique)
         FROM affiliate_click_events WHERE NOT is_bot GROUP BY ${owner}_id, day, value`,
      ),
    ]),
  );
}

function differ(kept: string, rows: string): string {
  return `SELECT 'kept' AS side, * FROM (${kept} EXCEPT SELECT * FROM (${rows}))
    UNION ALL SELECT 'rows', * FROM (SELECT * FROM (${rows}) EXCEPT ${kept}) LIMIT 5`;
}
