/** Which Intake keeps a click. Pure, but for the random pick that is passed in. */

/** Continent code of request.cf → region, and where Cloudflare should place the region's Intakes. */
const REGIONS: Record<string, { region: string; hint: DurableObjectLocationHint }> = {
  AF: { region: "af", hint: "afr" },
  AS: { region: "as", hint: "apac" },
  EU: { region: "eu", hint: "weur" },
  NA: { region: "na", hint: "enam" },
  OC: { region: "oc", hint: "oc" },
  SA: { region: "sa", hint: "sam" },
};

/** The first part of an IANA zone, as far as it tells a continent. */
const ZONE_CONTINENT: Record<string, string> = {
  Africa: "AF",
  America: "NA",
  Asia: "AS",
  Australia: "OC",
  Europe: "EU",
  Pacific: "OC",
};

export interface Shard {
  /** Name of the Durable Object: "eu:0". */
  name: string;
  hint: DurableObjectLocationHint | undefined;
}

/**
 * A click with an event id goes where its repeats will go too: its number is the id's hash, and its region comes
 * from the time zone in the body, which a repeat carries unchanged. The continent that the edge sees changes when a
 * visitor's phone moves from a VPN to a mobile network, so without a zone such a click has no region.
 *
 * @param random in [0, 1), for clicks without an event id.
 */
export function shardOf(
  click: { event_id?: string | undefined; timezone?: string | undefined; continent?: string | undefined },
  shards: number,
  random: number,
): Shard {
  const continent = click.event_id
    ? ZONE_CONTINENT[(click.timezone ?? "").split("/", 1)[0]!]
    : click.continent;
  const place = REGIONS[continent ?? ""];
  const number = click.event_id ? fnv1a(click.event_id) % shards : Math.floor(random * shards);
  return { name: `${place?.region ?? "xx"}:${number}`, hint: place?.hint };
}

/** 32-bit FNV-1a over UTF-16 units: spreads ids evenly, stable between versions. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}
