/** Every API call that the dashboard's views make. A new one is a line here. */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface Sample {
  /** Unix ms: the seeded year ends here. */
  now: number;
  /** The ones with the most clicks. */
  program: number;
  partner: number;
  link: number;
  /** The hundred most clicked. */
  links: number[];
  /** A click, and a delivery. */
  click_id: string;
  delivery_id: string;
}

/** Name → path under /api/admin. */
export function dashboardCalls(of: Sample): Record<string, string> {
  const period = (days: number) => `from=${of.now - days * DAY_MS}&to=${of.now}`;
  const month = period(30);
  const year = period(365);
  const zone = "timezone=America/New_York";
  const scopes = {
    all: "",
    program: `&program_id=${of.program}`,
    partner: `&partner_id=${of.partner}`,
    link: `&link_id=${of.link}`,
  };
  const calls: Record<string, string> = {};
  for (const sort of LINK_SORTS) calls[`links by ${sort}`] = `/links?sort=${sort}`;
  for (const sort of ["-clicks", "-unique_clicks", "-bot_clicks"]) {
    calls[`links by ${sort}, 30 days`] = `/links?sort=${sort}&${month}`;
  }
  calls["links by -clicks, 30 days, compared"] = `/links?sort=-clicks&${month}&compare=previous`;
  calls["links by -clicks, a year, compared"] = `/links?sort=-clicks&${year}&compare=previous`;
  calls["links by -clicks, a year, of a program"] = `/links?sort=-clicks&${year}${scopes.program}`;
  calls["links by -clicks, a year, of a partner"] = `/links?sort=-clicks&${year}${scopes.partner}`;
  calls["links searched"] = "/links?q=newsletter&sort=-clicks";
  calls["links searched, 30 days, compared"] = `/links?q=e&sort=-clicks&${month}&compare=previous`;
  calls["links switched off"] = `/links?status=inactive&sort=-clicks&${month}`;
  calls["a link"] = `/links/${of.link}`;
  calls.totals = "/links/totals";
  calls["totals, 30 days, compared"] = `/links/totals?${month}&compare=previous`;
  calls["totals, a year, compared"] = `/links/totals?${year}&compare=previous`;
  calls["totals, searched, 30 days, compared"] = `/links/totals?q=e&status=active&${month}&compare=previous`;
  calls["totals of a partner, a year, compared"] = `/links/totals?${year}&compare=previous${scopes.partner}`;
  calls["sparklines of 100 links, 30 days"] = `/links/sparklines?ids=${of.links}&days=30&${zone}`;
  calls["sparklines of 100 links, 92 days"] = `/links/sparklines?ids=${of.links}&days=92&${zone}`;
  for (const [name, scope] of Object.entries(scopes)) {
    calls[`stats by hour, 30 days, ${name}`] = `/stats?interval=hour&${month}&${zone}${scope}`;
    calls[`stats by hour, a year, ${name}`] = `/stats?interval=hour&${year}&${zone}${scope}`;
    calls[`stats by day, a year, ${name}`] = `/stats?interval=day&${year}&${zone}${scope}`;
  }
  for (const by of ["country", "device", "browser", "os", "referrer", "landing_page"]) {
    for (const [name, scope] of Object.entries(scopes)) {
      calls[`breakdown by ${by}, a year, ${name}`] = `/breakdown?by=${by}&${year}${scope}`;
    }
  }
  // Counted click by click where they are few enough.
  const midnight = Math.floor(of.now / DAY_MS) * DAY_MS + 5 * HOUR_MS;
  const inNewYork = (days: number) => `from=${midnight - days * DAY_MS}&to=${midnight}`;
  for (const [name, scope] of Object.entries(scopes)) {
    calls[`breakdown by country, 2 days of New York, ${name}`] =
      `/breakdown?by=country&${inNewYork(2)}${scope}`;
    calls[`breakdown by landing_page, 90 days of New York, ${name}`] =
      `/breakdown?by=landing_page&${inNewYork(90)}${scope}`;
  }
  calls["breakdown by referrer, 30 days, all"] = `/breakdown?by=referrer&${month}`;
  for (const [name, scope] of Object.entries(scopes)) calls[`clicks, ${name}`] = `/clicks?limit=50${scope}`;
  calls["clicks of a link, half a year ago"] = `/clicks?limit=50&to=${of.now - 182 * DAY_MS}${scopes.link}`;
  calls["a click"] = `/clicks/${of.click_id}`;
  calls.deliveries = "/deliveries?limit=50";
  for (const state of ["pending", "delivered", "rejected", "dead", "withheld"]) {
    calls[`deliveries, ${state}`] = `/deliveries?limit=50&state=${state}`;
  }
  calls["deliveries, rejected by Everflow, of a program"] =
    `/deliveries?limit=50&state=rejected&network=everflow${scopes.program}`;
  calls["a delivery"] = `/deliveries/${of.delivery_id}`;
  const destination = `network=everflow${scopes.program}`;
  for (const state of ["rejected", "dead", "withheld"]) {
    calls[`reasons, ${state}`] = `/deliveries/reasons?${destination}&state=${state}`;
  }
  calls["counts, 30 days"] = `/deliveries/counts?${destination}&${month}`;
  calls["counts, a year"] = `/deliveries/counts?${destination}&${year}`;
  calls.latency = `/networks/latency?${destination}&hours=24`;
  calls.networks = "/networks";
  calls.programs = "/programs";
  calls.partners = "/partners";
  calls["partners searched"] = "/partners?q=weekly";
  calls["a partner"] = `/partners/${of.partner}`;
  calls.reconciliation = `/reconciliation?${month}${scopes.program}`;
  calls["a program's snippet"] = `/programs/${of.program}/snippet`;
  calls.session = "/session";
  return calls;
}

const LINK_SORTS = [
  "code",
  "partner_name",
  "destination_url",
  "status",
  "-clicks",
  "-unique_clicks",
  "-bot_clicks",
  "-last_clicked",
  "-created_at",
];
