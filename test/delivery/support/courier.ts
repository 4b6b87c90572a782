/** A program with both sandbox networks, clicks that are owed to them, and couriers whose alarms are run by hand. */
import { env, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { beforeAll, beforeEach } from "vitest";
import type { Click, NetworkName } from "../../../worker/click.ts";
import { formatClickId } from "../../../worker/click.ts";
import { record } from "../../../worker/clicks/record.ts";
import type { Courier } from "../../../worker/delivery/courier.ts";
import { couriersOf } from "../../../worker/delivery/courier.ts";
import type { Attempt } from "../../../worker/delivery/outbox.ts";
import { CHROME, linkRow, seedProgram } from "../../support/program.ts";
import { sandboxes, tell } from "../../support/sandboxes.ts";

export const HOURS_48_MS = 48 * 3_600_000;
/** The time limit of an attempt in tests; see vitest.config.ts. */
export const TIMEOUT_MS = 300;

/** The sandbox Everflow, with and without the key of the link's affiliate. */
const { api_key_secret: _, ...withoutKey } = sandboxes.program.everflow;
export const EVERFLOW: Record<string, unknown> = withoutKey;
export const EVERFLOW_WITH_KEY = { ...EVERFLOW, api_key_secret: "SANDBOX_EVERFLOW_KEY" };

/** For each test of a file: both networks are well, and nothing is owed. */
export function useSandboxes(everflow = EVERFLOW): void {
  beforeAll(async () => {
    await seedProgram();
    await setProgram({ everflow, avantlink: sandboxes.program.avantlink });
    await env.DB.prepare("UPDATE referral_links SET everflow = ? WHERE code = 'PARTNER123'")
      .bind(JSON.stringify(sandboxes.link))
      .run();
  });

  beforeEach(async () => {
    for (const name of ["everflow", "avantlink"] as const) {
      await tell(name);
      // Each test begins with a closed circuit; an alarm that an earlier one left would run into it.
      await runInDurableObject(courier(name), async (_, state) => {
        state.storage.kv.delete("circuit");
        await state.storage.deleteAlarm();
      });
      await evictDurableObject(courier(name));
    }
    await env.DB.prepare("DELETE FROM deliveries").run();
  });
}

export async function setProgram(networks: Record<string, unknown>): Promise<void> {
  for (const [name, settings] of Object.entries(networks)) {
    await env.DB.prepare(`UPDATE programs SET ${name} = ?`)
      .bind(settings && JSON.stringify(settings))
      .run();
  }
}

export function courier(network: NetworkName) {
  return couriersOf(env, 1, network)[0]!.stub;
}

let made = 0;

/** A recorded click that is owed to Everflow, and with an avad to AvantLink too. */
export async function owedClick(over: Partial<Click> = {}): Promise<Click> {
  const [click] = await owedClicks(1, over);
  return click!;
}

/** As {@link owedClick}, recorded together. */
export async function owedClicks(count: number, over: Partial<Click> = {}): Promise<Click[]> {
  const link_id = Number((await linkRow("PARTNER123")).id);
  const clicks = Array.from({ length: count }, () => newClick(link_id, over));
  await record(env.DB, clicks, { give_up_after_ms: HOURS_48_MS, now: Date.now() });
  return clicks;
}

function newClick(link_id: number, over: Partial<Click>): Click {
  const at = over.at ?? Date.now();
  const id = Math.floor(at / 1000)
    .toString(16)
    .concat((made++).toString(16).padStart(12, "0"), crypto.randomUUID().slice(-12));
  return {
    id,
    customer_id: id,
    customer_created_at: at,
    at,
    dialect: "affitor",
    link_id,
    program_id: 1,
    partner_id: 1,
    page: { affiliate_url: "https://shop.example/pricing?aff=PARTNER123" },
    visitor: { ip: "198.51.100.7", user_agent: CHROME, gpc: false },
    params: {},
    ...over,
  };
}

/** Runs the courier's alarm to its end. @returns when it means to run again, unix ms. */
export async function run(network: NetworkName): Promise<number | null> {
  const { stub, route } = couriersOf(env, 1, network)[0]!;
  return runInDurableObject(stub, async (instance: Courier, state) => {
    state.storage.kv.put("route", route);
    await instance.alarm();
    const next = await state.storage.getAlarm();
    await state.storage.deleteAlarm();
    return next;
  });
}

/** Lets the wait be over. */
export async function due(click: Click): Promise<void> {
  await env.DB.prepare("UPDATE deliveries SET next_attempt_at = 0 WHERE event_id = ? AND state = 'pending'")
    .bind(click.id)
    .run();
}

export interface Row {
  state: string;
  reason: string | null;
  reference: string | null;
  next_attempt_at: number;
  attempts: Attempt[];
}

export async function delivery(click: Click, network: NetworkName = "everflow"): Promise<Row> {
  const row = await env.DB.prepare("SELECT * FROM deliveries WHERE event_id = ? AND network = ?")
    .bind(click.id, network)
    .first<Omit<Row, "attempts"> & { attempts: string }>();
  return { ...row!, attempts: JSON.parse(row!.attempts) };
}

export const clickIdOf = (click: Click) => formatClickId(click.id, click.at);
