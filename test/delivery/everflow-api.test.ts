/** Everflow's API as its client, within its limits. No clock runs: waits are written down and time is moved by them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EverflowApi, isFault } from "../../worker/delivery/everflow-api.ts";
import { TokenBucket } from "../../worker/delivery/token-bucket.ts";
import type { EverflowClick } from "../../worker/networks/everflow-api.ts";

const DAY = 86_400;
const T0 = Date.UTC(2026, 0, 10) / 1000;

interface Asked {
  from: number;
  to: number;
}

/** An Everflow that has these clicks, unix seconds, and answers a call as `before` says or with its report. */
function everflow(clicks: number[], before: (call: number) => Response | undefined = () => undefined) {
  const asked: Asked[] = [];
  const calls: { at: number; init: RequestInit }[] = [];
  const waits: number[] = [];
  let now = 1_000_000;
  const api = new EverflowApi(
    { api_base: "https://api.everflow.example", key: "the-secret-key" },
    {
      timeout_ms: 1_000,
      targets: {},
      now: () => now,
      wait: async (ms) => {
        if (ms > 0) waits.push(ms);
        now += ms;
      },
      fetch: (async (_: string, init: RequestInit) => {
        calls.push({ at: now, init });
        const answer = before(calls.length);
        if (answer) return answer;
        const { from, to } = JSON.parse(String(init.body));
        const period = { from: Date.parse(`${from}Z`) / 1000, to: Date.parse(`${to}Z`) / 1000 };
        asked.push(period);
        const rows = clicks
          .filter((at) => at >= period.from && at <= period.to)
          .slice(0, 5_000)
          .map((unix_timestamp, i) => ({
            transaction_id: `${unix_timestamp}-${i}`,
            unix_timestamp,
            error_code: 0,
          }));
        return Response.json({ clicks: rows });
      }) as typeof fetch,
    },
  );
  return { api, asked, calls, waits };
}

async function all(api: EverflowApi, period: Asked) {
  const clicks: EverflowClick[] = [];
  for await (const slice of api.clicks(period)) {
    if (isFault(slice)) return slice;
    clicks.push(...slice.clicks);
  }
  return clicks.map(({ unix_timestamp }) => unix_timestamp);
}

function spread(from: number, seconds: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + Math.floor((i * seconds) / count));
}

