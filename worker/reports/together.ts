import type { z } from "zod";
import { type Health, percentile } from "../delivery/health.ts";
import type { NetworkHealth } from "./schemas/network.ts";

type Shown = Pick<z.output<typeof NetworkHealth>, "last_hour" | "latency_ms" | "circuit">;

/** Makes one of the healths of a destination's couriers, of which there is one at least. Pure. */
export function together(couriers: Health[]): Shown {
  const last_hour = { delivered: 0, rejected: 0, dead: 0, retried: 0 };
  const latencies: Record<string, number> = {};
  for (const health of couriers) {
    for (const kind of KINDS) last_hour[kind] += health.last_hour[kind];
    for (const [ms, n] of Object.entries(health.latencies)) latencies[ms] = (latencies[ms] ?? 0) + n;
  }
  return {
    last_hour,
    latency_ms: { p50: percentile(latencies, 0.5), p95: percentile(latencies, 0.95) },
    circuit: couriers.map(({ circuit }) => circuit).reduce(worse),
  };
}

const KINDS = ["delivered", "rejected", "dead", "retried"] as const;
const SEVERITY = { closed: 0, half_open: 1, open: 2 };

function worse(a: Health["circuit"], b: Health["circuit"]): Health["circuit"] {
  const difference =
    SEVERITY[a.state] - SEVERITY[b.state] ||
    (a.open_until ?? 0) - (b.open_until ?? 0) ||
    a.failures - b.failures;
  return difference < 0 ? b : a;
}
