import { useMemo } from "preact/hooks";
import { period, periodQuery } from "../../address/period.ts";
import { api } from "../../api/endpoints.ts";
import { programName } from "../../api/programs.ts";
import { useResource } from "../../api/resource.ts";
import type { HourlyLatency, NetworkHealth } from "../../api/types.ts";
import { Chart } from "../../parts/chart.tsx";
import { FigureRow } from "../../parts/figure-row.tsx";
import { dateTime, duration } from "../../parts/format.ts";
import { networkName } from "../../parts/network-name.ts";
import { Empty, Failure, Loaded } from "../../parts/states.tsx";
import { ReasonsCard } from "./reasons-card.tsx";

const HOURS = 24;

/** One network of one program: what became of what it was owed, how fast it answers, why it refuses. */
export function NetworkDetail({ network: { program_id, network } }: { network: NetworkHealth }) {
  const of = { program_id, network };
  // Without a beginning the API would answer the last day.
  const asked = { ...of, ...periodQuery.value, from: periodQuery.value.from ?? 0 };
  const counts = useResource(JSON.stringify(asked), (signal) => api.deliveryCounts(asked, signal));
  const latency = useResource(`${program_id} ${network}`, (signal) =>
    api.latency({ ...of, hours: HOURS }, signal),
  );
  const known = counts.data;
  const more = known?.counted_all === false;
  return (
    <>
      <h2>
        {networkName(network)}, {programName(program_id)}: {period.value.label.toLowerCase()}
      </h2>
      {counts.error ? (
        <Failure error={counts.error} retry={counts.reload} />
      ) : (
        <div class={counts.loading ? "stale" : undefined}>
          <FigureRow
            figures={[
              { label: "Delivered", value: known?.delivered, more },
              { label: "Waiting", value: known?.pending },
              { label: "Refused", value: known?.rejected },
              { label: "Dead", value: known?.dead },
              { label: "Withheld", value: known?.withheld, more },
            ]}
          />
          {more && <p class="soft">+: the newest ones alone. The period holds too many to count them all.</p>}
        </div>
      )}
      <section class="card">
        <h2>How fast it answers, last {HOURS} hours</h2>
        <Loaded of={latency}>
          {(data) =>
            data.data.every(({ attempts }) => attempts === 0) ? (
              <Empty title="Nothing was sent in these hours" />
            ) : (
              <LatencyChart latencies={data} name={networkName(network)} />
            )
          }
        </Loaded>
      </section>
      <div class="cards">
        {(["rejected", "dead", "withheld"] as const).map((state) => (
          <ReasonsCard key={state} program={program_id} network={network} state={state} />
        ))}
      </div>
    </>
  );
}

function LatencyChart({ latencies: { data }, name }: { latencies: { data: HourlyLatency[] }; name: string }) {
  const { times, series } = useMemo(
    () => ({
      times: data.map(({ t }) => t),
      series: [
        { label: "Median", colour: "--series-1", values: data.map(({ p50 }) => p50), filled: true },
        { label: "p95", colour: "--series-3", values: data.map(({ p95 }) => p95) },
      ],
    }),
    [data],
  );
  return (
    <Chart
      label={`How long ${name} took to answer, by hour`}
      times={times}
      series={series}
      height={200}
      format={duration}
      when={dateTime}
    />
  );
}
