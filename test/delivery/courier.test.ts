/** The courier against the sandbox networks, over real sockets. Time is moved by hand: rows become due, alarms are run. */
import { env, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import type { Click } from "../../worker/click.ts";
import type { Courier } from "../../worker/delivery/courier.ts";
import { couriersOf } from "../../worker/delivery/courier.ts";
import type { Attempt } from "../../worker/delivery/outbox.ts";
import { sweep } from "../../worker/delivery/sweep.ts";
import { CHROME, postClick, recordAll } from "../support/program.ts";
import { received, type SandboxName, sandboxes, tell } from "../support/sandboxes.ts";
import {
  clickIdOf,
  courier,
  delivery,
  due,
  EVERFLOW,
  HOURS_48_MS,
  owedClick,
  run,
  setProgram,
  TIMEOUT_MS,
  useSandboxes,
} from "./support/courier.ts";

useSandboxes();

describe("while the networks are well", () => {
  test("a click arrives at both, once, and Everflow's transaction id is kept with it", async () => {
    const click = await owedClick({ params: { avad: "77_f3afbe121" } });
    expect(await run("everflow")).toBeNull();
    expect(await run("avantlink")).toBeNull();
    const everflow = await received("everflow", clickIdOf(click));
    expect(everflow.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET /clk?oid=${sandboxes.link.offer_id}&affid=${sandboxes.link.affiliate_id}&sub5=${clickIdOf(click)}`,
    ]);
    expect(everflow[0]!.headers).toMatchObject({ "user-agent": CHROME, "x-forwarded-for": "198.51.100.7" });
    expect(await received("avantlink", clickIdOf(click))).toHaveLength(1);
    expect(await delivery(click)).toMatchObject({
      state: "delivered",
      reference: expect.stringMatching(/^[0-9a-f]{32}$/),
      attempts: [
        { status: 200, words: "error_code 0", at: expect.any(Number), duration_ms: expect.any(Number) },
      ],
    });
    expect(await delivery(click, "avantlink")).toMatchObject({ state: "delivered", reason: "success" });
  });

  test("what it was sent to Everflow with is kept, and stays though it is put off with other settings", async () => {
    const { offer_id, affiliate_id } = sandboxes.link;
    const sentWith = { sent_offer_id: offer_id, sent_affiliate_id: affiliate_id };
    const click = await owedClick({ params: { avad: "77_f3afbe121" } });
    await tell("everflow", { mode: "hang", times: 1 });
    await run("everflow");
    await run("avantlink");
    expect(await delivery(click)).toMatchObject({ state: "pending", ...sentWith });
    const none = { sent_offer_id: null, sent_affiliate_id: null };
    expect(await delivery(click, "avantlink")).toMatchObject({ state: "delivered", ...none });
    const set = (everflow: object) =>
      env.DB.prepare("UPDATE referral_links SET everflow = ? WHERE code = 'PARTNER123'")
        .bind(JSON.stringify(everflow))
        .run();
    await set({ ...sandboxes.link, affiliate_id: 5000 });
    await tell("everflow", { mode: "status", status: 503, times: 1 });
    await due(click);
    await run("everflow");
    expect(await delivery(click)).toMatchObject({ state: "pending", ...sentWith });
    await due(click);
    await run("everflow");
    await set(sandboxes.link);
    const answered = { ...sentWith, sent_affiliate_id: 5000 };
    expect(await delivery(click)).toMatchObject({ attempts: [{}, { status: 503 }, {}], ...answered });
  });

  test("recording a click wakes the couriers", async () => {
    await postClick({ affiliate_url: "https://shop.example/?aff=PARTNER123&avad=1_2" });
    await recordAll();
    for (const network of ["everflow", "avantlink"] as const) {
      // Woken, or run already: either way nothing is left to be swept.
      const woken = await runInDurableObject(courier(network), (_, state) => state.storage.kv.get("route"));
      expect(woken).toMatchObject({ program_id: 1, network });
    }
  });

  test("many are delivered, six at a time, and none twice", async () => {
    const clicks: Click[] = [];
    for (let i = 0; i < 40; i++) clicks.push(await owedClick());
    await run("everflow");
    for (const click of clicks) {
      expect(await delivery(click)).toMatchObject({ state: "delivered" });
      expect(await received("everflow", clickIdOf(click))).toHaveLength(1);
    }
  });

  test("the sweep wakes a courier whose wake-up was lost", async () => {
    const click = await owedClick();
    await sweep(env, Date.now());
    await run("everflow");
    expect(await delivery(click)).toMatchObject({ state: "delivered" });
  });
});

describe("when a network fails", () => {
  const retried: [string, SandboxName, object, Partial<Attempt>][] = [
    [
      "resets the connection",
      "everflow",
      { mode: "reset" },
      { status: null, words: expect.stringContaining("connection failed") },
    ],
    ["hangs", "everflow", { mode: "hang" }, { status: null, words: "no answer within 0.3 s" }],
    [
      "answers too late",
      "everflow",
      { mode: "delay", ms: 600 },
      { status: null, words: "no answer within 0.3 s" },
    ],
    ["sends without end, slowly", "everflow", { mode: "endless", ms: 20 }, { status: null }],
    ["sends without end, fast", "everflow", { mode: "endless" }, { status: 200 }],
    ["answers 408", "everflow", { mode: "status", status: 408 }, { status: 408 }],
    ["answers 425", "everflow", { mode: "status", status: 425 }, { status: 425 }],
    ["answers 429", "everflow", { mode: "status", status: 429 }, { status: 429 }],
    ["answers 500", "everflow", { mode: "status", status: 500 }, { status: 500 }],
    ["answers 503", "avantlink", { mode: "status", status: 503 }, { status: 503 }],
    ["answers 200 with a page", "everflow", { mode: "not_json" }, { status: 200 }],
    ["is cut off in the middle", "everflow", { mode: "cut_off" }, {}],
    ["hangs", "avantlink", { mode: "hang" }, { status: null }],
  ];

  test.each(retried)("and %s (%s), the click is tried again and arrives", async (_, name, failure, first) => {
    await tell(name, { ...failure, times: 1 });
    const click = await owedClick({ params: { avad: "1_2" } });
    const before = Date.now();
    const next = await run(name);
    const row = await delivery(click, name);
    expect(row).toMatchObject({ state: "pending", attempts: [first] });
    expect(row.next_attempt_at).toBeGreaterThanOrEqual(before + 200);
    expect(row.next_attempt_at).toBeLessThanOrEqual(Date.now() + 2_000);
    expect(next).toBe(row.next_attempt_at);
    await due(click);
    await run(name);
    expect(await delivery(click, name)).toMatchObject({
      state: "delivered",
      attempts: [first, { status: 200 }],
    });
  });

  test("and refuses connections, the click is tried again and arrives", async () => {
    // Nobody listens on the discard port.
    await setProgram({ everflow: { ...EVERFLOW, tracking_domain: "http://127.0.0.1:9" } });
    const click = await owedClick();
    await run("everflow");
    await setProgram({ everflow: EVERFLOW });
    const first = { status: null, words: expect.stringContaining("connection failed") };
    expect(await delivery(click)).toMatchObject({ state: "pending", attempts: [first] });
    await due(click);
    await run("everflow");
    expect(await delivery(click)).toMatchObject({ state: "delivered", attempts: [first, { status: 200 }] });
  });

  test.each([
    ["seconds", { mode: "status", status: 429, retry_after: 120, retry_after_as: "seconds" }],
    ["a date", { mode: "status", status: 503, retry_after: 120, retry_after_as: "date" }],
  ])("and says when to come back, in %s, that is when", async (_, failure) => {
    await tell("everflow", { ...failure, times: 1 });
    const click = await owedClick();
    const before = Date.now();
    await run("everflow");
    const { next_attempt_at } = await delivery(click);
    // A date has no fractions of a second.
    expect(next_attempt_at).toBeGreaterThanOrEqual(before + 119_000);
    expect(next_attempt_at).toBeLessThanOrEqual(Date.now() + 120_000);
  });

  test.each([
    ["an error_code", "everflow", { mode: "error_code", code: 2 }, 200],
    ["a redirect", "everflow", { mode: "redirect" }, 302],
    ["a client error", "everflow", { mode: "status", status: 403 }, 403],
    ["its error_key", "avantlink", { mode: "error_key" }, 400],
  ] as const)("its final no, %s (%s), is final and kept in its words", async (_, name, failure, status) => {
    await tell(name, failure);
    const click = await owedClick({ params: { avad: "1_2" } });
    expect(await run(name)).toBeNull();
    const row = await delivery(click, name);
    expect(row).toMatchObject({ state: "rejected", attempts: [{ status }] });
    expect(row.reason).toBe(row.attempts[0]!.words);
    expect(row.reason).not.toBe("");
  });

  test("an answer that got lost is not counted twice where the network knows the click", async () => {
    await tell("everflow", { mode: "hang", taken: true, times: 1 });
    const click = await owedClick();
    await run("everflow");
    await tell("everflow", { mode: "duplicate" });
    await due(click);
    await run("everflow");
    expect(await delivery(click)).toMatchObject({
      state: "delivered",
      attempts: [{ status: null }, { status: 200, words: expect.stringContaining("21") }],
    });
  });

  test("and its settings make no request, the click waits with the reason, and the others go on", async () => {
    await setProgram({ everflow: { ...EVERFLOW, tracking_domain: "no origin" } });
    const clicks = [await owedClick(), await owedClick()];
    const next = await run("everflow");
    await setProgram({ everflow: EVERFLOW });
    for (const click of clicks) {
      expect(await delivery(click)).toMatchObject({
        state: "pending",
        attempts: [{ status: null, words: expect.stringMatching(/^no request could be made: Invalid URL/) }],
      });
      await due(click);
    }
    expect(next).toBeGreaterThan(Date.now());
    await run("everflow");
    for (const click of clicks) expect(await delivery(click)).toMatchObject({ state: "delivered" });
  });

  test("for 48 hours, the click is dead, and its last attempt was made", async () => {
    await tell("everflow", { mode: "status", status: 500 });
    const click = await owedClick({ at: Date.now() - HOURS_48_MS - 1_000 });
    expect(await run("everflow")).toBeNull();
    expect(await delivery(click)).toMatchObject({ state: "dead", attempts: [{ status: 500 }] });
  });

  test("again and again, the circuit opens, lets one probe through, and closes on its success", async () => {
    await tell("everflow", { mode: "status", status: 500 });
    const clicks: Click[] = [];
    for (let i = 0; i < 12; i++) clicks.push(await owedClick());
    const next = await run("everflow");
    const attempts = async () =>
      (await Promise.all(clicks.map((click) => delivery(click)))).reduce(
        (sum, row) => sum + row.attempts.length,
        0,
      );
    const first = await attempts();
    expect(first).toBeGreaterThanOrEqual(5);
    expect(first).toBeLessThanOrEqual(10);
    expect(await courier("everflow").health()).toMatchObject({ circuit: { state: "open" } });
    expect(next).toBeGreaterThan(Date.now() + 3_000);
    // While it is open nothing is attempted.
    for (const click of clicks) await due(click);
    await run("everflow");
    expect(await attempts()).toBe(first);
    await pauseOver();
    await run("everflow");
    expect(await attempts()).toBe(first + 1);
    await pauseOver();
    await tell("everflow");
    for (const click of clicks) await due(click);
    await run("everflow");
    expect(await courier("everflow").health()).toMatchObject({
      circuit: { state: "closed", open_until: null },
    });
    for (const click of clicks) expect(await delivery(click)).toMatchObject({ state: "delivered" });
  });

  /** The circuit's pause ends; the object reads it anew. */
  async function pauseOver(): Promise<void> {
    await runInDurableObject(courier("everflow"), (_, state) => {
      const circuit = state.storage.kv.get<{ failures: number }>("circuit")!;
      state.storage.kv.put("circuit", { ...circuit, open_until: 1 });
    });
    await evictDurableObject(courier("everflow"));
  }

  test("by hanging, the other network's deliveries are not held up", async () => {
    await tell("everflow", { mode: "hang" });
    const clicks: Click[] = [];
    for (let i = 0; i < 6; i++) clicks.push(await owedClick({ params: { avad: "1_2" } }));
    const begin = Date.now();
    const hanging = run("everflow");
    await run("avantlink");
    const took = Date.now() - begin;
    for (const click of clicks)
      expect(await delivery(click, "avantlink")).toMatchObject({ state: "delivered" });
    // Not one of Everflow's time-outs was waited for.
    expect(took).toBeLessThan(TIMEOUT_MS + 1_700);
    await hanging;
  });
});

describe("killed between any two steps", () => {
  test("a result that D1 has not got is not attempted again", async () => {
    const click = await owedClick();
    const { stub, route } = couriersOf(env, 1, "everflow")[0]!;
    await runInDurableObject(stub, async (instance: Courier, state) => {
      state.storage.kv.put("route", route);
      // The attempt is journalled, and then D1 is gone.
      await env.DB.prepare(
        "CREATE TRIGGER gone BEFORE UPDATE ON deliveries BEGIN SELECT RAISE(ABORT, 'D1 is gone'); END",
      ).run();
      await instance.alarm();
      await state.storage.deleteAlarm();
    });
    expect(await delivery(click)).toMatchObject({ state: "pending", attempts: [] });
    await evictDurableObject(stub);
    await env.DB.prepare("DROP TRIGGER gone").run();
    await run("everflow");
    expect(await delivery(click)).toMatchObject({ state: "delivered", attempts: [{ status: 200 }] });
    expect(await received("everflow", clickIdOf(click))).toHaveLength(1);
  });

  // The courier used to forget what it had settled while a slower answer still called it pending.
  test("what is settled while D1 tells what is due is not delivered again", async () => {
    const click = await owedClick();
    const { stub, route } = couriersOf(env, 1, "everflow")[0]!;
    await runInDurableObject(stub, async (instance: Courier, state) => {
      state.storage.kv.put("route", route);
      let claims = 0;
      replaceDb(instance, async (sql, read) => {
        const result = await read();
        if (/^SELECT d\.event_id/.test(sql) && ++claims === 2) {
          const journalled = () => state.storage.sql.exec("SELECT 1 FROM journal").toArray().length;
          while ((await delivery(click)).state === "pending" || journalled() > 0) await scheduler.wait(5);
        }
        return result;
      });
      await instance.alarm();
      expect(claims).toBeGreaterThanOrEqual(2);
      await state.storage.deleteAlarm();
    });
    await evictDurableObject(stub);
    expect(await received("everflow", clickIdOf(click))).toHaveLength(1);
  });

  /** Every query of the courier goes through `answer`, which reads when it calls `read`. */
  function replaceDb(
    instance: Courier,
    answer: (sql: string, read: () => Promise<D1Result>) => Promise<D1Result>,
  ): void {
    const prepare = (sql: string) => ({
      bind: (...values: unknown[]) => {
        const statement = env.DB.prepare(sql).bind(...values);
        return {
          all: () => answer(sql, () => statement.all()),
          run: () => statement.run(),
          first: (column: string) => statement.first(column),
        };
      },
    });
    (instance as unknown as { env: object }).env = { ...env, DB: { prepare } };
  }

  test("an attempt that was under way is not taken for the first one: the network's duplicate is an arrival", async () => {
    const click = await owedClick();
    // It arrived, and everything ended before the answer.
    const { oid, affid } = { oid: sandboxes.link.offer_id, affid: sandboxes.link.affiliate_id };
    await (
      await fetch(`${sandboxes.everflow}/clk?oid=${oid}&affid=${affid}&sub5=${clickIdOf(click)}`)
    ).text();
    await runInDurableObject(courier("everflow"), (_, state) => state.storage.kv.put("claimed", [click.id]));
    await evictDurableObject(courier("everflow"));
    await tell("everflow", { mode: "duplicate" });
    await run("everflow");
    expect(await delivery(click)).toMatchObject({ state: "delivered" });
    // Of a click that was never under way the same word is a refusal.
    const other = await owedClick();
    await (
      await fetch(`${sandboxes.everflow}/clk?oid=${oid}&affid=${affid}&sub5=${clickIdOf(other)}`)
    ).text();
    await run("everflow");
    expect(await delivery(other)).toMatchObject({ state: "rejected" });
  });

  test("that it was under way is not forgotten while the circuit is open", async () => {
    const click = await owedClick();
    await runInDurableObject(courier("everflow"), (_, { storage }) => {
      storage.kv.put("claimed", [click.id]);
      storage.kv.put("circuit", { failures: 5, open_until: Date.now() + 60_000 });
    });
    await evictDurableObject(courier("everflow"));
    await run("everflow");
    const kept = await runInDurableObject(courier("everflow"), (_, { storage }) => storage.kv.get("claimed"));
    expect(kept).toEqual([click.id]);
  });

  test("a refusal that a manager has tried again is a refusal again, not an arrival", async () => {
    await tell("everflow", { mode: "error_code", code: 21 });
    const click = await owedClick();
    await run("everflow");
    expect(await delivery(click)).toMatchObject({ state: "rejected" });
    await env.DB.prepare("UPDATE deliveries SET state = 'pending', next_attempt_at = 0 WHERE event_id = ?")
      .bind(click.id)
      .run();
    await run("everflow");
    expect(await delivery(click)).toMatchObject({ state: "rejected", attempts: [{}, {}] });
  });

  test("what should have ended ends though the circuit is open, and what was never tried waits for its try", async () => {
    await tell("everflow", { mode: "status", status: 500, times: 1 });
    const tried = await owedClick();
    await run("everflow");
    const untried = await owedClick();
    await env.DB.prepare("UPDATE deliveries SET give_up_at = 1, next_attempt_at = 1").run();
    await runInDurableObject(courier("everflow"), (_, { storage }) =>
      storage.kv.put("circuit", { failures: 5, open_until: Date.now() + 60_000 }),
    );
    await evictDurableObject(courier("everflow"));
    await run("everflow");
    expect(await delivery(tried)).toMatchObject({ state: "dead", attempts: [{ status: 500 }] });
    expect(await delivery(untried)).toMatchObject({ state: "pending", attempts: [] });
  });

  test("a click that is no longer kept ends as dead, and its courier rests", async () => {
    const click = await owedClick();
    await env.DB.prepare("DELETE FROM affiliate_click_events WHERE id = ?").bind(click.id).run();
    expect(await run("everflow")).toBeNull();
    expect(await delivery(click)).toMatchObject({
      state: "dead",
      reason: "the click is no longer kept",
      attempts: [],
    });
  });

  test("a settlement that arrives twice is written once", async () => {
    const { settle } = await import("../../worker/delivery/outbox.ts");
    await tell("everflow", { mode: "status", status: 500, times: 1 });
    const click = await owedClick();
    await run("everflow");
    const [attempt] = (await delivery(click)).attempts;
    const again = {
      event_id: click.id,
      state: "pending",
      reason: "x",
      reference: null,
      next_attempt_at: 5,
      attempt: attempt!,
    } as const;
    await settle(env.DB, "everflow", [again]).run();
    expect((await delivery(click)).attempts).toEqual([attempt]);
  });

  // The courier died between D1's word and the removal from its journal, and a manager was faster than its return.
  test("a settlement that arrives again does not take back a manager's retry", async () => {
    const { settle } = await import("../../worker/delivery/outbox.ts");
    const click = await owedClick();
    const attempt = { at: Date.now(), duration_ms: 5, status: 200, words: "error_code 2" };
    const settled = { reason: attempt.words, reference: null, next_attempt_at: 0, attempt };
    const rejected = settle(env.DB, "everflow", [{ event_id: click.id, state: "rejected", ...settled }]);
    await rejected.run();
    expect(await delivery(click)).toMatchObject({ state: "rejected" });
    const retried = { state: "pending", next_attempt_at: attempt.at + 1, attempts: [attempt] };
    await env.DB.prepare("UPDATE deliveries SET state = 'pending', next_attempt_at = ? WHERE event_id = ?")
      .bind(retried.next_attempt_at, click.id)
      .run();
    await rejected.run();
    expect(await delivery(click)).toMatchObject(retried);
  });
});

describe("what must not leave", () => {
  test.each([
    [
      "a bot",
      { visitor: { ip: "", user_agent: "Mozilla/5.0 (compatible; Googlebot/2.1)", gpc: false } },
      "bot",
    ],
    [
      "Global Privacy Control",
      { visitor: { ip: "", user_agent: CHROME, gpc: true } },
      "the visitor's browser sends Global Privacy Control",
    ],
    [
      "a click that Everflow has",
      { params: { _ef_transaction_id: "73b30b226eb44dc884d56968282b8f39" } },
      "Everflow already has this click",
    ],
  ])("%s is withheld with the reason, and no courier takes it", async (_, over, reason) => {
    const click = await owedClick(over);
    expect(await run("everflow")).toBeNull();
    expect(await delivery(click)).toMatchObject({ state: "withheld", reason, attempts: [] });
    expect(await received("everflow", clickIdOf(click))).toEqual([]);
  });

  test("a test click is withheld from every network", async () => {
    const answer = await postClick({
      affiliate_url: "https://shop.example/?aff=PARTNER123&avad=1_2",
      additional_data: { test_mode: true },
    });
    expect(answer.status).toBe(200);
    const { results } = await env.DB.prepare(
      "SELECT network, state, reason FROM deliveries ORDER BY network",
    ).all();
    expect(results).toEqual([
      { network: "avantlink", state: "withheld", reason: "test click" },
      { network: "everflow", state: "withheld", reason: "test click" },
    ]);
  });

  test("a network switched off after the click was recorded is not called any more", async () => {
    const click = await owedClick();
    await setProgram({ everflow: { ...EVERFLOW, enabled: false } });
    await run("everflow");
    await setProgram({ everflow: EVERFLOW });
    expect(await delivery(click)).toMatchObject({
      state: "withheld",
      reason: "the network is switched off",
      attempts: [],
    });
    expect(await received("everflow", clickIdOf(click))).toEqual([]);
  });

  test("an address that is not public is refused when it is called, too", async () => {
    await setProgram({ everflow: { ...EVERFLOW, tracking_domain: "http://10.0.0.1" } });
    const click = await owedClick();
    await run("everflow");
    await setProgram({ everflow: EVERFLOW });
    expect(await delivery(click)).toMatchObject({
      state: "rejected",
      reason: expect.stringContaining("10.0.0.1"),
      attempts: [{ status: null }],
    });
  });

  test("our secrets are in nothing that a network received or that is kept of its answer", async () => {
    await tell("everflow", {
      mode: "status",
      status: 500,
      body: `{"error":"token ${env.ADMIN_TOKEN} unknown"}`,
      times: 1,
    });
    const click = await owedClick({ params: { avad: "1_2", user_id: "jo@mail.example" } });
    await run("everflow");
    await run("avantlink");
    const sent = JSON.stringify([
      await received("everflow", clickIdOf(click)),
      await received("avantlink", clickIdOf(click)),
    ]);
    const kept = JSON.stringify(await delivery(click));
    for (const secret of [env.ADMIN_TOKEN, env.CLICK_ID_SECRET, "jo@mail.example"]) {
      expect(sent).not.toContain(secret);
      expect(kept).not.toContain(secret);
    }
  });
});

test("the health of a destination tells of the last hour", async () => {
  await tell("everflow", { mode: "error_code", code: 2, times: 1 });
  await owedClick();
  await run("everflow");
  await owedClick();
  await run("everflow");
  const { last_hour, latencies } = await courier("everflow").health();
  expect(last_hour.delivered).toBeGreaterThanOrEqual(1);
  expect(last_hour.rejected).toBeGreaterThanOrEqual(1);
  expect(Object.keys(latencies).length).toBeGreaterThan(0);
});
