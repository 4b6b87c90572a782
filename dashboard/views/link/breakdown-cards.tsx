import { now, periodQuery } from "../../address/period.ts";
import { api } from "../../api/endpoints.ts";
import { type Resource, useResource } from "../../api/resource.ts";
import type { Breakdown, Link } from "../../api/types.ts";
import { count, country, share } from "../../parts/format.ts";
import { Empty, Loaded } from "../../parts/states.tsx";

const SHOWN = 8;
const HOUR_MS = 3_600_000;
const DAYS = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });

const DIMENSIONS = [
  { by: "country", title: "Countries", none: "Unknown" },
  { by: "device", title: "Devices", none: "Unknown" },
  { by: "browser", title: "Browsers", none: "Unknown" },
  { by: "os", title: "Operating systems", none: "Unknown" },
  { by: "referrer", title: "Referrers", none: "Direct or unknown" },
  { by: "landing_page", title: "Landing pages", none: "Unknown" },
] as const;

type Dimension = (typeof DIMENSIONS)[number];

/** Who came, of people alone, six times. */
export function BreakdownCards({ link }: { link: Link }) {
  const { from, to } = periodQuery.value;
  const cards = DIMENSIONS.map((dimension) => {
    const asked = { link_id: link.id, by: dimension.by, limit: SHOWN, from, to };
    // Always the same dimensions in the same order, and so are the hooks.
    const parts = useResource(JSON.stringify(asked), (signal) => api.breakdown(asked, signal));
    return { dimension, parts };
  });
  const { data: counted } = cards[0]!.parts;
  // What is still to come brings no clicks.
  const other = counted && (apart(from, counted.from) || (to! <= now.value && apart(to, counted.to)));
  return (
    <section class="stack" aria-labelledby="who-came">
      <div>
        <h2 id="who-came">Who came, from where, to which page</h2>
        <p class="soft">
          People alone.
          {other &&
            ` Counted in whole days of UTC, ${daysOf(counted, link)}: the sums can differ from those above.`}
        </p>
      </div>
      <div class="cards thirds">
        {cards.map((card) => (
          <BreakdownCard key={card.dimension.by} link={link} {...card} />
        ))}
      </div>
    </section>
  );
}

function BreakdownCard(props: { link: Link; dimension: Dimension; parts: Resource<Breakdown> }) {
  const { link, parts } = props;
  const { by, title, none } = props.dimension;
  const name = (value: string) => {
    if (value === "") return none;
    if (by === "country") return country(value);
    return by === "landing_page" ? onHost(value, new URL(link.destination_url).host) : value;
  };
  return (
    <section class="card breakdown">
      <h3>{title}</h3>
      <Loaded of={parts} rows={SHOWN}>
        {(breakdown) =>
          breakdown.data.length === 0 ? (
            <Empty title="No clicks in this period" />
          ) : (
            <Bars {...{ breakdown, name, title }} />
          )
        }
      </Loaded>
    </section>
  );
}

/** By an hour or more: an hour that a period has a part of is counted as a whole, or left out. Open ends are one. */
function apart(asked: number | undefined, counted: number | null): boolean {
  return Math.abs((asked ?? 0) - (counted ?? 0)) >= HOUR_MS;
}

function daysOf({ from, to }: Breakdown, { created_at }: Link): string {
  return DAYS.formatRange(from ?? created_at, (to ?? now.value) - 1);
}

/** The path alone, where the page is on the link's own host. */
function onHost(page: string, host: string): string {
  return page.startsWith(`${host}/`) ? page.slice(host.length) : page;
}

function Bars({
  breakdown,
  name,
  title,
}: {
  breakdown: Breakdown;
  name: (value: string) => string;
  title: string;
}) {
  const { data, totals } = breakdown;
  const most = Math.max(...data.map(({ clicks }) => clicks));
  const shown = data.reduce((sum, { clicks }) => sum + clicks, 0);
  const others = totals.values - data.length;
  return (
    <table class="bars" aria-label={title}>
      <thead class="unseen">
        <tr>
          <th scope="col">{title}</th>
          <th scope="col">Clicks</th>
          <th scope="col">Share</th>
        </tr>
      </thead>
      <tbody>
        {data.map(({ value, clicks, unique_clicks }) => (
          <tr key={value}>
            <th scope="row">
              <span class="bar-name" title={value || undefined}>
                {name(value)}
              </span>
              <svg class="bar-fill" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
                <rect width={(100 * clicks) / most} height="1" />
              </svg>
            </th>
            <td class="figures" title={`${count(unique_clicks)} unique`}>
              {count(clicks)}
            </td>
            <td class="figures soft">{share(clicks, totals.clicks)}</td>
          </tr>
        ))}
        {others > 0 && (
          <tr>
            <th scope="row" class="soft">
              {count(others)} more
            </th>
            <td class="figures">{count(totals.clicks - shown)}</td>
            <td class="figures soft">{share(totals.clicks - shown, totals.clicks)}</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
