import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { PROGRAMS, type SeedLink, type SeedPartner } from "./catalogue.ts";
import type { Placed } from "./clicks.ts";
import type { YearOptions } from "./seed-year.ts";

const DAY_MS = 86_400_000;
/** Everflow's numbers of offers and affiliates begin here, clear of the demo's. */
const FIRST_OFFER = 31_000;
const FIRST_AFFILIATE = 5_000;

/** @returns the links as they stand in the database. */
export function insertCatalogue(
  database: DatabaseSync,
  partners: SeedPartner[],
  links: SeedLink[],
  { now, days, networks }: Pick<YearOptions, "now" | "days" | "networks">,
): Placed[] {
  const begin = now - days * DAY_MS;
  const program = database.prepare(
    `INSERT INTO programs (name, landing_url, domains, everflow, avantlink, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id`,
  );
  const domain = database.prepare("INSERT INTO program_domains (domain, program_id) VALUES (?, ?)");
  const builtIn = database.prepare(
    `INSERT INTO referral_links (kind, code, program_id, destination_url, created_at, updated_at)
     VALUES ('avantlink', 'avantlink', ?, ?, ?, ?)`,
  );
  // Nobody has the key that this would be the hash of.
  const partner = database.prepare(
    "INSERT INTO partners (name, api_key_hash, created_at, updated_at) VALUES (?, ?, ?, ?) RETURNING id",
  );
  const link = database.prepare(
    `INSERT INTO referral_links (code, program_id, partner_id, destination_url, status, everflow, everflow_offer_id,
       everflow_affiliate_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
  );
  database.exec("BEGIN");
  const programIds = PROGRAMS.map(({ name, domain: host, networks: used, merchant_id }) => {
    const url = `https://${host}/`;
    const all = { everflow: networks.everflow, avantlink: { merchant_id, ...networks.avantlink } };
    const settings = (network: "everflow" | "avantlink") =>
      used.includes(network) ? JSON.stringify(all[network]) : null;
    const hosts = JSON.stringify([host]);
    const id = idOf(program.get(name, url, hosts, settings("everflow"), settings("avantlink"), begin, begin));
    domain.run(host, id);
    builtIn.run(id, url, begin, begin);
    return id;
  });
  const partnerIds = partners.map(({ name, slug }) =>
    idOf(partner.get(name, createHash("sha256").update(`demo ${slug}`).digest("hex"), begin, begin)),
  );
  const placed = links.map((made, i) => {
    const { domain, networks: used } = PROGRAMS[made.program]!;
    const program_id = programIds[made.program]!;
    const partner_id = partnerIds[made.partner]!;
    const at = Math.floor(begin + made.from * (now - begin));
    const everflow = used.includes("everflow")
      ? {
          offer_id: FIRST_OFFER + Math.floor(i / partners.length),
          affiliate_id: FIRST_AFFILIATE + made.partner,
        }
      : undefined;
    const id = idOf(
      link.get(
        made.code,
        program_id,
        partner_id,
        `https://${domain}${made.path}`,
        made.active ? "active" : "inactive",
        everflow ? JSON.stringify(everflow) : null,
        everflow?.offer_id ?? null,
        everflow?.affiliate_id ?? null,
        at,
        at,
      ),
    );
    return { link: made, id, program_id, partner_id };
  });
  database.exec("COMMIT");
  return placed;
}

function idOf(row: unknown): number {
  return (row as { id: number }).id;
}
