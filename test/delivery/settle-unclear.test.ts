/** Whether an unanswered click arrived, asked of Everflow's own report before it is sent again. */
import { env } from "cloudflare:test";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { OwedClick } from "../../worker/click.ts";
import type { Attempt, DueDelivery } from "../../worker/delivery/outbox.ts";
import { canBeAsked, settleUnclear } from "../../worker/delivery/settle-unclear.ts";
import { FOUND, isUnclear } from "../../worker/delivery/unclear.ts";
import { seedLink } from "../support/program.ts";

const NOW = Date.UTC(2026, 0, 10, 12);
const TIMED_OUT: Attempt = {
  at: NOW - 20_000,
  duration_ms: 10_000,
  status: null,
  words: "no answer within 10 s",
};
const answered = (status: number, words: string): Attempt => ({ ...TIMED_OUT, status, words });
const BUSY = answered(503, "busy");
const UNREADABLE = answered(200, "no error_code in the answer: Welcome to nginx!");
const REFUSED = answered(200, "error_code 2: offer cap");

type Due = DueDelivery & { click: OwedClick };

function due(n: number, more: Partial<Omit<Due, "click">> = {}): Due {
  const event_id = `6961a2c0${n.toString(16).padStart(24, "0")}`;
  return {
    event_id,
    program_id: 1,
    give_up_at: NOW + 1,
    attempts: [TIMED_OUT],
    reason: null,
    click: {
      click_id: `cust_${event_id}_${NOW - 30_000}`,
      visitor_id: "",
      affiliate_url: "",
      referrer_url: "",
      user_agent: "",
      ip: "",
      params: {},
    },
    settings: { api_base: "https://api.everflow.example", api_key_secret: "EVERFLOW_API_KEY" },
    link_everflow: { offer_id: 6, affiliate_id: 411 },
    sent_affiliate_id: null,
    ...more,
  };
}

interface Asked {
  from: string;
  to: string;
  query: { filters: { resource_type: string; filter_id_value: string }[] };
}

/** An Everflow whose report has these rows. */
function everflow(rows: { click_id: string; error_code?: number; field?: string }[]) {
  const asked: { key: string | null; body: Asked }[] = [];
  const call = (async (_: string, init: RequestInit) => {
    const body = JSON.parse(String(init.body)) as Asked;
    asked.push({ key: new Headers(init.headers).get("X-Eflow-API-Key"), body });
    const wanted = body.query.filters.map(({ filter_id_value }) => filter_id_value);
    const clicks = rows
      .filter(({ click_id }) => wanted.includes(click_id))
      .map(({ click_id, error_code = 0, field = "sub5" }, i) => ({
        transaction_id: `there-${i}`,
        unix_timestamp: NOW / 1000,
        error_code,
        [field]: click_id,
      }));
    return Response.json({ clicks });
  }) as typeof fetch;
  return { asked, call };
}

const delivered = (event_id: string, reference: string | null) => ({
  event_id,
  state: "delivered",
  reason: "found in Everflow's click report",
  reference,
  next_attempt_at: 0,
});

test.each([
  ["no attempt", [], false],
  ["an attempt without an answer", [TIMED_OUT], true],
  ["an answer that only puts it off", [BUSY], false],
  // It was sent again without asking: the last attempt alone was looked at.
  ["such an answer after none", [TIMED_OUT, BUSY], true],
  ["too many requests after none", [TIMED_OUT, answered(429, "slow down")], true],
  ["no answer after an answer", [BUSY, TIMED_OUT], true],
  ["an answer that cannot be read", [UNREADABLE], true],
  [
    "an answer without the id that says it was taken",
    [answered(200, "error_code 0, but no transaction_id")],
    true,
  ],
  ["a refusal after none", [TIMED_OUT, REFUSED], false],
  ["a status that refuses after none", [TIMED_OUT, answered(403, "Forbidden")], false],
  ["no answer after a refusal", [REFUSED, TIMED_OUT], true],
])("a delivery with %s is unclear or not", (_, attempts, unclear) => {
  expect(isUnclear({ attempts, reason: null })).toBe(unclear);
});

// A refusal that was found in the report was found again, and the click never sent.
test("a delivery that a manager has sent again, which the report says was refused, is not unclear", () => {
  expect(isUnclear({ attempts: [TIMED_OUT], reason: `${FOUND}: error_code 2: offer cap` })).toBe(false);
});

