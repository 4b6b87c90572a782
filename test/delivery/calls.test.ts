/** How much a courier's run calls: the runtime allows an invocation 1,000 calls or more, to the network and to D1 alike. */
import { env, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Courier } from "../../worker/delivery/courier.ts";
import { couriersOf } from "../../worker/delivery/courier.ts";
import { received, sandboxes, tell } from "../support/sandboxes.ts";
import {
  clickIdOf,
  courier,
  delivery,
  due,
  EVERFLOW_WITH_KEY,
  owedClick,
  owedClicks,
  run,
  useSandboxes,
} from "./support/courier.ts";

const LIMIT = 1_000;
const REFUSAL =
  "Too many subrequests by single Worker invocation. To configure this limit, refer to https://developers.cloudflare.com/workers/wrangler/configuration/#limits";

useSandboxes(EVERFLOW_WITH_KEY);
afterEach(() => void vi.restoreAllMocks());

/** Answers Everflow's clicks at once, but where `instead` does. @returns how often each click id was sent. */
function answerClicks(instead: (url: URL) => Promise<Response> | undefined = () => undefined) {
  const real = globalThis.fetch;
  const times = new Map<string, number>();
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const url = new URL(String(input));
    if (url.origin !== sandboxes.everflow || url.pathname.startsWith("/_sandbox")) return real(input, init);
    const given = instead(url);
    if (given) return given;
    if (url.pathname !== "/clk") return real(input, init);
    const id = url.searchParams.get("sub5")!;
    times.set(id, (times.get(id) ?? 0) + 1);
    return Response.json({ transaction_id: "a".repeat(32), error_code: 0 });
  });
  return times;
}

async function pending(): Promise<number> {
  const count = env.DB.prepare("SELECT COUNT(*) AS n FROM deliveries WHERE state = 'pending'");
  return (await count.first<number>("n"))!;
}

/** Every statement of the courier's is counted. */
async function runCounted(): Promise<{ next: number | null; statements: number }> {
  const { stub, route } = couriersOf(env, 1, "everflow")[0]!;
  return runInDurableObject(stub, async (instance: Courier, { storage }) => {
    storage.kv.put("route", route);
    let statements = 0;
    const prepare = (sql: string) => {
      statements++;
      return env.DB.prepare(sql);
    };
    (instance as unknown as { env: object }).env = { ...env, DB: { prepare } };
    await instance.alarm();
    const next = await storage.getAlarm();
    await storage.deleteAlarm();
    return { next, statements };
  });
}

// A run used to go on for a minute, however often it called; the runtime's refusal was then taken for the network's.
test("a run calls less often than any plan's limit, the next one goes on at once, and all arrive once", async () => {
  const clicks = await owedClicks(1_100);
  const times = answerClicks();
  let runs = 0;
  for (let left = clicks.length; left > 0; runs++) {
    const { next, statements } = await runCounted();
    const sent = left - (await pending());
    left -= sent;
    expect(sent + statements).toBeLessThan(LIMIT * 0.6);
    if (left > 0) {
      expect(sent).toBeGreaterThan(LIMIT * 0.4);
      expect(next).toBeLessThanOrEqual(Date.now());
    }
  }
  expect(runs).toBe(3);
  expect(times.size).toBe(clicks.length);
  expect([...times.values()].every((n) => n === 1)).toBe(true);
});

test("a click that the network keeps waiting keeps none waiting that the next run would send", async () => {
  const hanging = await owedClick();
  const others = await owedClicks(700);
  const { promise: answered, resolve: answer } = Promise.withResolvers<Response>();
  let sent = 0;
  const times = answerClicks((url) => {
    if (url.searchParams.get("sub5") === clickIdOf(hanging)) return answered;
    // Not before all others are sent: whatever waits for it before waits for ever.
    if (++sent === others.length) answer(Response.json({ transaction_id: "b".repeat(32), error_code: 0 }));
    return undefined;
  });
  expect(await run("everflow")).toBeLessThanOrEqual(Date.now());
  expect(await pending()).toBeGreaterThan(100);
  const kept = await runInDurableObject(courier("everflow"), (_, { storage }) => storage.kv.get("claimed"));
  expect(kept).toContain(hanging.id);
  expect(await run("everflow")).toBeNull();
  expect(await pending()).toBe(0);
  expect(times.size).toBe(others.length);
  expect([...times.values()].every((n) => n === 1)).toBe(true);
  const row = await delivery(hanging);
  expect(row).toMatchObject({ state: "delivered", reference: "b".repeat(32) });
  expect(row.attempts).toHaveLength(1);
});

describe("when the runtime refuses calls all the same", () => {
  /** It allows so many calls of Everflow to each run. */
  let allowed: number;
  const refused = () => {
    if (allowed-- > 0) return undefined;
    return Promise.reject(new Error(REFUSAL));
  };

  test("nothing is booked as the network's failure, and the next runs go on", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const clicks = await owedClicks(50);
    const times = answerClicks(refused);
    for (const which of ["first", "second"]) {
      allowed = 20;
      const next = await run("everflow");
      expect(next, which).toBeGreaterThan(Date.now());
      expect(next, which).toBeLessThanOrEqual(Date.now() + 1_000);
      expect(await courier("everflow").health()).toMatchObject({
        circuit: { state: "closed", failures: 0 },
        last_hour: { retried: 0 },
      });
    }
    allowed = 20;
    expect(await run("everflow")).toBeNull();
    for (const click of clicks) {
      expect(await delivery(click)).toMatchObject({ state: "delivered", attempts: [{ status: 200 }] });
      expect(times.get(clickIdOf(click))).toBe(1);
    }
  });

  test("a click that Everflow could not be asked about is asked about in the next run", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    await tell("everflow", { mode: "hang", taken: true, times: 1 });
    const click = await owedClick();
    await run("everflow");
    await due(click);
    allowed = 0;
    answerClicks(refused);
    await run("everflow");
    expect(await delivery(click)).toMatchObject({ state: "pending", attempts: [{ status: null }] });
    vi.restoreAllMocks();
    expect(await run("everflow")).toBeNull();
    expect(await delivery(click)).toMatchObject({ state: "delivered", attempts: [{ status: null }] });
    expect(await received("everflow", clickIdOf(click))).toHaveLength(1);
  });
});
