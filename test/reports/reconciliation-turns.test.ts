/** Who is compared in a scheduled run that has ten minutes, and who in the next. The clock and Everflow are passed in. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { Env } from "../../worker/env.ts";
import { reconcile } from "../../worker/reports/reconciliation/reconcile.ts";
import { call, SHOP } from "./support/call.ts";
import { clockAt } from "./support/clock.ts";

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 0, 10, 12);
const SIX_HOURS = 6 * 60 * MINUTE;
/** The time limit of a call in tests is no matter here: whoever hangs does so by the clock below. */
const keyed = { ...env, EVERFLOW_API_KEY_412: "everflow-key-of-412-for-tests" } as Env;

/** Everflow as each program has it: p1 to p5; p1 has two affiliates, 411 and 412. */
const NAMES = ["p1", "p2", "p3", "p4", "p5"];
const host = (name: string) => `${name}.everflow.example`;
const ids = new Map<string, number>();

beforeAll(async () => {
  const partner_id = (await call("POST", "/partners", { name: "A partner" })).body.id;
  for (const name of NAMES) {
    const everflow = {
      tracking_domain: "https://www.acme-trk.example",
      api_base: `https://${host(name)}`,
      api_key_secret: "EVERFLOW_API_KEY",
    };
    const program_id = (await call("POST", "/programs", { ...SHOP, everflow })).body.id;
    ids.set(name, program_id);
    for (const affiliate_id of name === "p1" ? [411, 412] : [411]) {
      const given = {
        program_id,
        partner_id,
        code: `${name}-${affiliate_id}`,
        destination_url: "https://shop.example/",
        everflow: { offer_id: NAMES.indexOf(name) + 1, affiliate_id },
      };
      expect((await call("POST", "/links", given)).status).toBe(201);
    }
  }
});

beforeEach(async () => {
  await env.DB.batch(
    ["reconciliation", "reconciliation_faults"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
  );
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => void vi.restoreAllMocks());

const well = () => Response.json({ clicks: [] });
const busy = () => new Response("busy", { status: 429, headers: { "Retry-After": "60" } });

/** A run that begins at `start`. @param answer may take time, by its clock. @returns whom it asked, in turn, and how long it took. */
async function run(
  start: number,
  answer: (name: string, clock: { now: number }) => Response | Promise<Response>,
) {
  const clock = { now: start };
  const asked: string[] = [];
  await reconcile(keyed, start, {
    now: () => clock.now,
    wait: async (ms) => {
      clock.now += ms;
    },
    fetch: async (input) => {
      const name = new URL(String(input)).hostname.split(".")[0]!;
      if (asked.at(-1) !== name) asked.push(name);
      return answer(name, clock);
    },
  });
  return { asked, took: clock.now - start };
}

async function faults(name: string): Promise<Record<number, string>> {
  const { body } = await call("GET", `/reconciliation?program_id=${ids.get(name)}`);
  return Object.fromEntries(
    body.faults.map((fault: { affiliate_id: number; error: string }) => [fault.affiliate_id, fault.error]),
  );
}

// Three waits of a minute for each: programs behind the first five were never compared.
test("while Everflow puts everyone off, a run ends after ten minutes, and the next begins with who had no turn", async () => {
  const first = await run(NOON, busy);
  expect(first.took).toBeLessThanOrEqual(10 * MINUTE);
  // Two affiliates and a program take three minutes each, the next what is left.
  expect(first.asked).toEqual(["p1", "p2", "p3"]);
  expect(await faults("p2")).toEqual({ 411: "busy (to be asked again in 60 s)" });
  expect(await faults("p3")).toEqual({ 411: "busy (the run's time was over)" });
  expect(await faults("p4")).toEqual({});
  const second = await run(NOON + SIX_HOURS, well);
  expect(second.asked).toEqual(["p4", "p5", "p1", "p2", "p3"]);
  for (const name of NAMES) expect(await faults(name)).toEqual({});
});

test("an API that is slow keeps later programs waiting for one run, not for ever", async () => {
  const slowly = (name: string, clock: { now: number }) => {
    clock.now += name === "p1" ? 4 * MINUTE : 0;
    return well();
  };
  expect((await run(NOON, slowly)).asked).toEqual(["p1"]);
  expect((await run(NOON + SIX_HOURS, slowly)).asked).toEqual(["p2", "p3", "p4", "p5", "p1"]);
});

test("what an affiliate's clicks could not be read for is kept before the next one's are asked for", async () => {
  const seen: object[] = [];
  let calls = 0;
  await run(NOON, async (name) => {
    if (name !== "p1") return well();
    if (++calls === 1) return new Response("no", { status: 403 });
    seen.push(await faults("p1"));
    return well();
  });
  expect(seen[0]).toEqual({ 411: "no" });
  expect(await faults("p1")).toEqual({ 411: "no" });
});

test("an affiliate that no run has time for gives way to the others, and is told of", async () => {
  const endless = (_: string, clock: { now: number }) => {
    clock.now += 9 * MINUTE;
    return busy();
  };
  expect((await run(NOON, endless)).asked).toEqual(["p1"]);
  expect(await faults("p1")).toEqual({ 411: "busy (the run's time was over)" });
  const again = await run(NOON + SIX_HOURS, endless);
  // 412 of the same program, which had no turn.
  expect(again.asked).toEqual(["p1"]);
  expect(await faults("p1")).toEqual({
    411: "busy (the run's time was over)",
    412: "busy (the run's time was over)",
  });
  expect((await run(NOON + 2 * SIX_HOURS, endless)).asked).toEqual(["p2"]);
});

test("a manager who asks for more days than one request can compare is told so, and no affiliate is blamed", async () => {
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => {
    throw new Error("Too many subrequests by single Worker invocation.");
  });
  clockAt(NOON);
  const order = { program_id: ids.get("p2"), from: "2026-01-01", to: "2026-01-10" };
  const { status, body } = await call("POST", "/reconciliation", order);
  expect(status).toBe(400);
  expect(body).toEqual({ error: expect.stringContaining("ask for fewer days"), field: "from" });
  expect(await faults("p2")).toEqual({});
});

test("when the runtime makes no more calls, the run ends, and it is nobody's fault", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  let left = 7;
  const limited = () => {
    if (left-- > 0) return well();
    throw new Error("Too many subrequests by single Worker invocation.");
  };
  expect((await run(NOON, limited)).asked).toEqual(["p1", "p2"]);
  for (const name of NAMES) expect(await faults(name)).toEqual({});
  const next = await run(NOON + SIX_HOURS, well);
  expect(next.asked[0]).toBe("p3");
});
