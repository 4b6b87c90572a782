/** Our clicks against Everflow's report of them. Everflow is the collector's own report, asked over its own client. */
import { env, exports } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { affiliateAccess, openApi } from "../../worker/delivery/everflow-access.ts";
import { EverflowApi, isFault } from "../../worker/delivery/everflow-api.ts";
import type { EverflowClick } from "../../worker/networks/everflow-api.ts";
import { comparedProgram } from "../../worker/reports/reconciliation/program.ts";
import { reconcile } from "../../worker/reports/reconciliation/reconcile.ts";
import { Run, reconcileDay } from "../../worker/reports/reconciliation/reconcile-day.ts";
import { Reconciliation } from "../../worker/reports/schemas/reconciliation.ts";
import { call, SHOP } from "./support/call.ts";
import { clockAt } from "./support/clock.ts";
import { eflow, STREAM } from "./support/everflow.ts";
import {
  AFFILIATE_KEY,
  API,
  answerAsEverflow,
  insertAffiliate,
  NETWORK_KEY,
} from "./support/own-everflow.ts";
import { clickIdAt, insert, insertClick } from "./support/rows.ts";

const DAY = 86_400_000;
const T0 = Date.UTC(2026, 0, 10);
const NOON = T0 + DAY / 2;
const SETTINGS = {
  tracking_domain: "https://www.acme-trk.example",
  api_base: API,
  api_key_secret: "EVERFLOW_API_KEY",
};

let program_id: number;
/** Everflow's side: its affiliate 411, and the link that its clicks are on. */
let affiliate: { program_id: number; partner_id: number; link_id: number };
/** Ours: offers 6 and 7 of affiliate 411. */
let six: number;
let seven: number;

beforeAll(async () => {
  program_id = (await call("POST", "/programs", { ...SHOP, everflow: SETTINGS })).body.id;
  const partner = (await call("POST", "/partners", { name: "A partner" })).body.id;
  const link = async (code: string, offer_id: number, partner_id: number, program: number) => {
    const everflow = { offer_id, affiliate_id: 411 };
    const given = {
      program_id: program,
      partner_id,
      code,
      destination_url: "https://shop.example/",
      everflow,
    };
    return (await call("POST", "/links", given)).body.id;
  };
  six = await link("SIX", 6, partner, program_id);
  seven = await link("SEVEN", 7, partner, program_id);
  const elsewhere = (await call("POST", "/programs", SHOP)).body.id;
  const partner_id = await insertAffiliate();
  const link_id = await link("THERE", 1, partner_id, elsewhere);
  affiliate = { program_id: elsewhere, partner_id, link_id };
});

const TABLES = [
  "affiliate_click_events",
  "customers",
  "deliveries",
  "reconciliation",
  "reconciliation_faults",
];

