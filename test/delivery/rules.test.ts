/** The pure rules of delivery (CONTRACTS 6): no clock, no randomness, no I/O. */
import { describe, expect, test } from "vitest";
import { backoff_ms } from "../../worker/delivery/backoff.ts";
import {
  afterFailure,
  afterSuccess,
  attemptsAllowed,
  type Circuit,
  CLOSED,
} from "../../worker/delivery/circuit.ts";
import { percentile } from "../../worker/delivery/health.ts";
import type { DueDelivery } from "../../worker/delivery/outbox.ts";
import { owed } from "../../worker/delivery/owed.ts";
import { settlementOf } from "../../worker/delivery/settlement.ts";

describe("waiting between attempts", () => {
  test.each([
    [1, 2_000],
    [2, 4_000],
    [3, 8_000],
    [11, 2_048_000],
    [12, 3_600_000],
    [1_000, 3_600_000],
  ])("after attempt %i is at most %i ms, with full jitter", (attempt, ceiling) => {
    expect(backoff_ms(attempt, 0.999_999)).toBe(Math.round(ceiling * 0.999_999));
    expect(backoff_ms(attempt, 0.5)).toBe(ceiling / 2);
    expect(backoff_ms(attempt, 0)).toBe(ceiling / 10);
  });
});

describe("the circuit", () => {
  const fail = (circuit: Circuit, now: number, times: number) => {
    for (let i = 0; i < times; i++) circuit = afterFailure(circuit, now);
    return circuit;
  };

  test("stays closed for four failures in a row, and a success forgets them", () => {
    expect(attemptsAllowed(fail(CLOSED, 0, 4), 0, 6)).toBe(6);
    expect(afterSuccess()).toEqual(CLOSED);
  });

  test("opens at the fifth and lets one probe through after the pause", () => {
    const open = fail(CLOSED, 1_000, 5);
    expect(open).toEqual({ failures: 5, open_until: 6_000 });
    expect(attemptsAllowed(open, 5_999, 6)).toBe(0);
    expect(attemptsAllowed(open, 6_000, 6)).toBe(1);
  });

  test("six that fail together open it once, not six times", () => {
    expect(fail(CLOSED, 1_000, 10)).toEqual({ failures: 5, open_until: 6_000 });
  });

  test("pauses twice as long after each failed probe, up to five minutes", () => {
    let circuit = fail(CLOSED, 0, 5);
    const pauses: number[] = [];
    for (let i = 0; i < 8; i++) {
      const now = circuit.open_until;
      circuit = afterFailure(circuit, now);
      pauses.push(circuit.open_until - now);
    }
    expect(pauses).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
  });
});

describe("who is owed a click", () => {
  const click = { dialect: "affitor", params: {}, is_bot: false, gpc: false, is_test: false } as const;
  const both = { everflow: { enabled: true }, avantlink: { enabled: true }, honor_gpc: true };

  test.each([
    ["Everflow, by its settings", click, both, [{ network: "everflow" }]],
    [
      "Everflow and AvantLink, when the landing had an avad",
      { ...click, params: { avad: "1_2" } },
      both,
      [{ network: "everflow" }, { network: "avantlink" }],
    ],
    [
      "AvantLink, what came in its dialect",
      { ...click, dialect: "avantlink" as const },
      { ...both, everflow: null },
      [{ network: "avantlink" }],
    ],
    ["nobody, without settings", click, { everflow: null, avantlink: null, honor_gpc: true }, []],
  ])("%s", (_, given, ways, expected) => {
    expect(owed(given, ways)).toEqual(expected);
  });

  test.each([
    ["a bot", { is_bot: true }, both, "bot"],
    ["a test", { is_test: true }, both, "test click"],
    ["Global Privacy Control", { gpc: true }, both, "the visitor's browser sends Global Privacy Control"],
    ["a network switched off", {}, { ...both, everflow: { enabled: false } }, "the network is switched off"],
    [
      "a click that Everflow has",
      { params: { _ef_transaction_id: "73b30b226eb44dc884d56968282b8f39" } },
      both,
      "Everflow already has this click",
    ],
  ])("%s is withheld, with the reason", (_, given, ways, withheld) => {
    expect(owed({ ...click, ...given }, ways)).toEqual([{ network: "everflow", withheld }]);
  });

  test("Global Privacy Control is not honoured where the program says so", () => {
    expect(owed({ ...click, gpc: true }, { ...both, honor_gpc: false })).toEqual([{ network: "everflow" }]);
  });

  test("a click that Everflow has still goes to AvantLink", () => {
    const _ef_transaction_id = "73B30B226EB44DC884D56968282B8F39";
    expect(owed({ ...click, params: { _ef_transaction_id, avad: "1_2" } }, both)).toEqual([
      { network: "everflow", withheld: "Everflow already has this click" },
      { network: "avantlink" },
    ]);
  });

  // A template that nobody filled in, or a visitor's garbage, kept the click from Everflow.
  test.each([
    "{transaction_id}",
    "garbage",
    "73b30b226eb44dc884d56968282b8f3",
    "x73b30b226eb44dc884d56968282b8f39",
  ])("%j is no id of Everflow's, and the click goes there", (_ef_transaction_id) => {
    expect(owed({ ...click, params: { _ef_transaction_id } }, both)).toEqual([{ network: "everflow" }]);
  });
});

