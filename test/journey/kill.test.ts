/**
 * Nothing that was answered is lost, nothing is counted twice, and every click reaches its networks, when everything
 * but the networks dies at any moment.
 * `npm run test:kill` does ten rounds; KILL_SEED repeats the moments of a run.
 */

import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { adminApi } from "../../scripts/admin-api.ts";
import { openSandboxes } from "../../scripts/sandbox/sandboxes.ts";
import { seedDemo } from "../../scripts/seed-demo.ts";
import { loadClicks, type SentClick, sendClick } from "../support/node/click-load.ts";
import { type Arrived, expectDelivered, waitingDeliveries } from "../support/node/deliveries.ts";
import { freePorts } from "../support/node/free-ports.ts";
import { seeded } from "../support/node/random.ts";
import { type Started, start } from "../support/node/started.ts";
import { type Stored, stored } from "../support/node/stored.ts";
import { tempFolder } from "../support/node/temp-folder.ts";
import { until } from "../support/node/until.ts";
import { freezeInWorstMoment } from "../support/node/worst-moment.ts";
import { DISAGREEMENTS } from "../support/sums.ts";

const ROUNDS = Number(process.env.KILL_ROUNDS ?? 2);
const SEED = Number(process.env.KILL_SEED ?? Math.floor(Math.random() * 2 ** 32));
const ROUND_MS = 90_000;
const DRAINED_MS = 20_000;
const DELIVERED_MS = 40_000;
/** Attempts that a courier has under way at most (worker/delivery/courier.ts). */
const IN_FLIGHT = 6;
const ADMIN_TOKEN = "admin-token-for-tests";
const CODE = "TRAILBLOG";
const CONNECTIONS = 32;
/** After the first answers: at times before anything is in D1, at times amid its batches. */
const KILL_WITHIN_MS = 1_500;

test("what was answered before kill -9 is recorded and counted once, and delivered to both networks", {
  timeout: ROUNDS * ROUND_MS,
}, async () => {
  console.log(`KILL_SEED=${SEED}, ${ROUNDS} rounds`);
  const random = seeded(SEED);
  const folder = tempFolder();
  const port = await freePorts();
  const url = `http://127.0.0.1:${port}`;
  const disk = stored(folder);
  const sent: SentClick[] = [];
  const sandboxes = await openSandboxes();
  onTestFinished(() => sandboxes.close());
  const startOn = () => startWith(folder, port, sandboxes.secrets);
  let running = await startOn();
  await seedDemo(adminApi(url, ADMIN_TOKEN), "http://shop.localhost", sandboxes);
  const before = { everflow: NOTHING, avantlink: NOTHING };

  for (let round = 1; round <= ROUNDS; round++) {
    const load = loadClicks(url, CODE, CONNECTIONS, `round-${round}`);
    await load.answered(CONNECTIONS);
    const moment_ms = Math.floor(random() * KILL_WITHIN_MS);
    await delay(moment_ms);
    // Every other time in the worst moment: D1 has the batch, and the Intake does not know.
    if (round % 2 === 0) await freezeInWorstMoment(running.child.pid!, disk);
    await running.killAll();
    await load.stop();
    sent.push(...load.sent);
    const left = disk.waiting().length;
    const inBoth = disk.waitingInD1().length;
    const owed = waitingDeliveries(disk);

    running = await startOn();
    // Some visitors' scripts try again, now and after: nobody told them whether the first try had arrived.
    await sendAgain(url, load.sent);
    await until(() => disk.waiting().length === 0, DRAINED_MS, "the Intakes are drained");
    await until(() => waitingDeliveries(disk) === 0, DELIVERED_MS, "all is delivered");
    const answered = load.sent.filter((click) => click.click_id).length;
    console.log(
      `round ${round}: killed after ${moment_ms} ms, ${answered} clicks answered, ${left} left to record, ${inBoth} of them already in D1, ${owed} deliveries waiting`,
    );
    expectRecordedOnce(disk, sent);
    expectCountersAgree(disk);
    const now = expectDelivered(disk, sandboxes);
    for (const network of ["everflow", "avantlink"] as const) {
      // Everflow's own report tells which of those that were under way it has; AvantLink has none to ask.
      const underWay = network === "everflow" ? 0 : IN_FLIGHT;
      expectFewRepeated(round, network, now[network], before[network], underWay);
      before[network] = now[network];
    }
  }
  expect(disk.setAside()).toBe(0);
});

async function startWith(
  folder: string,
  port: number,
  everflowKeys: Record<string, string>,
): Promise<Started> {
  // Without the demo, whose networks would die with it.
  const started = start({
    CLICKFERRY_DATA: folder,
    PORT: String(port),
    CLICKFERRY_DEMO: "0",
    ALLOW_LOOPBACK_NETWORKS: "1",
    ADMIN_TOKEN,
    ...everflowKeys,
  });
  onTestFinished(() => started.killAll());
  await started.ready();
  return started;
}

/** A repeat of an answered click is told the same again; one that was never answered is answered now. */
async function sendAgain(url: string, clicks: SentClick[]): Promise<void> {
  const repeatable = clicks.filter((click) => click.event_id);
  const unanswered = repeatable.filter((click) => !click.click_id);
  for (const click of unanswered) click.click_id = await sendClick(url, CODE, click);
  for (const click of repeatable.slice(-20)) {
    expect(await sendClick(url, CODE, click)).toBe(click.click_id);
  }
}

const NOTHING: Arrived = { clicks: 0, repeated: 0, failed: 0 };

/** A network gets a click again only when an attempt was under way at the kill, or failed as far as we know. */
function expectFewRepeated(
  round: number,
  network: string,
  now: Arrived,
  before: Arrived,
  underWay: number,
): void {
  const clicks = now.clicks - before.clicks;
  const repeated = now.repeated - before.repeated;
  const failed = now.failed - before.failed;
  console.log(
    `round ${round}: ${network} got ${clicks} clicks, ${repeated} of them again, ${failed} attempts failed`,
  );
  expect(repeated).toBeLessThanOrEqual(underWay + failed);
}

function expectRecordedOnce(disk: Stored, sent: SentClick[]): void {
  const rows = disk.rows<{ id: string; session_id: string; customer_id: string; is_bot: number }>(
    "SELECT id, session_id, customer_id, is_bot FROM affiliate_click_events",
  );
  const bySession = new Map(rows.map((row) => [row.session_id, row]));
  // An unanswered click may be there or not, but neither it nor any other is there twice.
  expect(rows.length).toBe(bySession.size);
  const lost: string[] = [];
  for (const { session, click_id, existing_click_id } of sent) {
    if (!click_id) continue;
    const row = bySession.get(session);
    const hex = click_id.split("_")[1]!;
    const right = row && row.customer_id === hex && (existing_click_id ? row.id !== hex : row.id === hex);
    if (!right || row.is_bot) lost.push(`${session} ${click_id}`);
  }
  expect(lost).toEqual([]);
}

function expectCountersAgree(disk: Stored): void {
  for (const [name, sql] of Object.entries(DISAGREEMENTS)) expect([name, disk.rows(sql)]).toEqual([name, []]);
}