beforeEach(async () => {
  await env.DB.batch(TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  clockAt(T0 + 10 * DAY);
});
afterEach(() => vi.restoreAllMocks());

interface Ours {
  id: string;
  /** What Everflow was told. */
  click_id: string;
}

/** A click of ours, and its delivery. */
async function sent(
  link_id: number,
  at: number,
  state = "delivered",
  attempts: object[] = [{ at: at + 50, duration_ms: 40, status: 200, words: "error_code 0" }],
  sentWith: object = {},
): Promise<Ours> {
  const program = link_id === affiliate.link_id ? affiliate.program_id : program_id;
  const id = await insertClick({ at, link_id, program_id: program, partner_id: 1 });
  const times = { next_attempt_at: at, give_up_at: at + DAY };
  const row = { event_id: id, network: "everflow", program_id: program, state, lane: 0, ...times };
  await insert("deliveries", { ...row, attempts: JSON.stringify(attempts), ...sentWith });
  return { id, click_id: `cust_${id}_${at}` };
}

/** A click as Everflow has it. @returns its transaction_id there. */
function recorded(at: number, sub5: string, offer = 6, more: object = {}): Promise<string> {
  // The report names the link's offer; the links of both sides are in one database here.
  const params = JSON.stringify({ sub5, offer: String(offer) });
  return insertClick({ at, ...affiliate }, { params, ...more });
}

/** As seed 002's rows, with the offer that each click says: our own report knows one offer for a link. */
async function report(request: Request): Promise<Response> {
  const answer = await exports.default.fetch(request);
  const body = (await answer.json()) as { clicks?: Record<string, unknown>[] };
  if (!body.clicks) return Response.json(body, { status: answer.status });
  const { results } = await env.DB.prepare(
    "SELECT id, params ->> 'offer' AS offer FROM affiliate_click_events WHERE link_id = ?",
  )
    .bind(affiliate.link_id)
    .all<{ id: string; offer: string }>();
  const offers = new Map(results.map(({ id, offer }) => [id, Number(offer)]));
  for (const click of body.clicks) {
    const offer = { network_offer_id: offers.get(String(click.transaction_id)) };
    click.relationship = { ...(click.relationship as object), offer };
  }
  return Response.json(body);
}

function everflow() {
  return answerAsEverflow(({ url, method, headers, body }) =>
    report(new Request(url, { method, headers, body })),
  );
}

const JANUARY_10 = { from: "2026-01-10", to: "2026-01-11" };

function run(period: object = JANUARY_10) {
  return call("POST", "/reconciliation", { program_id, ...period });
}

const NOTHING = {
  sent: 0,
  recorded: 0,
  missing: 0,
  unknown: 0,
  duplicates: 0,
  unclear_arrived: 0,
  unclear_absent: 0,
};
const TIMED_OUT = { at: NOON + 100, duration_ms: 10_000, status: null, words: "no answer within 10 s" };

/** What Everflow answered, or the report said. */
function refer(id: string, reference: string, reason = "error_code 0") {
  return env.DB.prepare("UPDATE deliveries SET reference = ?, reason = ? WHERE event_id = ?")
    .bind(reference, reason, id)
    .run();
}

function delivery(id: string) {
  return env.DB.prepare("SELECT state, reason, reference, attempts FROM deliveries WHERE event_id = ?")
    .bind(id)
    .first<Record<string, string>>();
}

describe("a day compared", () => {
  test("tells for each link what was sent, what is recorded there, what is missing, and what is unknown here", async () => {
    for (const [link, at] of [
      [six, NOON],
      [six, NOON + 1000],
      [seven, NOON],
    ] as const) {
      await recorded(at + 80, (await sent(link, at)).click_id, link === six ? 6 : 7);
    }
    await sent(six, NOON + 2000);
    await recorded(NOON, "", 7);
    const calls = everflow();
    const { status, body } = await run();
    expect(status).toBe(200);
    expect(() => Reconciliation.parse(body)).not.toThrow();
    const day = { day: T0, affiliate_id: 411, checked_until: T0 + DAY, checked_at: expect.any(Number) };
    expect(body).toEqual({
      program_id,
      from: T0,
      to: T0 + DAY,
      totals: { ...NOTHING, sent: 4, recorded: 3, missing: 1, unknown: 1 },
      data: [
        { ...day, link_id: six, link_code: "SIX", ...NOTHING, sent: 3, recorded: 2, missing: 1 },
        { ...day, link_id: seven, link_code: "SEVEN", ...NOTHING, sent: 1, recorded: 1, unknown: 1 },
        { ...day, link_id: null, link_code: null, ...NOTHING },
      ],
      faults: [],
    });
    expect(calls).toHaveLength(1);
    expect(calls[0]!.url).toBe(`${API}${STREAM}`);
    expect(calls[0]!.headers.get("X-Eflow-API-Key")).toBe(AFFILIATE_KEY);
    expect(
      (await call("GET", `/reconciliation?program_id=${program_id}&from=2026-01-10&to=2026-01-11`)).body,
    ).toEqual(body);
  });

  test("belongs to the click, whenever it was delivered", async () => {
    const late = { at: T0 + 2 * DAY, duration_ms: 40, status: 200, words: "error_code 0" };
    const click = await sent(six, T0 + DAY - 1000, "delivered", [late]);
    await recorded(T0 + 2 * DAY, click.click_id);
    const next = await sent(six, T0 + DAY);
    await recorded(T0 + DAY, next.click_id);
    const before = await sent(six, T0 - 1000);
    await recorded(T0 + 10, before.click_id);
    everflow();
    expect((await run()).body.totals).toEqual({ ...NOTHING, sent: 1, recorded: 1 });
    const { body } = await run({ from: "2026-01-09", to: "2026-01-12" });
    expect(body.totals).toEqual({ ...NOTHING, sent: 3, recorded: 3 });
    expect(body.data.filter(({ sent }: { sent: number }) => sent > 0)).toHaveLength(3);
  });

  test("is the same when it is compared again", async () => {
    await recorded(NOON, (await sent(six, NOON)).click_id);
    everflow();
    const first = await run();
    const again = await run();
    expect(again.body.data.map(without("checked_at"))).toEqual(first.body.data.map(without("checked_at")));
  });

  test("counts a click that Everflow has twice as recorded once, and as a duplicate", async () => {
    const { click_id } = await sent(six, NOON);
    await recorded(NOON, click_id);
    await recorded(NOON + 5000, click_id);
    await recorded(NOON + 6000, click_id, 6, { is_bot: 1 });
    everflow();
    expect((await run()).body.totals).toEqual({ ...NOTHING, sent: 1, recorded: 1, duplicates: 1 });
  });

  // A manager is shown the first rows of a long period, and looks for what is not right.
  test("shows what differs before what does not, the newest day first", async () => {
    await sent(six, NOON);
    await recorded(NOON + DAY, (await sent(six, NOON + DAY)).click_id);
    await recorded(NOON + 2 * DAY, `cust_${clickIdAt(NOON + 2 * DAY)}_${NOON + 2 * DAY}`, 6);
    const twice = await sent(seven, NOON + DAY);
    for (const at of [0, 5000]) await recorded(NOON + DAY + at, twice.click_id, 7);
    everflow();
    const { body } = await run({ from: "2026-01-10", to: "2026-01-13" });
    const rows = Reconciliation.parse(body).data.filter(({ sent, unknown }) => sent + unknown > 0);
    expect(rows.map(({ day, link_id }) => [(day - T0) / DAY, link_id])).toEqual([
      [2, six],
      [1, seven],
      [0, six],
      [1, six],
    ]);
  });

  test("knows no click that we withheld or that Everflow refused, if it counts there", async () => {
    await recorded(NOON, (await sent(six, NOON, "withheld", [])).click_id);
    await recorded(NOON, (await sent(six, NOON, "rejected")).click_id);
    await recorded(NOON, (await sent(six, NOON, "rejected")).click_id, 6, { is_bot: 1 });
    everflow();
    expect((await run()).body.totals).toEqual({ ...NOTHING, unknown: 2 });
  });

  test("knows no click with an id that we never gave, and says so without a link where its offer has none", async () => {
    await recorded(NOON, `cust_${clickIdAt(NOON)}_${NOON}`, 6);
    await recorded(NOON, `cust_${clickIdAt(NOON)}_${NOON}`, 12);
    everflow();
    const { body } = await run();
    expect(body.data).toMatchObject([
      { link_id: null, unknown: 1 },
      { link_id: six, unknown: 1 },
    ]);
  });

  test("leaves out what the affiliate does for other merchants, on this collector too", async () => {
    await recorded(NOON, (await sent(affiliate.link_id, NOON, "withheld", [])).click_id, 6);
    await recorded(NOON, (await sent(affiliate.link_id, NOON)).click_id, 6);
    await recorded(NOON, "", 12);
    await recorded(NOON, "their own", 13);
    everflow();
    expect((await run()).body.totals).toEqual(NOTHING);
  });

  test("is compared in windows when it is long, with the same result", async () => {
    const event = (i: number) => `printf('%08x%024x', ${T0 / 1000} + i * 2, ${i} + i)`;
    const series = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 20499)";
    const click = (id: string, of: string, params: string) =>
      `${series} INSERT INTO affiliate_click_events (id, customer_id, at, dialect, ${of}, is_unique, is_bot, gpc, params)
       SELECT ${id}, 'c', (${T0 / 1000} + i * 2) * 1000, 'affitor', ?1, ?2, ?3, 1, 0, 0, ${params} FROM n`;
    const of = "program_id, partner_id, link_id";
    const told = `json_object('offer', '6', 'sub5', 'cust_' || ${event(0)} || '_' || ((${T0 / 1000} + i * 2) * 1000))`;
    await env.DB.batch([
      env.DB.prepare(click(event(0), of, "NULL")).bind(program_id, 1, six),
      env.DB.prepare(click(event(100_000), of, told)).bind(
        affiliate.program_id,
        affiliate.partner_id,
        affiliate.link_id,
      ),
      env.DB.prepare(
        `INSERT INTO deliveries (event_id, network, program_id, state, lane, next_attempt_at, give_up_at, attempts)
         SELECT id, 'everflow', ?1, 'delivered', 0, 0, 0, json_array(json_object('at', at, 'status', 200, 'words', 'error_code 0'))
         FROM affiliate_click_events WHERE link_id = ?2`,
      ).bind(program_id, six),
    ]);
    const calls = everflow();
    expect((await run()).body.totals).toEqual({ ...NOTHING, sent: 20_500, recorded: 20_500 });
    expect(calls.length).toBeGreaterThan(10);
    const figures = () => env.DB.prepare("SELECT * FROM reconciliation").all();
    const before = (await figures()).results;
    let left = calls.length - 1;
    answerAsEverflow(({ url, method, headers, body }) =>
      left-- > 0
        ? report(new Request(url, { method, headers, body }))
        : new Response("busy", { status: 503 }),
    );
    expect((await run()).body).toEqual({ error: "Everflow: busy" });
    expect((await figures()).results).toEqual(before);
  }, 120_000);
});

