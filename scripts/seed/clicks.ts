/** Clicks of the demo year, in the order of time, as the Intake would keep them. */

import type { Click, ClickParams } from "../../worker/click.ts";
import { PROGRAMS, type SeedLink, type SeedPartner } from "./catalogue.ts";
import { type Random, weighted } from "./random.ts";
import { referrer, type SeedVisitor, visitor } from "./visitors.ts";

const RETURNING_SHARE = 0.2;
/** Who may come back: the latest visitors, no more than memory should hold. */
const KNOWN = 20_000;

/** What stands in the database under which id. */
export interface Placed {
  link: SeedLink;
  id: number;
  program_id: number;
  partner_id: number;
}

interface Known {
  id: string;
  created_at: number;
  placed: Placed;
  visitor: SeedVisitor;
}

export class Clicks {
  readonly #known: Known[] = [];
  #visitors = 0;
  readonly #anyLink: (random: Random) => Placed;
  /** There from the beginning, and to the end. */
  readonly #oldest: Placed;
  readonly #partners: SeedPartner[];
  readonly #random: Random;

  constructor(placed: Placed[], partners: SeedPartner[], random: Random) {
    this.#anyLink = weighted(placed, ({ link }) => link.weight * PROGRAMS[link.program]!.share);
    this.#oldest = placed[0]!;
    this.#partners = partners;
    this.#random = random;
  }

  /** @param at unix ms. @param progress of the year, 0 to 1: links are made and switched off in it. */
  next(at: number, progress: number): Click {
    const random = this.#random;
    const id =
      Math.floor(at / 1000)
        .toString(16)
        .padStart(8, "0") + random.hex(24);
    const back =
      this.#known.length > 0 && random.chance(RETURNING_SHARE) ? random.pick(this.#known) : undefined;
    const link = back && random.chance(0.6) ? back.placed : this.#linkOf(progress);
    // A customer is a program's.
    const known = back && link.program_id === back.placed.program_id ? back : this.#arrive(id, at, link);
    return this.#click(id, at, link, known);
  }

  #linkOf(progress: number): Placed {
    for (let tries = 0; ; tries++) {
      const placed = this.#anyLink(this.#random);
      if (placed.link.from <= progress && progress <= placed.link.until) return placed;
      if (tries === 20) return this.#oldest;
    }
  }

  #arrive(id: string, at: number, placed: Placed): Known {
    const known = { id, created_at: at, placed, visitor: visitor(this.#random) };
    this.#known[this.#visitors++ % KNOWN] = known;
    return known;
  }

  #click(id: string, at: number, { link, ...ids }: Placed, known: Known): Click {
    const random = this.#random;
    const { domain, networks } = PROGRAMS[link.program]!;
    const { language, screen, viewport, ...visitor } = known.visitor;
    const path = random.chance(0.9) ? link.path : random.pick(PROGRAMS[link.program]!.paths);
    const params: ClickParams = {};
    if (networks.includes("avantlink") && random.chance(0.55))
      params.avad = `${70 + (link.partner % 30)}_${random.hex(9)}`;
    if (random.chance(0.25))
      params.sub1 = random.pick(["newsletter", "homepage", "sidebar", "video", "footer"]);
    if (random.chance(0.08)) params.gclid = `Cj0K${random.hex(20)}`;
    const page_url = `https://${domain}${path}?${new URLSearchParams({ aff: link.code, ...params })}`;
    return {
      id,
      customer_id: known.id,
      customer_created_at: known.created_at,
      at,
      kept_at: at + 1 + random.below(8),
      dialect: random.chance(0.9) ? "affitor" : "link",
      link_id: ids.id,
      program_id: ids.program_id,
      partner_id: ids.partner_id,
      page: {
        affiliate_url: page_url,
        page_url,
        page_title: title(path, PROGRAMS[link.program]!.name),
        referrer_url: referrer(this.#partners[link.partner]!.slug, random),
        session_id: `${at}.${random.hex(12)}`,
        screen_resolution: screen,
        viewport_size: viewport,
        language,
        timezone: visitor.geo_timezone,
      },
      visitor,
      params,
      event_id: random.chance(0.8) ? `${at}.${random.hex(16)}` : undefined,
    };
  }
}

/** "Rain jackets light – Alderbrook Outdoor". */
function title(path: string, shop: string): string {
  const words = path.split("/").at(-1)!.replaceAll("-", " ");
  return words ? `${words[0]!.toUpperCase()}${words.slice(1)} – ${shop}` : shop;
}
