/** What Everflow says that it got, against what we say that we sent: real sockets, real deliveries, its sandbox. */

import { expect, test } from "vitest";
import { EverflowApi, isFault } from "../../worker/delivery/everflow-api.ts";
import type { EverflowClick } from "../../worker/networks/everflow-api.ts";
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

/** The collector's own client, with the affiliate's key that the Worker has as a secret. */
function client(
  { sandboxes }: Networked,
  key = sandboxes.secrets[`EVERFLOW_API_KEY_${AFFILIATE}`]!,
): EverflowApi {
  return new EverflowApi(
    { api_base: sandboxes.program.everflow.api_base, key },
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

test("the demo can be compared with Everflow as it is: each of its affiliates has a key", async () => {
  const { api, demo } = await openNetworked();
  const at = Date.now();
  const order = { program_id: demo.programId, from: at - 86_400_000, to: at };
  const compared = await api.post<{ data: { affiliate_id: number }[]; faults: object[] }>(
    "/reconciliation",
    order,
  );
  expect(compared.faults).toEqual([]);
  expect(new Set(compared.data.map(({ affiliate_id }) => affiliate_id))).toEqual(new Set([411, 412, 413]));
});
