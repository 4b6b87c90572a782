import { useMemo } from "preact/hooks";
import { now } from "../../address/period.ts";
import type { Resource } from "../../api/resource.ts";
import type { Stats } from "../../api/types.ts";
import { Chart, type Series } from "../../parts/chart.tsx";
import { count, date, dateTime } from "../../parts/format.ts";
import { Loaded } from "../../parts/states.tsx";

/** People, first-time people and bots, by hour or day. */
export function ClicksOverTime({ stats }: { stats: Resource<Stats> }) {
  return <Loaded of={stats}>{(data) => <StatsChart stats={data} />}</Loaded>;
}

function StatsChart({ stats }: { stats: Stats }) {
  // Drawn anew only when there is something new: the chart takes its lists as they are.
  const { times, series } = useMemo(() => {
    const line = (
      label: string,
      colour: string,
      of: "clicks" | "unique_clicks" | "bot_clicks",
      more = {},
    ): Series => ({
      label,
      colour,
      // Of what is to come nothing is known: a line at zero would say that nobody came.
      values: stats.data.map((bucket) => (bucket.t > now.peek() ? null : bucket[of])),
      ...more,
    });
    return {
      times: stats.data.map(({ t }) => t),
      series: [
        line("Clicks", "--series-1", "clicks", { filled: true }),
        line("Unique", "--series-2", "unique_clicks"),
        line("Bots", "--series-3", "bot_clicks", { dashed: true }),
      ],
    };
  }, [stats]);
  const { clicks, unique_clicks, bot_clicks } = stats.totals;
  return (
    <Chart
      label={`${count(clicks)} clicks, ${count(unique_clicks)} of them unique, and ${count(bot_clicks)} bots, by ${stats.interval}`}
      times={times}
      series={series}
      format={count}
      when={stats.interval === "hour" ? dateTime : date}
    />
  );
}