describe("what becomes of a delivery", () => {
  const GIVE_UP_AT = 1_000_000;
  const delivery = (attempts: number): DueDelivery => ({
    event_id: "e",
    program_id: 1,
    reason: null,
    give_up_at: GIVE_UP_AT,
    attempts: Array.from({ length: attempts }, (_, at) => ({ at, duration_ms: 1, status: 500, words: "" })),
    click: null,
    settings: {},
    link_everflow: null,
    sent_affiliate_id: null,
  });
  const attempt = { at: 0, duration_ms: 5, status: 200, words: "w" };

  test("delivered keeps the network's own id of it", () => {
    const judgement = { outcome: "delivered", words: "w", reference: "ef-1" } as const;
    expect(settlementOf(delivery(0), { judgement, attempt }, 10, 0.5)).toMatchObject({
      state: "delivered",
      reference: "ef-1",
      attempt,
    });
  });

  test("rejected is final, with the network's words", () => {
    const judgement = { outcome: "rejected", words: "no" } as const;
    expect(settlementOf(delivery(0), { judgement, attempt }, 10, 0.5)).toMatchObject({
      state: "rejected",
      reason: "no",
    });
  });

  test("a retry waits by its attempts", () => {
    const judgement = { outcome: "retry", words: "later" } as const;
    expect(settlementOf(delivery(2), { judgement, attempt }, 10, 0.5)).toMatchObject({
      state: "pending",
      next_attempt_at: 10 + 4_000,
    });
  });

  test("a retry waits as long as the network asks, but the last attempt is made before it is given up", () => {
    const judgement = { outcome: "retry", words: "later", retry_after_ms: 90_000 } as const;
    expect(settlementOf(delivery(0), { judgement, attempt }, 10, 0.5)).toMatchObject({
      next_attempt_at: 90_010,
    });
    const late = settlementOf(delivery(0), { judgement, attempt }, GIVE_UP_AT - 5, 0.5);
    expect(late).toMatchObject({ state: "pending", next_attempt_at: GIVE_UP_AT });
  });

  // Another attempt, with what the link was corrected to, may only be put off: the click is where it was sent before.
  test.each([
    ["was answered", 200, true],
    ["was not answered", null, true],
    ["was refused", 403, true],
    ["was put off", 503, false],
    ["came too often", 429, false],
  ])("an attempt that %s is kept with what it was sent with, or not", (_, status, kept) => {
    const judgement = { outcome: "retry", words: "w" } as const;
    const link_everflow = { offer_id: 6, affiliate_id: 411, sub1: "x" };
    const settled = settlementOf(
      { ...delivery(0), link_everflow },
      { judgement, attempt: { ...attempt, status } },
      10,
      0.5,
    );
    expect(settled.sent_with).toEqual(kept ? { offer_id: 6, affiliate_id: 411 } : undefined);
  });

  test("an attempt that fails when the time is up is the last", () => {
    const judgement = { outcome: "retry", words: "later" } as const;
    expect(settlementOf(delivery(60), { judgement, attempt }, GIVE_UP_AT, 0.5)).toMatchObject({
      state: "dead",
      reason: "later",
    });
  });
});

test("percentiles come from the buckets of all couriers", () => {
  expect(percentile({ 10: 50, 100: 45, 1000: 5 }, 0.5)).toBe(10);
  expect(percentile({ 10: 50, 100: 45, 1000: 5 }, 0.95)).toBe(100);
  expect(percentile({ 10: 50, 100: 44, 1000: 6 }, 0.95)).toBe(1000);
  expect(percentile({}, 0.5)).toBeNull();
});