describe("clicks of a link whose affiliate was corrected since", () => {
  /** The first run is before the correction: 411 becomes 5000, whose report is under the program's own key. */
  async function corrected(sentWith: object | undefined) {
    for (const at of [NOON, NOON + 1000]) {
      await recorded(at, (await sent(six, at, "delivered", undefined, sentWith)).click_id);
    }
    await recorded(NOON, "");
    everflow();
    const first = (await run()).body;
    for (const [link, offer_id] of [[six, 6] as const, [seven, 7] as const]) {
      await call("PATCH", `/links/${link}`, { everflow: { offer_id, affiliate_id: 5000 } });
    }
    const calls = answerAsEverflow(({ url, method, headers, body }) =>
      headers.get("X-Eflow-API-Key") === AFFILIATE_KEY
        ? report(new Request(url, { method, headers, body }))
        : Response.json({ clicks: [] }),
    );
    return { first, calls };
  }

  afterEach(async () => {
    for (const [link, offer_id] of [[six, 6] as const, [seven, 7] as const]) {
      await call("PATCH", `/links/${link}`, { everflow: { offer_id, affiliate_id: 411 } });
    }
  });

  // `sent` was doubled, and all of it missing in the report of the new one.
  test("are looked for in the report of the affiliate that they were sent with, and counted once", async () => {
    const { first, calls } = await corrected({ sent_offer_id: 6, sent_affiliate_id: 411 });
    expect(first.totals).toEqual({ ...NOTHING, sent: 2, recorded: 2, unknown: 1 });
    await sent(six, NOON + 2000, "delivered", undefined, { sent_offer_id: 6, sent_affiliate_id: 5000 });
    const { body } = await run();
    expect(body.totals).toEqual({ ...NOTHING, sent: 3, recorded: 2, missing: 1, unknown: 1 });
    expect(body.data).toMatchObject([
      { affiliate_id: 411, link_id: six, sent: 2, recorded: 2, missing: 0, unknown: 1 },
      { affiliate_id: 5000, link_id: six, sent: 1, recorded: 0, missing: 1 },
      { affiliate_id: 411, link_id: null },
      { affiliate_id: 5000, link_id: null },
    ]);
    expect(calls.map(({ headers }) => headers.get("X-Eflow-API-Key")).toSorted()).toEqual(
      [AFFILIATE_KEY, NETWORK_KEY].toSorted(),
    );
  });

  test("keep their figures while the affiliate that they were sent with has no key", async () => {
    const { first } = await corrected({ sent_offer_id: 6, sent_affiliate_id: 411 });
    await call("PATCH", `/programs/${program_id}`, {
      everflow: { ...SETTINGS, api_key_secret: "EVERFLOW_API_KEY_411" },
    });
    answerAsEverflow(() => Response.json({ clicks: [] }));
    const { body } = await run();
    await call("PATCH", `/programs/${program_id}`, { everflow: SETTINGS });
    expect(body.totals).toEqual(first.totals);
    expect(body.faults).toMatchObject([{ affiliate_id: 411, error: expect.stringContaining("_411_411") }]);
  });

  test("are counted once also where nobody kept what they were sent with", async () => {
    await corrected(undefined);
    expect((await run()).body.totals).toMatchObject({ sent: 2 });
  });
});

