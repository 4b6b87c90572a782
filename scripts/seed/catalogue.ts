/** Programs, partners and links of the demo year: invented companies, on hosts that nobody can have (RFC 2606). Pure. */

import { type Random, weighted } from "./random.ts";

export interface SeedProgram {
  name: string;
  domain: string;
  /** Of all clicks. */
  share: number;
  /** Where links lead, the most usual first. */
  paths: string[];
  /** Which networks it has settings for. */
  networks: ("everflow" | "avantlink")[];
  /** AvantLink's, where it is on it: of a merchant one program may be active. */
  merchant_id?: string;
}

export interface SeedPartner {
  name: string;
  /** Its site's, and what its codes begin with. */
  slug: string;
  weight: number;
}

export interface SeedLink {
  program: number;
  partner: number;
  code: string;
  path: string;
  weight: number;
  /** Parts of the year, 0 its beginning: when the link was made, and when it was switched off. */
  from: number;
  until: number;
  active: boolean;
}

export const PROGRAMS: SeedProgram[] = [
  {
    name: "Alderbrook Outdoor",
    domain: "alderbrook.example",
    share: 0.58,
    networks: ["everflow", "avantlink"],
    merchant_id: "a1de2b00-0c4e-4d6f-8a11-5f0b7c9e2d31",
    paths: paths(["tents", "packs", "boots", "rain-jackets", "sleeping-bags", "stoves", "headlamps", "maps"]),
  },
  {
    name: "Lumen & Oak Home",
    domain: "lumenandoak.example",
    share: 0.29,
    networks: ["everflow"],
    paths: paths(["lamps", "shelves", "desks", "rugs", "linen", "mirrors"]),
  },
  {
    name: "Tidewater Coffee Roasters",
    domain: "tidewatercoffee.example",
    share: 0.13,
    networks: ["avantlink"],
    merchant_id: "71dec0ff-ee52-4b7a-9c08-2e6d1f4a8b90",
    paths: paths(["espresso", "filter", "decaf", "grinders"]),
  },
];

function paths(shelves: string[]): string[] {
  return [
    "/",
    "/sale",
    ...shelves.map((shelf) => `/collections/${shelf}`),
    "/new-arrivals",
    ...shelves.flatMap((shelf) => ["classic", "light", "pro"].map((kind) => `/products/${shelf}-${kind}`)),
    "/gift-cards",
    "/journal/buying-guide",
  ];
}

const FIRST =
  "Amber Birch Cedar Coral Cobalt Copper Crest Dune Ember Fern Fjord Flint Gale Granite Harbor Hazel Heron Indigo Juniper Kestrel Lark Linden Maple Marlow Meadow Mesa Nimbus Opal Orchard Pebble Piper Quarry Raven Ridge Saffron Sierra Slate Sparrow Thistle Willow".split(
    " ",
  );
const SECOND =
  "Almanac Atlas Bargains Basecamp Bulletin Club Collective Compass Coupons Deals Digest Dispatch Finds Gazette Guide Journal Ledger Letters List Media Network Notebook Outlet Picks Post Press Radar Review Roundup Savings Scout Signal Stories Studio Supply Trail Tribune Vouchers Weekly Works".split(
    " ",
  );

/** @param count up to some thousands. */
export function partners(count: number, random: Random): SeedPartner[] {
  const names = new Set<string>();
  while (names.size < count) {
    const usual = `${random.pick(FIRST)} ${random.pick(SECOND)}`;
    // When two words no longer suffice, there is a third.
    names.add(names.has(usual) || names.size > 900 ? `${random.pick(FIRST)} ${usual}` : usual);
  }
  return [...names].map((name, rank) => ({
    name,
    slug: name.toLowerCase().replaceAll(" ", ""),
    weight: 1 / (rank + 4) ** 0.75,
  }));
}

const CAMPAIGNS =
  "spring summer autumn winter newsletter video podcast bio story guide top10 review sale vip gift".split(
    " ",
  );

/** In turn of the partners, each of whose links is less clicked than the one before. */
export function links(count: number, partners: SeedPartner[], random: Random): SeedLink[] {
  const codes = new Set<string>();
  const programOf = weighted([...PROGRAMS.keys()], (i) => PROGRAMS[i]!.share);
  const program = PROGRAMS.map(({ paths }) => weighted(paths, (_, i) => 1 / (i + 1)));
  return Array.from({ length: count }, (_, i) => {
    const partner = i % partners.length;
    const { slug, weight } = partners[partner]!;
    const nth = Math.floor(i / partners.length);
    const at = programOf(random);
    let code = nth === 0 ? slug.toUpperCase() : `${slug}-${random.pick(CAMPAIGNS)}`;
    if (codes.has(code)) code = `${code}-${nth + 1}`;
    codes.add(code);
    // The first are older than the year; a good part is made in it.
    const from = nth === 0 || random.chance(0.4) ? 0 : random.number() * 0.95;
    const active = nth === 0 || random.chance(0.93);
    const until = active ? 1 : from + random.number() * (1 - from);
    const own = (0.3 + random.number()) * weight * (1 / (nth + 1) ** 0.9);
    return { program: at, partner, code, path: program[at]!(random), weight: own, from, until, active };
  });
}
