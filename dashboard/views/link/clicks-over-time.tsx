import { useMemo } from "preact/hooks";
import { now } from "../../address/period.ts";
import type { Resource } from "../../api/resource.ts";
import type { Stats } from "../../api/types.ts";
import { Chart, type Series } from "../../parts/chart.tsx";
import { count, date, dateTime } from "../../parts/format.ts";
import { Loaded } from "../../parts/states.tsx";

/** A line of more days than these is a thicket. */
const MOST_DAYS = 120;
const WEEK_DAYS = 7;

const WHEN = { hour: dateTime, day: date, week: (first: number) => `Week from ${date(first)}` };

/** What one point of the chart is the sum of. */
export function unitOf({ interval, data }: Stats): "hour" | "day" | "week" {
  return interval === "day" && data.length > MOST_DAYS ? "week" : interval;
}

/** People, first-time people and bots, by hour, day or week. */
export function ClicksOverTime({ stats }: { stats: Resource<Stats> }) {
  return <Loaded of={stats}>{(data) => <StatsChart stats={data} />}</Loaded>;
}

function StatsChart({ stats }: { stats: Stats }) {
  // Drawn anew only when there is something new: the chart takes its lists as they are.
  const unit = unitOf(stats);
  const { times, series } = useMemo(() => {
    const points: Stats["data"][] = [];
    const size = unit === "week" ? WEEK_DAYS : 1;
    // Days left over would be a fall in the line: the first week takes them in, unless they are most of one.
    const over = stats.data.length % size;
    let end = over > size / 2 ? over : over + size;
    for (let begin = 0; begin < stats.data.length; begin = end, end += size)
      points.push(stats.data.slice(begin, end));
    const line = (
      label: string,
      colour: string,
      of: "clicks" | "unique_clicks" | "bot_clicks",
      more = {},
    ): Series => ({
      label,
      colour,
      // Of what is to come nothing is known: a line at zero would say that nobody came.
      values: points.map((buckets) =>
        buckets[0]!.t > now.peek() ? null : buckets.reduce((sum, bucket) => sum + bucket[of], 0),
      ),
      ...more,
    });
    return {
      times: points.map(([first]) => first!.t),
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
      label={`${count(clicks)} clicks, ${count(unique_clicks)} of them unique, and ${count(bot_clicks)} bots, by ${unit}`}
      times={times}
      series={series}
      format={count}
      when={WHEN[unit]}
    />
  );
}