// A day's rows, some kilobytes each, were held together: 128 MB is all that a Worker has.
test("a report is compared slice by slice: a row is done with before the next slice is asked for", async () => {
  const slices: EverflowClick[][] = [];
  for (const at of [NOON, NOON + 1000, NOON + 2000]) {
    const { click_id } = await sent(six, at);
    const click = { transaction_id: click_id, unix_timestamp: at / 1000, error_code: 0, offer_id: 6 };
    slices.push([
      { ...click, row: { sub5: click_id } },
      { ...click, row: { sub5: "" } },
    ]);
  }
  slices.push([{ ...slices[0]![0]! }]);
  vi.spyOn(EverflowApi.prototype, "clicks").mockImplementation(async function* () {
    for (const clicks of slices) {
      yield { clicks };
      for (const row of clicks.splice(0))
        for (const name of Object.keys(row)) Reflect.deleteProperty(row, name);
    }
  });
  const program = await comparedProgram(env.DB, program_id);
  if (!program?.settings) return expect.fail("no settings");
  await reconcileDay(new Run(env, program, NOON + DAY), T0 / DAY);
  const path = `/reconciliation?program_id=${program_id}&from=2026-01-10&to=2026-01-11`;
  const { totals } = (await call("GET", path)).body;
  expect(totals).toEqual({ ...NOTHING, sent: 3, recorded: 3, unknown: 3, duplicates: 1 });
});

