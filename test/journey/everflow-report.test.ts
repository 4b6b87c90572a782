/** What Everflow says that it got, against what we say that we sent: real sockets, real deliveries, its sandbox. */

import { expect, test } from "vitest";
import { EverflowApi, isFault } from "../../worker/delivery/everflow-api.ts";
import { type EverflowClick, eventIdOf } from "../../worker/networks/everflow-api.ts";
import { sendClick } from "../support/node/click-load.ts";
import { type Networked, openNetworked } from "../support/node/networked.ts";
import { until } from "../support/node/until.ts";

const CODE = "TRAILBLOG";
const DELIVERED_MS = 15_000;
const AFFILIATE = 411;

interface SentRow {
  event_id: string;
  at: number;
  state: string;
  reference: string;
}

/** The collector's own client, at Everflow with the affiliate's key that the Worker has as a secret. */
function client(
  { sandboxes }: Networked,
  key = sandboxes.secrets[`EVERFLOW_API_KEY_${AFFILIATE}`]!,
  api_base = sandboxes.program.everflow.api_base,
): EverflowApi {
  return new EverflowApi(
    { api_base, key },
    {
      timeout_ms: 5_000,
      targets: { allowLoopback: true },
      fetch,
      now: Date.now,
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    },
  );
}

async function readAll(api: EverflowApi, from: number): Promise<EverflowClick[]> {
  const rows: EverflowClick[] = [];
  for await (const slice of api.clicks({ from, to: Math.ceil(Date.now() / 1000) })) {
    if (isFault(slice)) throw new Error(slice.fault);
    rows.push(...slice.clicks);
  }
  return rows;
}

test("each delivery is in Everflow's report, under the id that Everflow gave it, and nothing else is", async () => {
  const from = Math.floor(Date.now() / 1000);
  const networked = await openNetworked();
  for (let i = 0; i < 25; i++) await sendClick(networked.collector.url, CODE, { session: `${i}` });
  const sent = () =>
    networked.rows<SentRow>(
      `SELECT d.event_id, e.at, d.state, d.reference
       FROM deliveries d JOIN affiliate_click_events e ON e.id = d.event_id WHERE d.network = 'everflow'`,
    );
  const delivered = async () => (await sent()).filter(({ state }) => state === "delivered").length === 25;
  await until(delivered, DELIVERED_MS, "25 are delivered");

  const rows = await readAll(client(networked), from);
  const there = rows.map(({ transaction_id, row }) => [transaction_id, row.sub5]);
  const here = (await sent()).map(({ event_id, at, reference }) => [reference, `cust_${event_id}_${at}`]);
  expect(there.toSorted()).toEqual(here.toSorted());
});

const CHROME =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const PHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

/** What both reports can know of a click; the others' own ids, hosts and times differ. */
function common({ row, offer_id }: EverflowClick) {
  const { relationship, ...own } = row as Record<string, unknown> & {
    relationship: { device_information: Record<string, unknown>; query_parameters: unknown };
  };
  const ids = ["idfa", "google_ad_id", "android_id"].flatMap((id) => [id, `${id}_md5`, `${id}_sha1`]);
  const names = [
    "is_unique",
    "source_id",
    "sub1",
    "sub2",
    "sub3",
    "sub4",
    "revenue_type",
    "revenue",
    "user_ip",
  ];
  const more = ["error_code", "error_message", "currency_id", "coupon_code"];
  const { is_mobile, is_tablet, device_type, is_robot, is_filter } = relationship.device_information;
  return {
    ...Object.fromEntries([...ids, ...names, ...more].map((name) => [name, own[name]])),
    offer_id,
    device: { is_mobile, is_tablet, device_type, is_robot, is_filter },
    query_parameters: relationship.query_parameters,
  };
}

