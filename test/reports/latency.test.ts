import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { couriersOf } from "../../worker/delivery/courier.ts";
import { HealthLog, LATENCY_HOURS } from "../../worker/delivery/health.ts";
import { HourlyLatency, MOST_LATENCY_HOURS } from "../../worker/reports/schemas/network.ts";
import { call, callWith, programWithLink } from "./support/call.ts";

const HOUR_MS = 3_600_000;
const EVERFLOW = { tracking_domain: "https://www.acme-trk.example" };
const TWO = { COURIERS_PER_NETWORK: "2" };

let program_id: number;
beforeAll(async () => {
  ({ program_id } = await programWithLink("MINE"));
  await call("PATCH", `/programs/${program_id}`, { everflow: EVERFLOW });
});

/** In a courier's own storage, as it would keep it. */
function inStorage<T>(courier: number, use: (log: HealthLog, sql: SqlStorage) => T): Promise<T> {
  const { stub } = couriersOf({ ...env, ...TWO }, program_id, "everflow")[courier]!;
  return runInDurableObject(stub, (_, { storage }) => use(new HealthLog(storage.sql), storage.sql));
}

const begin = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;

test("latencies are told hour by hour, of all couriers together, hours without attempts too", async () => {
  await inStorage(0, (log) => {
    for (let i = 0; i < 95; i++) log.add("delivered", 90, begin - 3 * HOUR_MS + i);
    log.write(begin - 3 * HOUR_MS);
    log.add("pending", 10_000, begin - HOUR_MS);
    log.write(begin - HOUR_MS);
  });
  await inStorage(1, (log) => {
    for (let i = 0; i < 6; i++) log.add("rejected", 900, begin - 3 * HOUR_MS + i);
    log.write(begin - 3 * HOUR_MS);
  });
  const path = `/networks/latency?program_id=${program_id}&network=everflow&hours=6`;
  const { status, body } = await callWith(TWO, "GET", path);
  expect(status).toBe(200);
  for (const hour of body.data) expect(HourlyLatency.parse(hour)).toEqual(hour);
  const none = { p50: null, p95: null, attempts: 0 };
  expect(body.data).toHaveLength(6);
  // The hour may turn while the test runs.
  const at = (t: number) => body.data.find((hour: { t: number }) => hour.t === t);
  const [busy, slow] = [at(begin - 3 * HOUR_MS), at(begin - HOUR_MS)];
  expect(busy).toMatchObject({ attempts: 101 });
  expect(slow).toMatchObject({ attempts: 1 });
  expect(body.data.filter((hour: object) => hour !== busy && hour !== slow)).toEqual(
    Array.from({ length: 4 }, () => ({ t: expect.any(Number), ...none })),
  );
  const times: number[] = body.data.map(({ t }: { t: number }) => t);
  expect(times).toEqual(times.map((_, i) => times[0]! + i * HOUR_MS));
  expect(times).toContain(begin);
  expect(busy.p50).toBeGreaterThanOrEqual(90);
  expect(busy.p50).toBeLessThan(90 * 1.25);
  expect(busy.p95).toBeGreaterThanOrEqual(900);
  expect(busy.p95).toBeLessThan(900 * 1.25);
  const everyone = (await callWith(TWO, "GET", "/networks/latency?hours=6")).body.data;
  expect(everyone).toContainEqual(busy);
  const other = await callWith(TWO, "GET", `/networks/latency?program_id=${program_id}&network=avantlink`);
  expect(other.body.data).toHaveLength(24);
  expect(other.body.data.every(({ attempts }: { attempts: number }) => attempts === 0)).toBe(true);
});

test("a week is kept, an hour costs one row, and an attempt none but what its minute costs", async () => {
  expect(MOST_LATENCY_HOURS).toBe(LATENCY_HOURS);
  const stub = env.COURIER.getByName("a week");
  await runInDurableObject(stub, (_, { storage }) => {
    const log = new HealthLog(storage.sql);
    const count = (table: string) =>
      storage.sql.exec<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`).one().n;
    for (let hour = 0; hour < LATENCY_HOURS + 10; hour++) {
      const at = begin + hour * HOUR_MS;
      log.add("delivered", 50, at);
      // Its kind and its latency; and once an hour the hour that is over, and its two minutes' rows that go.
      expect(log.write(at)).toBe(hour < 2 ? 2 : hour < LATENCY_HOURS ? 5 : 6);
      log.add("delivered", 50, at + 1);
      expect(log.write(at + 1)).toBe(2);
    }
    const now = begin + (LATENCY_HOURS + 9) * HOUR_MS;
    const hours = log.hours(LATENCY_HOURS, now);
    expect(Object.keys(hours)).toHaveLength(LATENCY_HOURS);
    expect(Object.values(hours).every((each) => Object.values(each).join() === "2")).toBe(true);
    expect(count("hours") + count("minutes") / 2).toBe(LATENCY_HOURS);
    expect(log.hours(1, now)).toEqual({ [now / HOUR_MS]: expect.any(Object) });
  });
});

test("more couriers than a hundred are not asked at once", async () => {
  const path = "/networks/latency";
  const { status, body } = await callWith({ COURIERS_PER_NETWORK: "64" }, "GET", path);
  expect({ status, body }).toMatchObject({ status: 200 });
  await call("PATCH", `/programs/${program_id}`, {
    avantlink: { merchant_id: "0f8fad5b-d9cb-469f-a165-70867728950e" },
  });
  expect(await callWith({ COURIERS_PER_NETWORK: "64" }, "GET", path)).toMatchObject({
    status: 400,
    body: {
      field: "program_id",
      error: "program_id must be given: more than 1 destinations would have to be asked",
    },
  });
});

test.each([
  ["hours=0", "hours", "hours must be 1 or more"],
  ["hours=169", "hours", "hours must be 168 or less"],
  ["network=impact", "network", "network must be one of: everflow, avantlink"],
])("latencies with %s are refused", async (parameters, field, error) => {
  const { status, body } = await call("GET", `/networks/latency?${parameters}`);
  expect(status).toBe(400);
  expect(body).toEqual({ error, field });
});

// Numbers are bound as floating point: by a bound 60, minutes of one hour were hours with fractions.
test("attempts at any minute of an hour are that hour's, before it is over and after", async () => {
  const stub = env.COURIER.getByName("any minute");
  await runInDurableObject(stub, (_, { storage }) => {
    const log = new HealthLog(storage.sql);
    const hour = begin / HOUR_MS;
    for (const minute of [1, 17, 59]) {
      log.add("delivered", 50, begin + minute * 60_000);
      log.write(begin + minute * 60_000);
    }
    const later = begin + 3.5 * HOUR_MS;
    const told = { [hour]: { "56": 3 } };
    expect(log.hours(2, begin + HOUR_MS)).toEqual(told);
    log.add("delivered", 900, later);
    log.write(later);
    expect(log.hours(6, later)).toEqual({ ...told, [hour + 3]: { "1010": 1 } });
  });
});