describe("a delivery whose answer never came", () => {
  test.each(["pending", "dead"])("is settled as delivered when Everflow has it (%s)", async (state) => {
    const { id, click_id } = await sent(six, NOON, state, [TIMED_OUT]);
    const there = await recorded(NOON + 200, click_id);
    everflow();
    expect((await run()).body.totals).toEqual({ ...NOTHING, sent: 1, recorded: 1, unclear_arrived: 1 });
    expect(await delivery(id)).toEqual({
      state: "delivered",
      reason: "found in Everflow's click report",
      reference: there,
      attempts: JSON.stringify([TIMED_OUT]),
    });
  });

  // The figures called them ordinary deliveries when the day was compared once more, or the courier had asked first.
  test.each([
    ["delivered", {}, { sent: 1, recorded: 1 }],
    ["rejected", { is_bot: 1 }, {}],
  ])("is told of still when it is known to be %s", async (state, there, figures) => {
    const { click_id } = await sent(six, NOON, state, [TIMED_OUT]);
    await recorded(NOON + 200, click_id, 6, there);
    everflow();
    expect((await run()).body.totals).toEqual({ ...NOTHING, ...figures, unclear_arrived: 1 });
    expect((await run()).body.totals).toEqual({ ...NOTHING, ...figures, unclear_arrived: 1 });
  });

  describe("and that a retry delivered is told of still, however often it is compared:", () => {
    const OK = { at: NOON + 60_000, duration_ms: 40, status: 200, words: "error_code 0" };
    const UNREADABLE = { ...TIMED_OUT, status: 200, words: "no error_code in the answer: Welcome" };
    const BUSY = { ...TIMED_OUT, status: 503, words: "busy" };

    test.each([
      ["no answer, then one", [TIMED_OUT, OK]],
      ["no answer, put off, then one", [TIMED_OUT, BUSY, OK]],
      ["an answer that cannot be read, then one", [UNREADABLE, OK]],
    ])("%s", async (_, attempts) => {
      const absent = await sent(six, NOON, "delivered", attempts);
      const reference = await recorded(NOON + 60_000, absent.click_id);
      const twice = await sent(seven, NOON, "delivered", attempts);
      await recorded(NOON + 200, twice.click_id, 7);
      const again = await recorded(NOON + 60_000, twice.click_id, 7);
      await refer(absent.id, reference);
      await refer(twice.id, again);
      everflow();
      for (let i = 0; i < 2; i++) {
        expect((await run()).body.data).toMatchObject([
          { link_id: seven, sent: 1, recorded: 1, duplicates: 1, unclear_arrived: 1, unclear_absent: 0 },
          { link_id: null },
          { link_id: six, sent: 1, recorded: 1, duplicates: 0, unclear_arrived: 0, unclear_absent: 1 },
        ]);
      }
    });

    test("a duplicate, by which Everflow says that the unanswered one arrived", async () => {
      const duplicate = { ...OK, words: "error_code 21: duplicate click" };
      const { click_id } = await sent(six, NOON, "delivered", [TIMED_OUT, duplicate]);
      await recorded(NOON + 200, click_id);
      everflow();
      expect((await run()).body.totals).toEqual({ ...NOTHING, sent: 1, recorded: 1, unclear_arrived: 1 });
    });

    test("one that it answered each time is none of them", async () => {
      const { id, click_id } = await sent(six, NOON, "delivered", [BUSY, OK]);
      await refer(id, await recorded(NOON + 60_000, click_id));
      everflow();
      expect((await run()).body.totals).toEqual({ ...NOTHING, sent: 1, recorded: 1 });
    });
  });

  test("that the courier settled from the report stays told of", async () => {
    const { id, click_id } = await sent(six, NOON, "delivered", [TIMED_OUT]);
    await refer(id, await recorded(NOON + 200, click_id), "found in Everflow's click report");
    everflow();
    for (let i = 0; i < 2; i++) {
      expect((await run()).body.totals).toEqual({ ...NOTHING, sent: 1, recorded: 1, unclear_arrived: 1 });
    }
  });

  test.each([
    ["and then refused is absent", 1, { unclear_absent: 1 }],
    ["and refused twice has arrived", 2, { unclear_arrived: 1 }],
  ])("%s", async (_, rows, figures) => {
    const refused = { ...TIMED_OUT, status: 200, words: "error_code 14: blocked traffic" };
    const { click_id } = await sent(six, NOON, "rejected", [TIMED_OUT, refused]);
    for (let i = 0; i < rows; i++) await recorded(NOON + 200, click_id, 6, { is_bot: 1 });
    everflow();
    expect((await run()).body.totals).toEqual({ ...NOTHING, ...figures });
  });

  test("is settled as rejected when Everflow has refused it", async () => {
    const { id, click_id } = await sent(six, NOON, "pending", [TIMED_OUT]);
    await recorded(NOON + 200, click_id, 6, { is_bot: 1 });
    everflow();
    expect((await run()).body.totals).toEqual({ ...NOTHING, unclear_arrived: 1 });
    expect(await delivery(id)).toMatchObject({
      state: "rejected",
      reason: "found in Everflow's click report: error_code 14: blocked traffic",
    });
  });

  test("is left to be sent again when Everflow does not have it", async () => {
    const { id } = await sent(six, NOON, "pending", [TIMED_OUT]);
    everflow();
    expect((await run()).body.totals).toEqual({ ...NOTHING, unclear_absent: 1 });
    expect(await delivery(id)).toMatchObject({ state: "pending" });
  });

  test("keeps the end that it came to while Everflow was asked", async () => {
    const { id, click_id } = await sent(six, NOON, "pending", [TIMED_OUT]);
    await recorded(NOON, click_id);
    answerAsEverflow(async ({ url, method, headers, body }) => {
      await env.DB.prepare("UPDATE deliveries SET state = 'withheld' WHERE event_id = ?").bind(id).run();
      return report(new Request(url, { method, headers, body }));
    });
    await run();
    expect(await delivery(id)).toMatchObject({ state: "withheld", reference: null });
  });

  test("is left to the courier while its first attempt is under way", async () => {
    const { id, click_id } = await sent(six, NOON, "pending", []);
    await recorded(NOON, click_id);
    everflow();
    expect((await run()).body.totals).toEqual({ ...NOTHING, sent: 1, recorded: 1 });
    expect(await delivery(id)).toMatchObject({ state: "pending" });
  });
});

