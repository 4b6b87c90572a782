/** One slip in a setting stops what needs that setting, and nothing else. */
import { env, runInDurableObject } from "cloudflare:test";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { Intake } from "../../worker/clicks/intake.ts";
import { Courier } from "../../worker/delivery/courier.ts";
import type { Env } from "../../worker/env.ts";
import { app } from "../../worker/index.ts";
import {
  CHROME,
  COLLECTOR,
  events,
  owedTo,
  recordAll,
  rowsStored,
  seedNetworks,
  seedProgram,
} from "../support/program.ts";

beforeAll(async () => {
  await seedProgram([{ code: "PARTNER123", everflow: { offer_id: 6, affiliate_id: 7 } }]);
  await seedNetworks();
});

const HOUR_MS = 3_600_000;

const track = (slip: Partial<Env>) =>
  app.request(
    `${COLLECTOR}/api/v1/track/click`,
    {
      method: "POST",
      headers: { "Content-Type": "application/json", "User-Agent": CHROME },
      body: JSON.stringify({ affiliate_url: "https://shop.example/?aff=PARTNER123" }),
    },
    { ...env, ...slip },
  );

const open = (path: string, slip: Partial<Env>) =>
  app.request(
    `${COLLECTOR}${path}`,
    { headers: { "User-Agent": CHROME, "Sec-Fetch-Dest": "document" } },
    { ...env, ...slip },
  );

/** What is said in the log until the test ends. */
function log() {
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  onTestFinished(() => said.mockRestore());
  return () => said.mock.calls.map((words) => words.map(String).join(" "));
}

// First, so that no courier is awake yet that knows better settings.
test("with slips in the delivery's settings clicks are recorded, owed for 48 hours, and not sent", async () => {
  const said = log();
  const slips = { ...env, DELIVERY_HOURS: "2d", COURIERS_PER_NETWORK: "0", DELIVERY_TIMEOUT_MS: "ten" };
  await runInDurableObject(env.INTAKE.getByName("slip"), async (_, state) => {
    const intake = new Intake(state, slips);
    for (let i = 0; i < 2; i++) {
      // As accept() makes it.
      const at = Date.now();
      await intake.keep(
        JSON.stringify({
          id: `5119${i}`.padEnd(32, "0"),
          customer_id: `5119${i}`.padEnd(32, "0"),
          customer_created_at: at,
          at,
          dialect: "everflow",
          link_id: 2,
          program_id: 1,
          partner_id: 1,
          page: {},
          visitor: { ip: "", user_agent: CHROME, gpc: false },
          params: {},
        }),
      );
      await intake.alarm();
    }
  });
  const recorded = await events("id LIKE '5119%'");
  expect(recorded).toHaveLength(2);
  const [event] = recorded;
  expect(await owedTo(event!.id)).toEqual({ everflow: null });
  const owed = () =>
    env.DB.prepare("SELECT state, attempts, give_up_at FROM deliveries WHERE event_id = ?")
      .bind(event!.id)
      .first();
  expect(await owed()).toMatchObject({ give_up_at: Number(event!.at) + 48 * HOUR_MS });
  const hours = 'DELIVERY_HOURS is "2d": it must be a whole number from 1 to 720';
  // Once, and not with every batch.
  expect(said().filter((words) => words.includes(hours))).toEqual([expect.stringContaining("48")]);

  await runInDurableObject(env.COURIER.getByName("slip"), async (_, state) => {
    state.storage.kv.put("route", { program_id: 1, network: "everflow", courier: 0 });
    for (const name of ["COURIERS_PER_NETWORK", "DELIVERY_TIMEOUT_MS"] as const) {
      await new Courier(state, { ...env, [name]: slips[name] }).alarm();
      expect(said().at(-1)).toContain(`${name} is "${slips[name]}"`);
      // Mended, it goes on by itself.
      expect(await state.storage.getAlarm()).not.toBeNull();
    }
    await state.storage.deleteAlarm();
  });
  expect(await owed()).toMatchObject({ state: "pending", attempts: "[]" });
});

test.each<Partial<Env>>([
  { DELIVERY_HOURS: "2d" },
  { DELIVERY_TIMEOUT_MS: "ten" },
  { COURIERS_PER_NETWORK: "0" },
  { ADMIN_TOKEN: "short" },
  { ACCESS_TEAM_DOMAIN: "a/b" },
])("with %j clicks are accepted all the same", async (slip) => {
  const before = (await events()).length;
  expect(await (await track(slip)).json()).toMatchObject({ success: true });
  expect((await open("/clk?oid=6&affid=7", slip)).status).toBe(200);
  const followed = await open("/c/PARTNER123", slip);
  expect(followed.headers.get("Location")).toContain("cf_seal=");
  await recordAll();
  expect(await events()).toHaveLength(before + 3);
});

test.each<[Partial<Env>, string]>([
  [{ CLICK_ID_SECRET: "short" }, "CLICK_ID_SECRET is shorter than 32 characters"],
  [{ CLICK_ID_SECRET_PREVIOUS: "short" }, "CLICK_ID_SECRET_PREVIOUS holds a secret of 5 characters"],
  [{ INTAKE_SHARDS: "many" }, 'INTAKE_SHARDS is "many": it must be a whole number from 1 to 256'],
])("%j, which clicks need, refuses them, and the log names it", async (slip, fault) => {
  const said = log();
  const stored = await rowsStored();
  expect((await track(slip)).status).toBe(500);
  expect(said()).toEqual([expect.stringContaining(fault)]);
  expect(await rowsStored()).toBe(stored);
});

test("a manager gets in with any slip but one in ADMIN_TOKEN", async () => {
  const said = log();
  const get = (slip: Partial<Env>) =>
    app.request(
      `${COLLECTOR}/api/admin/programs`,
      { headers: { Authorization: `Bearer ${env.ADMIN_TOKEN}` } },
      { ...env, ...slip },
    );
  const slips = { INTAKE_SHARDS: "many", DELIVERY_HOURS: "2d", COURIERS_PER_NETWORK: "0" };
  expect((await get({ ...slips, DELIVERY_TIMEOUT_MS: "ten", CLICK_ID_SECRET: "short" })).status).toBe(200);
  expect(said()).toEqual([]);
  expect((await get({ ADMIN_TOKEN: "short" })).status).toBe(500);
  expect(said()).toEqual([expect.stringContaining("ADMIN_TOKEN is shorter than 16 characters")]);
});
