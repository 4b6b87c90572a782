/** Who clicks: places, devices, ways to a page. Addresses are those of documentation (RFC 5737). */

import type { Visitor } from "../../worker/click.ts";
import { type Random, weighted } from "./random.ts";

/** Weight, country, continent, region, code, city, postal code, zone, AS number, its organization, language. */
const PLACES = [
  [
    26,
    "US",
    "NA",
    "California",
    "CA",
    "Los Angeles",
    "90012",
    "America/Los_Angeles",
    64496,
    "Pacific Cable Example",
    "en-US",
  ],
  [
    18,
    "US",
    "NA",
    "New York",
    "NY",
    "New York",
    "10011",
    "America/New_York",
    64497,
    "Hudson Fiber Example",
    "en-US",
  ],
  [
    11,
    "US",
    "NA",
    "Texas",
    "TX",
    "Austin",
    "78701",
    "America/Chicago",
    64498,
    "Lone Star Net Example",
    "en-US",
  ],
  [
    7,
    "US",
    "NA",
    "Colorado",
    "CO",
    "Denver",
    "80202",
    "America/Denver",
    64499,
    "Front Range Example",
    "en-US",
  ],
  [
    9,
    "CA",
    "NA",
    "Ontario",
    "ON",
    "Toronto",
    "M5V",
    "America/Toronto",
    64500,
    "Lakeside Net Example",
    "en-CA",
  ],
  [
    9,
    "GB",
    "EU",
    "England",
    "ENG",
    "London",
    "EC1A",
    "Europe/London",
    64501,
    "Thames Broadband Example",
    "en-GB",
  ],
  [8, "DE", "EU", "Berlin", "BE", "Berlin", "10115", "Europe/Berlin", 64502, "Spree Netz Example", "de-DE"],
  [5, "FR", "EU", "Île-de-France", "IDF", "Paris", "75011", "Europe/Paris", 64503, "Réseau Exemple", "fr-FR"],
  [
    4,
    "AU",
    "OC",
    "New South Wales",
    "NSW",
    "Sydney",
    "2000",
    "Australia/Sydney",
    64504,
    "Harbour Net Example",
    "en-AU",
  ],
  [
    3,
    "NL",
    "EU",
    "North Holland",
    "NH",
    "Amsterdam",
    "1012",
    "Europe/Amsterdam",
    64505,
    "Gracht Net Example",
    "nl-NL",
  ],
  [3, "ES", "EU", "Madrid", "MD", "Madrid", "28013", "Europe/Madrid", 64506, "Red Meseta Example", "es-ES"],
  [2.5, "IT", "EU", "Lombardy", "25", "Milan", "20121", "Europe/Rome", 64507, "Rete Padana Example", "it-IT"],
  [
    2.5,
    "SE",
    "EU",
    "Stockholm",
    "AB",
    "Stockholm",
    "111 20",
    "Europe/Stockholm",
    64508,
    "Mälar Net Example",
    "sv-SE",
  ],
  [2, "JP", "AS", "Tokyo", "13", "Tokyo", "100-0001", "Asia/Tokyo", 64509, "Sumida Net Example", "ja-JP"],
  [
    2,
    "BR",
    "SA",
    "São Paulo",
    "SP",
    "São Paulo",
    "01000",
    "America/Sao_Paulo",
    64510,
    "Rede Paulista Example",
    "pt-BR",
  ],
  [
    2,
    "IN",
    "AS",
    "Karnataka",
    "KA",
    "Bengaluru",
    "560001",
    "Asia/Kolkata",
    64511,
    "Deccan Net Example",
    "en-IN",
  ],
  [
    1.5,
    "NZ",
    "OC",
    "Auckland",
    "AUK",
    "Auckland",
    "1010",
    "Pacific/Auckland",
    65536,
    "Kauri Net Example",
    "en-NZ",
  ],
  [1.5, "CH", "EU", "Zurich", "ZH", "Zürich", "8001", "Europe/Zurich", 65537, "Limmat Net Example", "de-CH"],
  [
    1,
    "MX",
    "NA",
    "Mexico City",
    "CMX",
    "Mexico City",
    "06000",
    "America/Mexico_City",
    65538,
    "Red Altiplano Example",
    "es-MX",
  ],
  [1, "PL", "EU", "Mazovia", "14", "Warsaw", "00-001", "Europe/Warsaw", 65539, "Wisła Net Example", "pl-PL"],
  [
    0.8,
    "ZA",
    "AF",
    "Western Cape",
    "WC",
    "Cape Town",
    "8001",
    "Africa/Johannesburg",
    65540,
    "Table Bay Example",
    "en-ZA",
  ],
  [
    0.7,
    "SG",
    "AS",
    "Singapore",
    "01",
    "Singapore",
    "018956",
    "Asia/Singapore",
    65541,
    "Straits Net Example",
    "en-SG",
  ],
] as const;

const CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome";
const IPHONE =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
/** Weight, user agent, screen, viewport. */
const DEVICES = [
  [27, `${IPHONE} Version/18.5 Mobile/15E148 Safari/604.1`, "390x844", "390x664"],
  [
    21,
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME}/140.0.0.0 Safari/537.36`,
    "1920x1080",
    "1903x955",
  ],
  [17, `Mozilla/5.0 (Linux; Android 10; K) ${CHROME}/140.0.0.0 Mobile Safari/537.36`, "412x915", "412x785"],
  [
    10,
    `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${CHROME}/140.0.0.0 Safari/537.36`,
    "1728x1117",
    "1512x860",
  ],
  [
    7,
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    "1440x900",
    "1440x764",
  ],
  [
    5,
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME}/140.0.0.0 Safari/537.36 Edg/140.0.0.0`,
    "1536x864",
    "1519x730",
  ],
  [
    4,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0",
    "1920x1080",
    "1905x947",
  ],
  [3, `${IPHONE} CriOS/140.0.7339.39 Mobile/15E148 Safari/604.1`, "430x932", "430x739"],
  [
    2.5,
    "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "820x1180",
    "820x1066",
  ],
  [
    2,
    `Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36`,
    "360x780",
    "360x647",
  ],
  [1, `Mozilla/5.0 (X11; Linux x86_64) ${CHROME}/140.0.0.0 Safari/537.36`, "2560x1440", "2513x1289"],
  [0.5, "", "", ""],
] as const;

const BOTS = [
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
  "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
  "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
  "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
  `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/139.0.0.0 Safari/537.36`,
];
const BOT_SHARE = 0.06;
const GPC_SHARE = 0.03;

export interface SeedVisitor extends Visitor {
  language: string | undefined;
  screen: string | undefined;
  viewport: string | undefined;
}

const place = weighted(PLACES, ([weight]) => weight);
const device = weighted(DEVICES, ([weight]) => weight);

export function visitor(random: Random): SeedVisitor {
  const [
    ,
    country,
    continent,
    region,
    region_code,
    city,
    postal_code,
    geo_timezone,
    asn,
    as_organization,
    language,
  ] = place(random);
  const bot = random.chance(BOT_SHARE);
  const [, user_agent, screen, viewport] = device(random);
  return {
    ip: `${random.pick(["192.0.2", "198.51.100", "203.0.113"])}.${random.below(254) + 1}`,
    user_agent: bot ? random.pick(BOTS) : user_agent,
    gpc: random.chance(GPC_SHARE),
    continent,
    country,
    region,
    region_code,
    city,
    postal_code,
    geo_timezone,
    asn,
    as_organization,
    language: user_agent && !bot ? language : undefined,
    screen: bot ? undefined : screen || undefined,
    viewport: bot ? undefined : viewport || undefined,
  };
}

const ELSEWHERE = weighted(
  [
    ["www.google.com", 30],
    ["l.instagram.com", 18],
    ["www.youtube.com", 16],
    ["t.co", 8],
    ["www.reddit.com", 8],
    ["www.pinterest.com", 7],
    ["lm.facebook.com", 6],
    ["www.bing.com", 4],
    ["duckduckgo.com", 3],
  ] as const,
  ([, weight]) => weight,
);

/** Mostly the partner's own site. @returns undefined where the browser told none. */
export function referrer(slug: string, random: Random): string | undefined {
  const way = random.number();
  if (way < 0.3) return undefined;
  if (way < 0.78) return `https://${slug}.example/posts/${1 + random.below(40)}`;
  return `https://${ELSEWHERE(random)[0]}/`;
}