describe("what cannot be compared is refused in words", () => {
  test("whatever is asked for: Everflow is asked nothing then, and nothing is stored", async () => {
    const calls = answerAsEverflow(() => Response.json({ clicks: [] }));
    const stored = () => env.DB.prepare("SELECT COUNT(*) AS n FROM reconciliation").first<number>("n");
    const moment = fc.oneof(
      fc.constantFrom(
        "2026-01-10",
        "2026-01-11",
        "2026-02-30",
        "",
        T0,
        -1,
        1e20,
        "2026-01-10T00:00:00+25:00",
      ),
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.jsonValue({ maxDepth: 1 }),
    );
    const order = fc.record(
      {
        program_id: fc.oneof(fc.constant(program_id), fc.jsonValue({ maxDepth: 1 })),
        from: moment,
        to: moment,
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(order, order, fc.jsonValue({ maxDepth: 2 })), async (given) => {
        const before = [calls.length, await stored()];
        const { status, body } = await call("POST", "/reconciliation", given);
        expect([200, 400]).toContain(status);
        if (status === 200) return;
        expect(body).toMatchObject({ error: expect.stringMatching(/./) });
        expect([calls.length, await stored()]).toEqual(before);
      }),
      { numRuns: 100, endOnFailure: true },
    );
  });

  test("when Everflow says no; the figures of before stay, and the key is in no word", async () => {
    await recorded(NOON, (await sent(six, NOON)).click_id);
    everflow();
    const before = (await run()).body.data;
    answerAsEverflow(() => Response.json({ error: `Invalid key ${AFFILIATE_KEY}` }, { status: 401 }));
    const { status, body } = await run();
    expect(status).toBe(502);
    expect(body).toEqual({ error: "Everflow: Invalid key [secret]" });
    const path = `/reconciliation?program_id=${program_id}&from=2026-01-10&to=2026-01-11`;
    expect((await call("GET", path)).body.data).toEqual(before);
  });

  test("when a row cannot be read; the figures of before stay", async () => {
    const { click_id } = await sent(six, NOON);
    await recorded(NOON, click_id);
    everflow();
    const before = (await run()).body.data;
    answerAsEverflow(async ({ url, method, headers, body }) => {
      const { clicks } = (await (await report(new Request(url, { method, headers, body }))).json()) as {
        clicks: object[];
      };
      return Response.json({ clicks: clicks.map((row) => ({ ...row, unix_timestamp: "1768003200" })) });
    });
    const { status, body } = await run();
    expect(status).toBe(502);
    expect(body).toEqual({ error: "Everflow: 1 of 1 rows of Everflow's click report cannot be read" });
    const path = `/reconciliation?program_id=${program_id}&from=2026-01-10&to=2026-01-11`;
    expect((await call("GET", path)).body.data).toEqual(before);
  });

  // One affiliate's key was used for all, and what was missing in its report was missing everywhere.
  test.each([
    ["the program names a network's key", "EVERFLOW_API_KEY", 411],
    ["the program names one affiliate's key", "EVERFLOW_API_KEY_411", undefined],
  ])("affiliate by affiliate, each with its own key alone, when %s", async (_, api_key_secret, compared) => {
    const given = { program_id, partner_id: affiliate.partner_id, destination_url: "https://shop.example/" };
    const everflow412 = { offer_id: 6, affiliate_id: 412 };
    const link = await call("POST", "/links", {
      ...given,
      code: `OTHER_${api_key_secret}`,
      everflow: everflow412,
    });
    await call("PATCH", `/programs/${program_id}`, { everflow: { ...SETTINGS, api_key_secret } });
    await recorded(NOON, (await sent(six, NOON)).click_id);
    await sent(link.body.id, NOON);
    const calls = everflow();
    const { status, body } = await run();
    await call("PATCH", `/programs/${program_id}`, { everflow: SETTINGS });
    await call("PATCH", `/links/${link.body.id}`, { everflow: null });
    const secret = `${api_key_secret}_${compared ? 412 : 411}`;
    const error = `the Worker secret ${secret} is not set: npx wrangler secret put ${secret}`;
    if (compared) {
      expect(status).toBe(200);
      expect(body.totals).toEqual({ ...NOTHING, sent: 1, recorded: 1 });
      expect(body.faults).toEqual([{ affiliate_id: 412, error, at: expect.any(Number) }]);
    } else {
      expect(status).toBe(502);
      expect(body).toEqual({ error: `Everflow: ${error}` });
    }
    expect(calls.map(({ headers }) => headers.get("X-Eflow-API-Key"))).toEqual(
      compared ? [AFFILIATE_KEY] : [],
    );
  });

  test("with the program's own key where it has one affiliate, which has none of its own", async () => {
    const there = { ...SETTINGS, api_key_secret: "EVERFLOW_API_KEY_411" };
    await call("PATCH", `/programs/${program_id}`, { everflow: there });
    await recorded(NOON, (await sent(six, NOON)).click_id);
    everflow();
    const { body } = await run();
    await call("PATCH", `/programs/${program_id}`, { everflow: SETTINGS });
    expect(body).toMatchObject({ totals: { sent: 1, recorded: 1 }, faults: [] });
  });

  test.each([
    ["no such program", null, 400, "program_id is no program's"],
    [
      "a program without Everflow",
      { everflow: null },
      400,
      "program_id is of a program without Everflow settings",
    ],
    [
      "a click id where Everflow shows none",
      { everflow: { ...SETTINGS, click_id_param: "adv3" } },
      400,
      "program_id is of a program whose click_id_param, adv3, Everflow does not report",
    ],
    [
      "no name of a key",
      { everflow: { ...SETTINGS, api_key_secret: undefined } },
      502,
      "Everflow: the program's everflow settings name no api_key_secret",
    ],
    [
      "no key of that name",
      { everflow: { ...SETTINGS, api_key_secret: "NOT_SET" } },
      502,
      "Everflow: the Worker secret NOT_SET_411 is not set: npx wrangler secret put NOT_SET_411",
    ],
  ])("%s", async (_, changed, status, error) => {
    answerAsEverflow(() => expect.fail("called"));
    if (changed) await call("PATCH", `/programs/${program_id}`, changed);
    const answer = await call("POST", "/reconciliation", {
      program_id: changed ? program_id : 9_999,
      ...JANUARY_10,
    });
    await call("PATCH", `/programs/${program_id}`, { everflow: SETTINGS });
    expect(answer.status).toBe(status);
    expect(answer.body.error).toBe(error);
  });

  test.each([
    [{ from: "2026-01-11", to: "2026-01-10" }, "from must not be after to"],
    [{ from: "2026-01-01", to: "2026-02-02" }, "from must not be more than 31 days before to"],
    [{ from: "yesterday", to: "2026-02-02" }, /^from must be unix milliseconds or ISO 8601/],
    [{ from: "2026-01-01" }, "to is required"],
  ])("a period %j", async (period, error) => {
    const { status, body } = await run(period);
    expect(status).toBe(400);
    if (typeof error === "string") expect(body.error).toBe(error);
    else expect(body.error).toMatch(error);
  });
});

