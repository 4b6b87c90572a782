/** The demo program: the shop at shop.localhost, three partners and a referral link for each. */

import type { AdminApi } from "./admin-api.ts";

export interface DemoLink {
  id: number;
  code: string;
  partner_name: string;
  /** The shop's page with ?aff=: what a partner would publish. */
  url: string;
}

export interface Demo {
  programId: number;
  links: DemoLink[];
}

interface List<T> {
  data: T[];
}
interface Named {
  id: number;
  name: string;
}
interface Program extends Named {
  domains: string[];
  landing_url: string;
}
interface Link {
  id: number;
  code: string;
  program_id: number;
  destination_url: string;
}

export const DEMO_DOMAIN = "shop.localhost";

const PARTNERS = [
  { name: "Trail Blog", code: "TRAILBLOG", path: "/" },
  { name: "Gear Weekly", code: "GEARWEEKLY", path: "/product" },
  { name: "Summit Deals", code: "SUMMITDEALS", path: "/pricing" },
];

/**
 * Makes what is missing of the demo and leaves the rest as its manager left it, so it may be called at every start,
 * and after a start that was killed half-way. Only the port in its addresses follows the shop's.
 *
 * @param shopUrl the shop's, without a slash at the end
 */
export async function seedDemo(api: AdminApi, shopUrl: string): Promise<Demo> {
  const found = new Map<string, Link>();
  for (const { code } of PARTNERS) {
    const { data } = await api.get<List<Link>>(`/links?q=${code}`);
    const link = data.find((link) => link.code === code);
    if (link) found.set(code, link);
  }
  const programId = await programFor(api, [...found.values()][0]?.program_id, shopUrl);

  const links: DemoLink[] = [];
  for (const { name, code, path } of PARTNERS) {
    const destination_url = `${shopUrl}${path}`;
    let link = found.get(code);
    if (!link) {
      const partner_id = await partnerNamed(api, name);
      const asked = { program_id: programId, partner_id, code, destination_url, status: "active" };
      link = await api.post<Link>("/links", { ...asked, everflow: null });
    } else if (onAnotherPort(link.destination_url, shopUrl)) {
      await api.patch(`/links/${link.id}`, { destination_url });
    }
    links.push({ id: link.id, code, partner_name: name, url: `${destination_url}?aff=${code}` });
  }
  return { programId, links };
}

async function programFor(api: AdminApi, known: number | undefined, shopUrl: string): Promise<number> {
  const landing_url = `${shopUrl}/`;
  const program = known
    ? await api.get<Program>(`/programs/${known}`)
    : (await api.get<List<Program>>("/programs")).data.find(({ domains }) => domains.includes(DEMO_DOMAIN));
  if (program) {
    if (onAnotherPort(program.landing_url, shopUrl))
      await api.patch(`/programs/${program.id}`, { landing_url });
    return program.id;
  }
  const made = await api.post<Program>("/programs", {
    name: "Northpine Outfitters (demo)",
    domains: [DEMO_DOMAIN],
    landing_url,
    cookie_window_days: 60,
    attribution_model: "last_click",
    status: "active",
    honor_gpc: true,
    everflow: null,
    avantlink: null,
  });
  return made.id;
}

async function partnerNamed(api: AdminApi, name: string): Promise<number> {
  const { data } = await api.get<List<Named>>("/partners");
  const partner =
    data.find((partner) => partner.name === name) ?? (await api.post<Named>("/partners", { name }));
  return partner.id;
}

function onAnotherPort(address: string, shopUrl: string): boolean {
  const url = new URL(address);
  return url.hostname === DEMO_DOMAIN && url.origin !== shopUrl;
}