test("our own report and Everflow's, read by the same client, agree row for row", async () => {
  const from = Math.floor(Date.now() / 1000);
  const networked = await openNetworked();
  const { collector, sandboxes, rows, api } = networked;
  const { offer_id, affiliate_id } = sandboxes.link(0);
  const calls: Record<string, string>[] = [
    { sub1: "facebook", sub2: "a b&c", sub3: "ü😀", sub4: "%20", source_id: "list" },
    { coupon_code: "SUMMER", idfa: "6D92078A-8246-4BA4-AE5B-76104861E7DC" },
    { google_aid: "cdda802e-fb9c-47ad-9866-0794d394c912", android_id: "9774d56d682e549c" },
    {},
  ];
  const made: string[] = [];
  for (const [i, given] of calls.entries()) {
    const query = new URLSearchParams({ oid: String(offer_id), affid: String(affiliate_id), ...given });
    const headers = { "X-Forwarded-For": `198.51.100.${i + 1}`, "User-Agent": i % 2 ? PHONE : CHROME };
    const answer = await fetch(`${collector.url}/clk?${query}`, { headers });
    made.push(((await answer.json()) as { transaction_id: string }).transaction_id);
  }
  const delivered = async () =>
    (await rows("SELECT 1 FROM deliveries WHERE state = 'delivered'")).length === calls.length;
  await until(delivered, DELIVERED_MS, "all are delivered");
  const [partner] = await rows<{ id: number }>(
    "SELECT partner_id AS id FROM referral_links WHERE code = ?",
    CODE,
  );
  const { api_key } = await api.post<{ api_key: string }>(`/partners/${partner!.id}/rotate-key`, {});

  const ours = await readAll(client(networked, api_key, collector.url), from);
  const theirs = await readAll(client(networked), from);
  expect(ours.map(({ transaction_id }) => transaction_id).toSorted()).toEqual(made.toSorted());
  expect(theirs).toHaveLength(ours.length);
  for (const row of ours) {
    const same = theirs.find((each) => eventIdOf(each, "sub5") === row.transaction_id);
    expect(common(same!)).toEqual(common(row));
    expect(same!.unix_timestamp).toBeGreaterThanOrEqual(row.unix_timestamp);
    // Field for field the same row, by name and type.
    expect(shape(same!.row)).toEqual(shape(row.row));
  }
});

/** Names and types of a row, in order. */
function shape(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.entries(value).map(([name, inner]) => [name, shape(inner)]);
}

test("a network's key does not open an affiliate's report, and Everflow's own words say so", async () => {
  const networked = await openNetworked();
  const answer = await client(networked, networked.sandboxes.secrets.EVERFLOW_API_KEY!)
    .clicks({ from: 1, to: 2 })
    .next();
  expect(answer.value).toEqual({ fault: "This needs an affiliate's key", status: 403 });
});

test("a link's tracking URL is made by Everflow, and a click on it is the link's offer's", async () => {
  const networked = await openNetworked();
  const { collector, sandboxes } = networked;
  const [link] = await networked.rows<{
    id: number;
    everflow_offer_id: number;
    everflow_affiliate_id: number;
  }>("SELECT id, everflow_offer_id, everflow_affiliate_id FROM referral_links WHERE code = ?", CODE);
  const made = await fetch(`${collector.url}/api/admin/links/${link!.id}/everflow-link`, {
    method: "POST",
    headers: { Authorization: "Bearer admin-token-for-tests" },
  });
  expect(made.status).toBe(200);
  const { url } = (await made.json()) as { url: string };
  expect(url.startsWith(`${sandboxes.everflow.url}/clk?`)).toBe(true);
  const click = await fetch(url);
  expect(await click.json()).toMatchObject({
    error_code: 0,
    oid: link!.everflow_offer_id,
    aid: link!.everflow_affiliate_id,
  });
  const [kept] = await networked.rows(
    "SELECT everflow_tracking_url AS url FROM referral_links WHERE id = ?",
    link!.id,
  );
  expect(kept).toEqual({ url });
});
