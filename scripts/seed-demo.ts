/** The demo program: the shop at shop.localhost, both sandbox networks, three partners and a referral link for each. */

import type { AdminApi } from "./admin-api.ts";
import type { Sandboxes } from "./sandbox/sandboxes.ts";

/** What points the program and its links at the sandbox networks. */
export type DemoNetworks = Pick<Sandboxes, "program" | "link">;

export interface DemoLink {
  id: number;
  code: string;
  partner_name: string;
  /** The shop's page with ?aff= and ?avad=: what a partner would publish, and AvantLink's redirect make of it. */
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
  everflow: { tracking_domain: string; api_base?: string } | null;
  avantlink: { base_url?: string } | null;
}
interface Link {
  id: number;
  code: string;
  program_id: number;
  destination_url: string;
  everflow: object | null;
}

export const DEMO_DOMAIN = "shop.localhost";

const PARTNERS = [
  { name: "Trail Blog", code: "TRAILBLOG", path: "/", avad: "77_f3afbe121" },
  { name: "Gear Weekly", code: "GEARWEEKLY", path: "/product", avad: "78_0c6d9a4f2" },
  { name: "Summit Deals", code: "SUMMITDEALS", path: "/pricing", avad: "79_b81e57c30" },
];

/**
 * Makes what is missing of the demo and leaves the rest as its manager left it, so it may be called at every start,
 * and after a start that was killed half-way. Missing are networks, too: an earlier version's demo had none. The ports
 * in its addresses follow the shop's and the sandboxes'.
 *
 * @param shopUrl the shop's, without a slash at the end
 */
export async function seedDemo(api: AdminApi, shopUrl: string, networks: DemoNetworks): Promise<Demo> {
  const found = new Map<string, Link>();
  for (const { code } of PARTNERS) {
    const { data } = await api.get<List<Link>>(`/links?q=${code}`);
    const link = data.find((link) => link.code === code);
    if (link) found.set(code, link);
  }
  const programId = await programFor(api, [...found.values()][0]?.program_id, shopUrl, networks);

  const links: DemoLink[] = [];
  for (const [n, { name, code, path, avad }] of PARTNERS.entries()) {
    const wanted = { destination_url: `${shopUrl}${path}`, everflow: networks.link(n) };
    let link = found.get(code);
    if (!link) {
      const partner_id = await partnerNamed(api, name);
      const asked = { program_id: programId, partner_id, code, status: "active", ...wanted };
      link = await api.post<Link>("/links", asked);
    } else {
      await change(api, `/links/${link.id}`, {
        ...(onAnotherPort(link.destination_url, shopUrl) && { destination_url: wanted.destination_url }),
        ...(!link.everflow && { everflow: wanted.everflow }),
      });
    }
    const url = `${wanted.destination_url}?aff=${code}&avad=${avad}`;
    links.push({ id: link.id, code, partner_name: name, url });
  }
  return { programId, links };
}

async function programFor(
  api: AdminApi,
  known: number | undefined,
  shopUrl: string,
  networks: DemoNetworks,
): Promise<number> {
  const program = known
    ? await api.get<Program>(`/programs/${known}`)
    : (await api.get<List<Program>>("/programs")).data.find(({ domains }) => domains.includes(DEMO_DOMAIN));
  const landing_url = `${shopUrl}/`;
  if (program) {
    await change(api, `/programs/${program.id}`, {
      ...(onAnotherPort(program.landing_url, shopUrl) && { landing_url }),
      ...networkChanges(program, networks.program),
    });
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
    ...networks.program,
  });
  return made.id;
}

/** Of settings that there are, only addresses: they are replaced as a whole, and the rest is the manager's. */
function networkChanges(
  { everflow, avantlink }: Program,
  sandbox: DemoNetworks["program"],
): Partial<Pick<Program, "everflow" | "avantlink">> {
  const moved = everflow && moves(everflow, sandbox.everflow, ["tracking_domain", "api_base"]);
  const avantlinkMoved = avantlink && moves(avantlink, sandbox.avantlink, ["base_url"]);
  return {
    ...(!everflow && { everflow: sandbox.everflow }),
    ...(moved && { everflow: { ...everflow, ...moved } }),
    ...(!avantlink && { avantlink: sandbox.avantlink }),
    ...(avantlinkMoved && { avantlink: { ...avantlink, ...avantlinkMoved } }),
  };
}

/** @returns which of these addresses are on another port now; undefined for none. */
function moves<T extends string>(
  given: Partial<Record<T, string>>,
  sandbox: Record<T, string>,
  names: T[],
): Partial<Record<T, string>> | undefined {
  const moved: Partial<Record<T, string>> = {};
  for (const name of names) {
    const address = given[name];
    if (address !== undefined && onAnotherPort(address, sandbox[name])) moved[name] = sandbox[name];
  }
  return Object.keys(moved).length > 0 ? moved : undefined;
}

async function change(api: AdminApi, path: string, changes: object): Promise<void> {
  if (Object.keys(changes).length > 0) await api.patch(path, changes);
}

async function partnerNamed(api: AdminApi, name: string): Promise<number> {
  const { data } = await api.get<List<Named>>("/partners");
  const partner =
    data.find((partner) => partner.name === name) ?? (await api.post<Named>("/partners", { name }));
  return partner.id;
}

function onAnotherPort(address: string, origin: string): boolean {
  const url = new URL(address);
  return url.hostname === new URL(origin).hostname && url.origin !== origin;
}
