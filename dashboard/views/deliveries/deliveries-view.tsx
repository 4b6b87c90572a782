/** How the networks take what they are owed: which waits, which refuses and why, and what their own reports say. */

import { now } from "../../address/period.ts";
import { linkTo, query } from "../../address/route.ts";
import { api } from "../../api/endpoints.ts";
import { programName } from "../../api/programs.ts";
import { reloadAll, useResource } from "../../api/resource.ts";
import type { NetworkHealth } from "../../api/types.ts";
import { StateBadge } from "../../parts/badge.tsx";
import { Button } from "../../parts/button.tsx";
import { count, duration, time } from "../../parts/format.ts";
import { networkName } from "../../parts/network-name.ts";
import { PeriodBar } from "../../parts/period-bar.tsx";
import { ProgramFilter } from "../../parts/program-filter.tsx";
import { Empty, Loaded } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { DeliveryList } from "./delivery-list.tsx";
import { NetworkDetail } from "./network-detail.tsx";
import { ReconciliationCard } from "./reconciliation-card.tsx";

/** As far apart as two attempts are, unless a network asks for more. */
const LONG_MS = 3_600_000;

export function DeliveriesView() {
  const program_id = query.value.get("program") ?? undefined;
  const networks = useResource(`networks ${program_id}`, (signal) => api.networks({ program_id }, signal));
  const again = () => {
    now.value = Date.now();
    reloadAll();
  };
  return (
    <>
      <div class="view-head">
        <h1>Deliveries</h1>
        <div class="actions">
          <Button icon="retry" busy={networks.loading} onClick={again}>
            Refresh
          </Button>
        </div>
      </div>
      <div class="bar">
        <PeriodBar />
        <ProgramFilter />
      </div>
      <Loaded of={networks}>
        {({ data, next_cursor }) =>
          data.length === 0 ? <NoNetworks /> : <Networks networks={data} more={next_cursor !== null} />
        }
      </Loaded>
    </>
  );
}

function NoNetworks() {
  return (
    <section class="card">
      <Empty title="No network is set up">
        <p>Clicks are counted, and sent nowhere. Settings for Everflow or AvantLink make them owed.</p>
        <a class="button primary" href={linkTo("/setup")}>
          To the set-up
        </a>
      </Empty>
    </section>
  );
}

function Networks({ networks, more }: { networks: NetworkHealth[]; more: boolean }) {
  const wanted = `${query.value.get("of")}`;
  const chosen = networks.find((network) => name(network) === wanted) ?? networks[0]!;
  return (
    <div class="stack">
      <section class="card flush">
        <Table label="Networks" columns={columns(name(chosen))} rows={networks} id={name} />
        {more && <p class="soft card-text">There are more networks: choose a program to see its own.</p>}
      </section>
      <NetworkDetail key={name(chosen)} network={chosen} />
      {chosen.network === "everflow" && <ReconciliationCard program={chosen.program_id} />}
      <DeliveryList key={`list ${name(chosen)}`} program={chosen.program_id} network={chosen.network} />
    </div>
  );
}

function name({ program_id, network }: NetworkHealth): string {
  return `${program_id}.${network}`;
}

const columns = (chosen: string): Column<NetworkHealth>[] => [
  {
    key: "network",
    head: "Network",
    cell: (network) => (
      <>
        <a
          href={linkTo("/deliveries", { of: name(network) })}
          aria-current={name(network) === chosen ? "true" : undefined}
        >
          {networkName(network.network)}
        </a>
        <span class="under">{programName(network.program_id)}</span>
      </>
    ),
  },
  {
    key: "circuit",
    head: "Health",
    cell: ({ enabled, circuit, oldest_waiting }) =>
      enabled ? (
        <>
          {circuit.state === "closed" && now.value - (oldest_waiting ?? now.value) > LONG_MS ? (
            <StateBadge state="waiting" words="delayed" />
          ) : (
            <StateBadge state={circuit.state} words={CIRCUIT[circuit.state]} />
          )}
          {circuit.state === "open" && circuit.open_until && (
            <span class="under nowrap">until {time(circuit.open_until)}</span>
          )}
        </>
      ) : (
        <StateBadge state="inactive" words="switched off" />
      ),
  },
  { key: "waiting", head: "Waiting", figures: true, cell: ({ waiting }) => count(waiting) },
  {
    key: "oldest",
    head: "Oldest",
    figures: true,
    from: "small",
    cell: ({ oldest_waiting }) =>
      oldest_waiting === null ? "–" : duration(Math.max(0, now.value - oldest_waiting)),
  },
  {
    key: "delivered",
    head: "Delivered/h",
    figures: true,
    from: "small",
    cell: ({ last_hour }) => count(last_hour.delivered),
  },
  {
    key: "retried",
    head: "Retried/h",
    figures: true,
    from: "medium",
    cell: ({ last_hour }) => count(last_hour.retried),
  },
  {
    key: "rejected",
    head: "Refused/h",
    figures: true,
    from: "small",
    cell: ({ last_hour }) => count(last_hour.rejected),
  },
  {
    key: "dead",
    head: "Dead/h",
    figures: true,
    from: "medium",
    cell: ({ last_hour }) => count(last_hour.dead),
  },
  {
    key: "latency",
    head: "Median, p95",
    figures: true,
    from: "wide",
    cell: ({ latency_ms: { p50, p95 } }) =>
      p50 === null ? "–" : `${duration(p50)}, ${duration(p95 ?? p50)}`,
  },
];

const CIRCUIT = { closed: "healthy", half_open: "being tried", open: "paused" };