describe("an unclear delivery", () => {
  test("that Everflow has is delivered, with its transaction id; one that it has not is left alone", async () => {
    const [here, gone] = [due(1), due(2)];
    const { asked, call } = everflow([{ click_id: here.click.click_id }]);
    expect(await settleUnclear(env, [here, gone], NOW, call)).toEqual([delivered(here.event_id, "there-0")]);
    expect(asked).toEqual([
      {
        key: "everflow-affiliate-key-for-tests",
        body: {
          // From the first attempt to now, five minutes more on either side.
          from: "2026-01-10 11:54:40",
          to: "2026-01-10 12:05:00",
          timezone_id: 67,
          query: {
            filters: [here, gone].map(({ click }) => ({
              resource_type: "s5",
              filter_id_value: click.click_id,
            })),
          },
        },
      },
    ]);
  });

  test("is looked for in the parameter that carries the click id", async () => {
    const settings = { ...due(1).settings, click_id_param: "source_id" };
    const one = due(1, { settings });
    const { asked, call } = everflow([{ click_id: one.click.click_id, field: "source_id" }]);
    expect(await settleUnclear(env, [one], NOW, call)).toHaveLength(1);
    expect(asked[0]!.body.query.filters[0]!.resource_type).toBe("source_id");
  });

  test("that Everflow refused is rejected, in words", async () => {
    const one = due(1);
    const { call } = everflow([{ click_id: one.click.click_id, error_code: 2 }]);
    expect(await settleUnclear(env, [one], NOW, call)).toMatchObject([
      {
        state: "rejected",
        reason: "found in Everflow's click report: error_code 2: offer cap",
        reference: null,
      },
    ]);
  });

  test("that Everflow has and calls a duplicate is delivered", async () => {
    const one = due(1);
    const { click_id } = one.click;
    const twice = everflow([{ click_id, error_code: 21 }, { click_id }]);
    expect(await settleUnclear(env, [one], NOW, twice.call)).toEqual([delivered(one.event_id, "there-1")]);
    const once = everflow([{ click_id, error_code: 21 }]);
    expect(await settleUnclear(env, [one], NOW, once.call)).toEqual([delivered(one.event_id, null)]);
  });

  test("of which a kill left no attempt is looked for from its click on", async () => {
    const one = due(1, { attempts: [] });
    const { asked, call } = everflow([one.click]);
    expect(canBeAsked(env, one)).toBe(true);
    expect(await settleUnclear(env, [one], NOW, call)).toEqual([delivered(one.event_id, "there-0")]);
    expect(asked[0]!.body.from).toBe("2026-01-10 11:54:30");
  });

  test("is asked for in company: a hundred in a call", async () => {
    const many = Array.from({ length: 250 }, (_, i) => due(i));
    const { asked, call } = everflow(many.map(({ click }) => click));
    expect(await settleUnclear(env, many, NOW, call)).toHaveLength(250);
    expect(asked.map(({ body }) => body.query.filters.length)).toEqual([100, 100, 50]);
  });

  describe("is asked for with", () => {
    const other = due(2, { link_everflow: { offer_id: 6, affiliate_id: 412 } });
    afterEach(() => env.DB.prepare("DELETE FROM referral_links").run());

    test("the key of its affiliate, or the program's where it has no other affiliate", async () => {
      await seedLink({ code: "OURS", everflow: { offer_id: 6, affiliate_id: 412 } });
      await seedLink({ code: "THEIRS", program_id: 2, everflow: { offer_id: 6, affiliate_id: 413 } });
      const { asked, call } = everflow([]);
      await settleUnclear(env, [due(1), other], NOW, call);
      expect(asked.map(({ key }) => key)).toEqual([
        "everflow-affiliate-key-for-tests",
        "everflow-network-key-for-tests",
      ]);
    });

    test("the key of the affiliate that it was sent with, whatever its link was corrected to", async () => {
      const corrected = due(1, { link_everflow: { offer_id: 6, affiliate_id: 412 }, sent_affiliate_id: 411 });
      const { asked, call } = everflow([corrected.click]);
      expect(await settleUnclear(env, [corrected], NOW, call)).toHaveLength(1);
      expect(asked.map(({ key }) => key)).toEqual(["everflow-affiliate-key-for-tests"]);
    });

    // It was asked for in another affiliate's report, which does not have it.
    test("no other affiliate's key", async () => {
      await seedLink({ code: "OURS", everflow: { offer_id: 6, affiliate_id: 412 } });
      await seedLink({ code: "ANOTHER", everflow: { offer_id: 6, affiliate_id: 411 } });
      const { asked, call } = everflow([other.click]);
      expect(await settleUnclear(env, [other, due(1)], NOW, call)).toEqual([]);
      expect(asked.map(({ key }) => key)).toEqual(["everflow-affiliate-key-for-tests"]);
    });
  });
});

describe("nobody is asked about", () => {
  test.each([
    ["a program without a key", { settings: { api_base: "https://api.everflow.example" } }],
    ["a program whose key is not set", { settings: { api_key_secret: "NOT_SET" } }],
    ["a program whose settings are gone", { settings: null }],
    ["a network that is switched off", { settings: { ...due(1).settings, enabled: false } }],
    ["a link whose offer is gone", { link_everflow: null }],
    ["a click that is no longer kept", { click: null }],
    ["a click id where Everflow shows none", { settings: { ...due(1).settings, click_id_param: "adv3" } }],
  ])("%s", async (_, more) => {
    const { asked, call } = everflow([due(1).click]);
    expect(canBeAsked(env, { ...due(1), ...more })).toBe(false);
    expect(await settleUnclear(env, [{ ...due(1), ...more }], NOW, call)).toEqual([]);
    expect(asked).toEqual([]);
  });
});

test("a report that cannot be read settles nothing, and the clicks are sent again", async () => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const call = (async () =>
    Response.json({ error: "no: everflow-affiliate-key-for-tests" }, { status: 401 })) as typeof fetch;
  expect(await settleUnclear(env, [due(1), due(2)], NOW, call)).toEqual([]);
  expect(JSON.stringify(warned.mock.calls)).toContain("no: [secret]");
  expect(JSON.stringify(warned.mock.calls)).not.toContain("everflow-affiliate-key");
  warned.mockRestore();
});
