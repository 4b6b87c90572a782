/** Whatever a manager sends to compare: figures, or a 400 in words that changes nothing and calls nobody. */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import type { Attempt } from "../../worker/delivery/outbox.ts";
import { leavesOpen } from "../../worker/delivery/unclear.ts";
import { sentIn } from "../../worker/reports/reconciliation/sent.ts";
import {
  Reconciliation,
  ReconciliationOrder,
  ReconciliationQuery,
} from "../../worker/reports/schemas/reconciliation.ts";
import { call, SHOP } from "./support/call.ts";
import { clockAt } from "./support/clock.ts";
import { API, answerAsEverflow } from "./support/own-everflow.ts";
import { insertClick, insertDelivery } from "./support/rows.ts";

/** A call takes tens of milliseconds where the machine is busy. */
const PATIENCE_MS = 60_000;
const DAY = 86_400_000;
/** Everflow shows no clicks of before. */
const EARLIEST = 20_002 * DAY;

let program_id: number;

beforeAll(async () => {
  const everflow = {
    tracking_domain: "https://www.acme-trk.example",
    api_base: API,
    api_key_secret: "EVERFLOW_API_KEY",
  };
  program_id = (await call("POST", "/programs", { ...SHOP, everflow })).body.id;
  const partner_id = (await call("POST", "/partners", { name: "A partner" })).body.id;
  const given = { program_id, partner_id, code: "ANY", destination_url: "https://shop.example/" };
  await call("POST", "/links", { ...given, everflow: { offer_id: 6, affiliate_id: 411 } });
});
afterEach(() => vi.restoreAllMocks());

const anyText = fc.string({ unit: "binary", maxLength: 40 });
const anyDay = fc.integer({ min: 0, max: 30_000 });
/** Mostly near each other: in order half of the time, and few enough days for Everflow's five calls at once. */
const anyMoment = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 80_000, max: 80_016 }).map((quarter) => (quarter * DAY) / 4) },
  { weight: 4, arbitrary: fc.integer({ min: 20_000, max: 20_004 }).map(iso) },
  anyDay.map((day) => iso(day).slice(0, 10)),
  fc.integer(),
  fc.double(),
  anyText,
  fc.constantFrom("2026-02-30", "2026-01-10T24:00:00", "2026-01-10T00:00:00+14:00", "", "0", "-1", "9e15"),
  fc.jsonValue(),
);

function iso(day: number): string {
  return new Date(day * DAY).toISOString();
}

function anyOrder() {
  const anyProgram = fc.oneof(
    { weight: 5, arbitrary: fc.constant(program_id) },
    fc.integer(),
    fc.jsonValue(),
  );
  const known = { program_id: anyProgram, from: anyMoment, to: anyMoment };
  return fc.oneof(
    { weight: 6, arbitrary: fc.record(known) },
    fc.record({ ...known, more: fc.jsonValue() }, { requiredKeys: [] }),
    fc.jsonValue(),
  );
}

async function rows(): Promise<unknown> {
  return (await env.DB.prepare("SELECT * FROM reconciliation ORDER BY program_id, day").all()).results;
}

test("an order is of 31 days at most, in order", () => {
  const day = fc.integer({ min: 20_000, max: 20_040 });
  const ms = fc.constantFrom(-1, 0, 1);
  fc.assert(
    fc.property(day, day, ms, (first, last, more) => {
      const [from, to] = [first * DAY, last * DAY + more];
      const { success } = ReconciliationOrder.safeParse({
        program_id: 1,
        from,
        to: new Date(to).toISOString(),
      });
      expect(success).toBe(from <= to && to - from <= 31 * DAY);
    }),
    { numRuns: 1_000 },
  );
});

