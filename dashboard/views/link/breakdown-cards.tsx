import { now, periodQuery, timeZone } from "../../address/period.ts";
import { api } from "../../api/endpoints.ts";
import { useResource } from "../../api/resource.ts";
import type { Breakdown, Link } from "../../api/types.ts";
import { count, country, share } from "../../parts/format.ts";
import { Empty, Loaded } from "../../parts/states.tsx";

const SHOWN = 8;
const DAY_MS = 86_400_000;

const DIMENSIONS = [
  { by: "country", title: "Countries", none: "Unknown" },
  { by: "device", title: "Devices", none: "Unknown" },
  { by: "browser", title: "Browsers", none: "Unknown" },
  { by: "os", title: "Operating systems", none: "Unknown" },
  { by: "referrer", title: "Referrers", none: "None: typed in, or not told" },
  { by: "landing_page", title: "Landing pages", none: "Not told" },
] as const;

type Dimension = (typeof DIMENSIONS)[number];

/** Who came, of people alone, six times. */
export function BreakdownCards({ link }: { link: Link }) {
  return (
    <section class="stack" aria-labelledby="who-came">
      <div>
        <h2 id="who-came">Who came, from where, to which page</h2>
        <p class="soft">People alone.</p>
      </div>
      <div class="cards thirds">
        {DIMENSIONS.map((dimension) => (
          <BreakdownCard key={dimension.by} link={link} dimension={dimension} />
        ))}
      </div>
    </section>
  );
}

function BreakdownCard({ link, dimension }: { link: Link; dimension: Dimension }) {
  const { by, title, none } = dimension;
  const asked = { link_id: link.id, by, limit: SHOWN, ...periodQuery.value };
  const parts = useResource(JSON.stringify(asked), (signal) => api.breakdown(asked, signal));
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
            <>
              <p class="soft">
                {count(breakdown.totals.clicks)} in all, {daysOf(breakdown, link)}
              </p>
              <Bars {...{ breakdown, name, title }} />
            </>
          )
        }
      </Loaded>
    </section>
  );
}

/** The days that were counted: those of the period, or of UTC, which may be more. */
function daysOf({ from, to }: Breakdown, { created_at }: Link): string {
  const zone = (from ?? 0) % DAY_MS ? timeZone.value : "UTC";
  const days = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: zone });
  return `${days.formatRange(from ?? created_at, (to ?? now.value) - 1)} (${zone})`;
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