describe("reading a period's clicks", () => {
  test("one call is enough for what fits an answer", async () => {
    const { api, asked } = everflow(spread(T0, DAY, 4_999));
    expect(await all(api, { from: T0, to: T0 + DAY - 1 })).toHaveLength(4_999);
    expect(asked).toEqual([{ from: T0, to: T0 + DAY - 1 }]);
  });

  test("a full answer is asked for again by halves, until each click is there once", async () => {
    const clicks = spread(T0, DAY, 17_000);
    const { api, asked } = everflow(clicks);
    expect(await all(api, { from: T0, to: T0 + DAY - 1 })).toEqual(clicks);
    expect(asked.slice(0, 3)).toEqual([
      { from: T0, to: T0 + DAY - 1 },
      { from: T0, to: T0 + DAY / 2 - 1 },
      { from: T0, to: T0 + DAY / 4 - 1 },
    ]);
  });

  test("a longer period than 14 days is asked for in pieces", async () => {
    const { api, asked } = everflow([T0, T0 + 20 * DAY, T0 + 30 * DAY]);
    expect(await all(api, { from: T0, to: T0 + 30 * DAY })).toEqual([T0, T0 + 20 * DAY, T0 + 30 * DAY]);
    for (const { from, to } of asked) expect(to - from).toBeLessThan(14 * DAY);
    expect(asked).toHaveLength(3);
  });

  test("a second that fills an answer is said to be incomplete", async () => {
    const { api } = everflow(Array.from({ length: 6_000 }, () => T0 + 7));
    expect(await all(api, { from: T0, to: T0 + 59 })).toEqual({
      fault: "more clicks at 2026-01-10T00:00:07.000Z than a report can hold",
      status: null,
    });
  });

  test("however the clicks are spread, each is read once", async () => {
    const seconds = fc.array(fc.integer({ min: 0, max: 20 * DAY }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(seconds, fc.integer({ min: 0, max: 20 * DAY }), async (offsets, length) => {
        // Many at each moment, so that answers are full and have to be halved.
        const clicks = offsets.flatMap((offset) => Array.from({ length: 1_300 }, () => T0 + offset));
        const { api } = everflow(clicks);
        const read = await all(api, { from: T0, to: T0 + length });
        if (isFault(read)) return;
        const wanted = clicks.filter((at) => at <= T0 + length).toSorted((a, b) => a - b);
        expect(read.toSorted((a, b) => a - b)).toEqual(wanted);
      }),
      { numRuns: 30 },
    );
  });
});

describe("Everflow's limits", () => {
  test("five calls go at once, the others at five a second", async () => {
    const { api, calls } = everflow([]);
    for (let i = 0; i < 12; i++) await all(api, { from: T0, to: T0 });
    const begin = calls[0]!.at;
    expect(calls.map(({ at }) => at - begin)).toEqual([
      0, 0, 0, 0, 0, 200, 400, 600, 800, 1_000, 1_200, 1_400,
    ]);
  });

  test("no more than the bucket and its refill goes in any time", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 60 }), (pauses) => {
        const bucket = new TokenBucket(5);
        const calls: number[] = [];
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          now += bucket.take(now);
          calls.push(now);
        }
        for (const [i, at] of calls.entries()) {
          const within = calls.slice(i).filter((other) => other - at < 1_000).length;
          expect(within).toBeLessThanOrEqual(10);
        }
      }),
    );
  });

  test("at 429 it waits as long as it is told, and asks again", async () => {
    const headers = { "Retry-After": "7" };
    const { api, waits } = everflow([T0], (call) =>
      call === 1 ? Response.json({ error: "slow down" }, { status: 429, headers }) : undefined,
    );
    expect(await all(api, { from: T0, to: T0 })).toEqual([T0]);
    expect(waits).toEqual([7_000]);
  });

  test.each([
    ["a wait of an hour", { "Retry-After": "3600" }, 1],
    ["no end of it", {}, 4],
  ])("at 429 with %s it gives up, in Everflow's words", async (_, headers, times) => {
    const { api, calls } = everflow([], () =>
      Response.json({ Error: "Slow down" }, { status: 429, headers }),
    );
    expect(await all(api, { from: T0, to: T0 })).toEqual({ fault: "Slow down", status: 429 });
    expect(calls).toHaveLength(times);
  });
});

describe("what can go wrong is said in words without the key", () => {
  test.each<[string, () => Response, string, number | null]>([
    [
      "a refusal that repeats the key",
      () => Response.json({ error: "Invalid API key the-secret-key" }, { status: 401 }),
      "Invalid API key [secret]",
      401,
    ],
    ["a fault of Everflow's", () => Response.json({ Error: "boom" }, { status: 500 }), "boom", 500],
    [
      "a redirect, which is not followed",
      () => new Response(null, { status: 302, headers: { Location: "https://elsewhere.example/" } }),
      "HTTP 302",
      302,
    ],
    ["a page", () => new Response("<html>"), "Everflow's answer is no click report", 200],
    ["another answer", () => Response.json({ clicks: "none" }), "Everflow's answer is no click report", 200],
    [
      "no connection",
      () => {
        throw new Error("refused the-secret-key");
      },
      "connection failed: refused [secret]",
      null,
    ],
  ])("%s", async (_, answer, fault, status) => {
    const { api, calls } = everflow([], answer);
    expect(await all(api, { from: T0, to: T0 })).toEqual({ fault, status });
    expect(calls).toHaveLength(1);
    expect(calls[0]!.init.redirect).toBe("manual");
  });

  test("an address that must not be called is not", async () => {
    const { fetch, ...options } = {
      fetch: (() => expect.fail("called")) as never,
      timeout_ms: 1,
      targets: {},
    };
    const api = new EverflowApi(
      { api_base: "http://169.254.169.254", key: "k" },
      { ...options, fetch, now: () => 0, wait: async () => undefined },
    );
    const answer = await api.trackingUrl({ network_offer_id: 1, network_affiliate_id: 2 });
    expect(answer).toEqual({
      fault: expect.stringContaining("api_base must be a public address"),
      status: null,
    });
  });
});
