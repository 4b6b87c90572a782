import { expect, test } from "vitest";
import type { Health } from "../../worker/delivery/health.ts";
import { together } from "../../worker/reports/together.ts";

const CLOSED = { state: "closed", failures: 0, open_until: null } as const;
const FAILING = { state: "closed", failures: 4, open_until: null } as const;
const PROBING = { state: "half_open", failures: 5, open_until: 100 } as const;
const OPEN = { state: "open", failures: 5, open_until: 2_000 } as const;
const LONGER_OPEN = { state: "open", failures: 6, open_until: 3_000 } as const;

function health(more: Partial<Health>): Health {
  return {
    circuit: CLOSED,
    last_hour: { delivered: 0, rejected: 0, dead: 0, retried: 0 },
    latencies: {},
    ...more,
  };
}

test("several couriers are one destination: their hours are added up", () => {
  const one = health({ last_hour: { delivered: 1, rejected: 2, dead: 3, retried: 4 } });
  const other = health({ last_hour: { delivered: 10, rejected: 20, dead: 30, retried: 40 } });
  expect(together([one, other]).last_hour).toEqual({ delivered: 11, rejected: 22, dead: 33, retried: 44 });
});

test("percentiles are of all attempts, not of the couriers' percentiles", () => {
  const fast = health({ latencies: { 100: 80, 200: 15 } });
  const slow = health({ latencies: { 100: 1, 9000: 4 } });
  expect(together([fast, slow]).latency_ms).toEqual({ p50: 100, p95: 200 });
  expect(together([health({}), health({})]).latency_ms).toEqual({ p50: null, p95: null });
});

test.each([
  [[CLOSED], CLOSED],
  [[CLOSED, FAILING], FAILING],
  [[PROBING, FAILING, CLOSED], PROBING],
  [[PROBING, OPEN, CLOSED], OPEN],
  [[OPEN, LONGER_OPEN, OPEN], LONGER_OPEN],
])("of the circuits %j the worst is shown", (circuits, worst) => {
  expect(together(circuits.map((circuit) => health({ circuit }))).circuit).toEqual(worst);
});
