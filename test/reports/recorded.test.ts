import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import type { Click } from "../../worker/click.ts";
import { record } from "../../worker/clicks/record.ts";
import { ClickDetail } from "../../worker/reports/schemas/click.ts";
import { call, programAndPartner } from "./support/call.ts";
import { clickIdAt } from "./support/rows.ts";

const SAFARI =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
const GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const NOON = Date.UTC(2026, 4, 5, 12, 30);

let link: { id: number; program_id: number; partner_id: number };
let first: Click;

function click(at: number, more: Partial<Click> & { user_agent?: string } = {}): Click {
  const { user_agent = SAFARI, ...rest } = more;
  const id = clickIdAt(at);
  return {
    id,
    customer_id: id,
    customer_created_at: at,
    at,
    dialect: "affitor",
    link_id: link.id,
    program_id: link.program_id,
    partner_id: link.partner_id,
    page: { affiliate_url: "https://shop.example/?aff=A", referrer_url: "https://blog.example/review" },
    visitor: { ip: "203.0.113.9", user_agent, gpc: false, country: "DE" },
    params: { gclid: "g1" },
    ...rest,
  };
}

beforeAll(async () => {
  const { program_id, partner_id } = await programAndPartner();
  const given = { program_id, partner_id, code: "A", destination_url: "https://shop.example/" };
  link = (await call("POST", "/links", given)).body;
  first = click(NOON);
  const again = click(NOON + 60_000, { customer_id: first.id, customer_created_at: first.at });
  const bot = click(NOON + 120_000, { user_agent: GOOGLEBOT });
  await record(env.DB, [first, again, bot, click(NOON + 3_600_000)], { give_up_after_ms: 1_000, now: 2_000 });
});

test("what was recorded is what every report shows", async () => {
  const counters = { clicks: 3, unique_clicks: 2, bot_clicks: 1 };
  expect((await call("GET", `/links/${link.id}`)).body).toMatchObject({
    ...counters,
    last_clicked: NOON + 3_600_000,
  });

  const day = "from=2026-05-05&to=2026-05-06";
  const listed = await call("GET", `/links?partner_id=${link.partner_id}&${day}`);
  expect(listed.body.data).toMatchObject([counters]);
  const days = await call("GET", `/stats?program_id=${link.program_id}&${day}`);
  expect(days.body).toMatchObject({ totals: counters, data: [counters] });
  const hours = await call(
    "GET",
    `/stats?link_id=${link.id}&interval=hour&from=2026-05-05T12:00Z&to=2026-05-05T14:00Z`,
  );
  expect(hours.body.data).toMatchObject([
    { clicks: 2, unique_clicks: 1, bot_clicks: 1 },
    { clicks: 1, unique_clicks: 1, bot_clicks: 0 },
  ]);
  for (const [by, value] of Object.entries({
    country: "DE",
    device: "Mobile",
    browser: "Safari",
    os: "iOS",
    referrer: "blog.example",
  })) {
    const { body } = await call("GET", `/breakdown?by=${by}&link_id=${link.id}&${day}`);
    expect(body.data).toEqual([{ value, clicks: 3, unique_clicks: 2 }]);
  }
  const clicks = await call("GET", `/clicks?link_id=${link.id}`);
  expect(clicks.body.data.map((shown: { is_bot: boolean }) => shown.is_bot)).toEqual([
    false,
    true,
    false,
    false,
  ]);
});

test("a visitor's click_id leads to the click, the customer and the later click", async () => {
  const { status, body } = await call("GET", `/clicks/cust_${first.id}_${first.at}`);
  expect(status).toBe(200);
  expect(() => ClickDetail.parse(body)).not.toThrow();
  expect(body.click).toMatchObject({
    id: first.id,
    click_id: `cust_${first.id}_${first.at}`,
    link_code: "A",
    is_unique: true,
    device_type: "Mobile",
    referrer_host: "blog.example",
    params: { gclid: "g1" },
  });
  expect(body.customer).toMatchObject({ id: first.id, link_id: link.id, last_clicked: NOON + 60_000 });
  expect(body.other_clicks).toHaveLength(1);
  expect(body.other_clicks[0]).toMatchObject({ customer_id: first.id, at: NOON + 60_000, is_unique: false });
});