test(
  "an order is carried out, whole days, or refused in words",
  async () => {
    clockAt(EARLIEST + 90 * DAY - PATIENCE_MS);
    const calls = answerAsEverflow(() => Response.json({ clicks: [] }));
    let carriedOut = 0;
    const valid = JSON.stringify({ program_id, from: "2026-01-10", to: "2026-01-12" });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          anyOrder().map((order) => JSON.stringify(order)),
          anyText,
        ),
        async (text) => {
          const before = await rows();
          calls.length = 0;
          const { status, body } = await call("POST", "/reconciliation", text);
          const order = ReconciliationOrder.safeParse(parsed(text));
          if (status === 200) {
            carriedOut++;
            expect(Reconciliation.safeParse(body).error).toBeUndefined();
            const { from, to } = order.data!;
            expect(to - from).toBeGreaterThanOrEqual(0);
            expect(to - from).toBeLessThanOrEqual(31 * DAY);
            expect(body.from).toBeGreaterThanOrEqual(EARLIEST);
            // Whole days, all of those that the period touches.
            expect([body.from % DAY, body.to % DAY]).toEqual([0, 0]);
            expect(body.from).toBeLessThanOrEqual(from);
            expect(body.from).toBeGreaterThan(from - DAY);
            expect(body.to).toBeGreaterThanOrEqual(to);
            expect(body.to).toBeLessThanOrEqual(to + DAY);
            return;
          }
          expect(status).toBe(400);
          expect(body).toMatchObject({ error: expect.any(String) });
          if (order.data?.program_id === program_id) expect(order.data.from).toBeLessThan(EARLIEST);
          expect(calls).toEqual([]);
          expect(await rows()).toEqual(before);
        },
      ),
      { numRuns: 100, examples: [[valid]] },
    );
    expect(carriedOut).toBeGreaterThan(0);
  },
  PATIENCE_MS,
);

test(
  "a question is answered with figures of the days that it names, or refused in words",
  async () => {
    let answered = 0;
    const text = fc.oneof(
      anyMoment.map((moment) => (typeof moment === "object" ? JSON.stringify(moment) : String(moment))),
      anyText,
    );
    const known = { program_id: String(program_id), from: "2026-01-10", to: "2026-01-11" };
    const anyQuery = fc.record(
      {
        program_id: fc.oneof({ weight: 5, arbitrary: fc.constant(String(program_id)) }, anyText),
        from: text,
        to: text,
        format: fc.oneof(fc.constantFrom("json", "csv"), anyText),
        more: anyText,
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(anyQuery, async (given) => {
        const query = new URLSearchParams(given);
        const answer = await call("GET", `/reconciliation?${query}`);
        const question = ReconciliationQuery.safeParse(Object.fromEntries(query));
        expect(answer.status).toBe(question.success ? 200 : 400);
        if (!question.success) expect(answer.body).toMatchObject({ error: expect.any(String) });
        else if (question.data.format === "csv") expect(answer.text).toMatch(/^day,affiliate_id,/);
        else {
          answered++;
          expect(Reconciliation.safeParse(answer.body).error).toBeUndefined();
          expect(answer.body.from).toBeLessThan(answer.body.to);
        }
      }),
      { numRuns: 100, examples: [[known], [{ ...known, format: "csv" }]] },
    );
    expect(answered).toBeGreaterThan(0);
  },
  PATIENCE_MS,
);

test(
  "whether an attempt leaves a delivery unclear is the same for the figures and for the courier",
  async () => {
    const anyAttempt: fc.Arbitrary<Attempt> = fc.record({
      at: fc.constant(0),
      duration_ms: fc.constant(0),
      status: fc.constantFrom(null, 199, 200, 204, 299, 300, 302, 403, 408, 429, 500, 503),
      words: fc.oneof(
        fc.constantFrom(
          "error_code 0",
          "error_code 0, but no transaction_id",
          "error_code 21: duplicate click",
          "error_code -1: odd",
          "no error_code in the answer: {}",
          "Error_code 0",
          "errorXcode 0",
          "",
        ),
        anyText.map((text) => text.toWellFormed()),
      ),
    });
    const at = Date.UTC(2026, 0, 10);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(anyAttempt, { maxLength: 4 }), { minLength: 1 }), async (all) => {
        await env.DB.batch(
          ["deliveries", "affiliate_click_events", "customers"].map((table) =>
            env.DB.prepare(`DELETE FROM ${table}`),
          ),
        );
        const expected = new Map<string, object>();
        for (const attempts of all) {
          const event_id = await insertClick({ at, link_id: 1, program_id, partner_id: 1 });
          await insertDelivery({ event_id, program_id, attempts });
          const clear = attempts.filter(({ status }) => status !== null && status >= 200 && status <= 299);
          expected.set(event_id, {
            tried: attempts.length,
            unclear: attempts.some(leavesOpen) ? 1 : 0,
            answers: clear.filter((attempt) => !leavesOpen(attempt)).length,
          });
        }
        const { deliveries } = await sentIn(env.DB, { from: at / 1000, to: at / 1000 + 1 });
        expect(deliveries.size).toBe(all.length);
        for (const [id, delivery] of deliveries) expect(delivery).toMatchObject(expected.get(id)!);
      }),
      { numRuns: 25 },
    );
  },
  PATIENCE_MS,
);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
