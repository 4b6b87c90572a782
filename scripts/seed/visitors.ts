/** Who clicks: places, devices, ways to a page. Addresses are those of documentation (RFC 5737). */

import type { Visitor } from "../../worker/click.ts";
import { PLACES } from "./places.ts";
import { type Random, weighted } from "./random.ts";

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

const place = weighted(PLACES, ({ weight }) => weight);
const device = weighted(DEVICES, ([weight]) => weight);

export function visitor(random: Random): SeedVisitor {
  const { weight: _, language, ...where } = place(random);
  const bot = random.chance(BOT_SHARE);
  const [, user_agent, screen, viewport] = device(random);
  return {
    ip: `${random.pick(["192.0.2", "198.51.100", "203.0.113"])}.${random.below(254) + 1}`,
    user_agent: bot ? random.pick(BOTS) : user_agent,
    gpc: random.chance(GPC_SHARE),
    ...where,
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