// Everflow shows none of them any more, so that all were missing, and the figures of when it did were overwritten.
test("days older than 90 are refused: Everflow is not asked, and their figures stay", async () => {
  await recorded(NOON, (await sent(six, NOON)).click_id);
  everflow();
  const before = (await run()).body;
  const calls = answerAsEverflow(() => Response.json({ clicks: [] }));
  clockAt(T0 + 90 * DAY - 60_000);
  expect((await run()).status).toBe(200);
  expect(calls).toHaveLength(1);
  await env.DB.prepare("UPDATE reconciliation SET recorded = sent, missing = 0").run();
  answerAsEverflow(() => expect.fail("called"));
  clockAt(T0 + 90 * DAY + 1);
  for (const from of ["2026-01-10", "2026-01-10T23:59:59Z"]) {
    expect(await run({ from, to: "2026-01-12" })).toMatchObject({
      status: 400,
      body: {
        error:
          "from must not be before 2026-01-11: Everflow's click report shows 90 days, and what is older would be called missing",
        field: "from",
      },
    });
  }
  const path = `/reconciliation?program_id=${program_id}&from=2026-01-10&to=2026-01-11`;
  expect((await call("GET", path)).body.totals).toEqual(before.totals);
});

test("a day that has not ended is compared but for its last ten minutes", async () => {
  const now = NOON + 5_000;
  await sent(six, now - 11 * 60_000);
  await sent(six, now - 9 * 60_000);
  everflow();
  await reconcile(env, now);
  const { body } = await call(
    "GET",
    `/reconciliation?program_id=${program_id}&from=2026-01-10&to=2026-01-11`,
  );
  expect(body.totals).toEqual({ ...NOTHING, sent: 1, missing: 1 });
  expect(body.data[0].checked_until).toBe(now - 600_000);
});

describe("of days whose clicks are no longer kept", () => {
  const goneBefore = (at: number) => env.DB.prepare("UPDATE retention SET gone_before = ?").bind(at).run();
  const figures = async () => (await env.DB.prepare("SELECT * FROM reconciliation").all()).results;
  afterEach(() => goneBefore(0));

  test("nothing is compared, and the figures that there are stay", async () => {
    await recorded(NOON, (await sent(six, NOON)).click_id);
    everflow();
    const { data } = (await run()).body;
    expect(data).not.toEqual([]);
    const before = await figures();
    vi.restoreAllMocks();
    clockAt(T0 + 10 * DAY);
    answerAsEverflow(() => expect.fail("called"));
    await goneBefore(T0 + 1_000);
    expect(await run()).toMatchObject({
      status: 400,
      body: {
        error:
          "from is of a day whose clicks are not all kept any more: they can be compared from 2026-01-11T00:00:00.000Z on",
        field: "from",
      },
    });
    expect(await figures()).toEqual(before);
    expect(
      (await call("GET", `/reconciliation?program_id=${program_id}&from=2026-01-10&to=2026-01-11`)).body.data,
    ).toEqual(data);
    await goneBefore(T0);
    vi.restoreAllMocks();
    clockAt(T0 + 10 * DAY);
    everflow();
    expect((await run()).status).toBe(200);
  });

  test("a comparison under way as they go changes no figure", async () => {
    await recorded(NOON, (await sent(six, NOON)).click_id);
    everflow();
    await run();
    const before = await figures();
    vi.restoreAllMocks();
    clockAt(T0 + 10 * DAY);
    await env.DB.prepare("DELETE FROM deliveries").run();
    answerAsEverflow(async ({ url, method, headers, body }) => {
      await goneBefore(T0 + DAY);
      return report(new Request(url, { method, headers, body }));
    });
    await run();
    expect(await figures()).toEqual(before);
  });
});

