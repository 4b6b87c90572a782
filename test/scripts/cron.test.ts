/** The cron trigger of a collector on this machine; the minute is passed by hand. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openCollector } from "../../scripts/collector.ts";
import { type Networked, openNetworked, secrets } from "../support/node/networked.ts";
import { tempFolder } from "../support/node/temp-folder.ts";
import { until } from "../support/node/until.ts";

const MINUTE_MS = 60_000;
const DELIVERED_MS = 10_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A click that Everflow is owed, and whose courier nobody has woken. @returns its click id */
async function owedAndForgotten({ rows, demo }: Networked, id: string): Promise<string> {
  const at = Date.now();
  await rows(
    `INSERT INTO affiliate_click_events (id, customer_id, at, dialect, program_id, link_id, is_unique, is_bot, gpc)
     VALUES (?1, ?1, ?2, 'affitor', ?3, ?4, 1, 0, 0)`,
    id,
    at,
    demo.programId,
    demo.links[0]!.id,
  );
  await rows(
    `INSERT INTO deliveries (event_id, network, program_id, state, lane, next_attempt_at, give_up_at)
     VALUES (?, 'everflow', ?, 'pending', 0, ?, ?)`,
    id,
    demo.programId,
    at,
    at + MINUTE_MS,
  );
  return `cust_${id}_${at}`;
}

const ONE = "1".repeat(32);
const OTHER = "2".repeat(32);

test("what a killed collector owed is delivered as soon as it is started again", async () => {
  const dataDir = tempFolder();
  const first = await openNetworked({ dataDir });
  const { everflow } = first.sandboxes;
  const clickId = await owedAndForgotten(first, ONE);
  await first.collector.close();
  expect(everflow.counts.requests).toBe(0);

  const bindings = { ALLOW_LOOPBACK_NETWORKS: "1" };
  const second = await openCollector({ dataDir, port: 0, ...secrets, bindings });
  try {
    await until(() => everflow.times(clickId) === 1, DELIVERED_MS, "Everflow gets it");
  } finally {
    await second.close();
  }
});

test("every minute it looks whether a network is owed something that nobody delivers, until it is closed", async () => {
  const networked = await openNetworked();
  const { everflow } = networked.sandboxes;
  for (const id of [ONE, OTHER]) {
    const clickId = await owedAndForgotten(networked, id);
    vi.advanceTimersByTime(MINUTE_MS - 1);
    expect(everflow.times(clickId)).toBe(0);
    vi.advanceTimersByTime(1);
    await until(() => everflow.times(clickId) === 1, DELIVERED_MS, "Everflow gets it");
  }
  await networked.collector.close();
  expect(vi.getTimerCount()).toBe(0);
});