test("the scheduled job compares today and the two days before, of every program that has a key", async () => {
  for (const days of [0, 1, 2, 3]) await sent(six, NOON - days * DAY);
  const calls = everflow();
  await reconcile(env, NOON + DAY / 4);
  const { results } = await env.DB.prepare(
    "SELECT day, SUM(sent) AS sent FROM reconciliation WHERE program_id = ? GROUP BY day ORDER BY day",
  )
    .bind(program_id)
    .all();
  const today = T0 / DAY;
  expect(results).toEqual([today - 2, today - 1, today].map((day) => ({ day, sent: 1 })));
  expect(calls).toHaveLength(3);
});

describe("what a run could not read is told to who asks later", () => {
  const later = async () => (await call("GET", `/reconciliation?program_id=${program_id}`)).body.faults;

  // The scheduled job told its log alone.
  test("of the scheduled job, until a run can read it", async () => {
    const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    answerAsEverflow(() => Response.json({ error: `Invalid key ${AFFILIATE_KEY}` }, { status: 401 }));
    await reconcile(env, NOON);
    const fault = { affiliate_id: 411, error: "Invalid key [secret]", at: NOON };
    expect(await later()).toEqual([fault]);
    expect(warned).toHaveBeenCalledOnce();
    await reconcile(env, NOON + 1);
    expect(await later()).toEqual([{ ...fault, at: NOON + 1 }]);
    vi.restoreAllMocks();
    everflow();
    await reconcile(env, NOON + 2);
    expect(await later()).toEqual([]);
  });

  test("of a manager's run, also where it could read nothing", async () => {
    answerAsEverflow(() => new Response("busy", { status: 503 }));
    expect((await run()).status).toBe(502);
    expect(await later()).toEqual([{ affiliate_id: 411, error: "busy", at: expect.any(Number) }]);
  });

  test("of a program whose click id Everflow does not report", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const everflow = { ...SETTINGS, click_id_param: "adv3" };
    await call("PATCH", `/programs/${program_id}`, { everflow });
    answerAsEverflow(() => expect.fail("called"));
    await reconcile(env, NOON);
    await call("PATCH", `/programs/${program_id}`, { everflow: SETTINGS });
    const error = "Everflow's click report does not show adv3";
    expect(await later()).toEqual([{ affiliate_id: 411, error, at: NOON }]);
  });

  test("but not of another program's", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    answerAsEverflow(() => new Response("busy", { status: 503 }));
    await reconcile(env, NOON);
    const other = await call("GET", `/reconciliation?program_id=${affiliate.program_id}`);
    expect(other.body.faults).toEqual([]);
  });
});

test("the figures can be had as CSV", async () => {
  await sent(six, NOON);
  everflow();
  await run();
  const { text } = await call(
    "GET",
    `/reconciliation?program_id=${program_id}&from=2026-01-10&to=2026-01-11&format=csv`,
  );
  const [header, ...rows] = text.trim().split("\r\n");
  expect(header).toMatch(/^day,affiliate_id,link_id,link_code,sent,recorded,missing,unknown,duplicates,/);
  expect(rows[0]).toMatch(new RegExp(`^2026-01-10T00:00:00.000Z,411,${six},SIX,1,0,1,0,0,0,0,`));
});

test("our report client reads our own report, row for row", async () => {
  for (let i = 0; i < 30; i++) await recorded(NOON + i * 1000, `click ${i}`, 6, { country: "US" });
  everflow();
  vi.restoreAllMocks();
  answerAsEverflow();
  const opened = affiliateAccess(SETTINGS, { id: 411, isOnly: false }, env);
  if ("missing" in opened) throw new Error(opened.missing);
  const rows: unknown[] = [];
  for await (const slice of openApi(opened.access, env).clicks({ from: T0 / 1000, to: (T0 + DAY) / 1000 })) {
    if (isFault(slice)) throw new Error(slice.fault);
    rows.push(...slice.clicks.map(({ row }) => row));
  }
  const request = { from: "2026-01-10 00:00:00", to: "2026-01-11 00:00:00", timezone_id: 67 };
  const own = await eflow("POST", STREAM, AFFILIATE_KEY, request);
  expect(rows).toHaveLength(30);
  // But for the host that each was asked at.
  expect(rows.map(without("tracking_url"))).toEqual(own.body.clicks.map(without("tracking_url")));
});

function without(name: string) {
  return (row: unknown) => ({ ...(row as Record<string, unknown>), [name]: undefined });
}
