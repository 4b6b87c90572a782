/** What is derived from a click when it is recorded, never while the visitor waits. Pure. */

import Bowser from "bowser";
import { isbot } from "isbot";
import type { Click } from "../click.ts";
import { BoundedCache } from "./bounded-cache.ts";

export interface Device {
  is_bot: boolean;
  /** PC, Mobile, Tablet, TV, Bot, or "" where the user agent does not tell. */
  device_type: string;
  device_brand: string;
  device_model: string;
  os: string;
  os_version: string;
  browser: string;
  browser_version: string;
}

const UNKNOWN: Device = {
  is_bot: false,
  device_type: "",
  device_brand: "",
  device_model: "",
  os: "",
  os_version: "",
  browser: "",
  browser_version: "",
};

const PLATFORM: Record<string, string> = {
  desktop: "PC",
  mobile: "Mobile",
  tablet: "Tablet",
  tv: "TV",
  bot: "Bot",
};

/** A desktop for which Bowser may name no platform: Chrome OS, the BSDs, Solaris. */
const X11 = /\bX11;|\bCrOS\b/;

/** Parsing takes tens of microseconds and visitors share user agents. They do not change, so nothing ends. */
const parsed = new BoundedCache<Device>(2_000, Number.POSITIVE_INFINITY);

/** @param userAgent the visitor's own; "" = unknown, which is no bot. */
export function deviceOf(userAgent: string): Device {
  if (!userAgent) return UNKNOWN;
  let device = parsed.get(userAgent, 0);
  if (!device) {
    device = parse(userAgent);
    parsed.set(userAgent, device, 0);
  }
  return device;
}

function parse(userAgent: string): Device {
  const { browser, os, platform } = Bowser.parse(userAgent);
  const is_bot = isbot(userAgent) || platform.type === "bot";
  const type = platform.type || (X11.test(userAgent) ? "desktop" : "");
  return {
    is_bot,
    device_type: is_bot ? "Bot" : (PLATFORM[type] ?? ""),
    device_brand: platform.vendor ?? "",
    device_model: platform.model ?? "",
    os: os.name ?? "",
    os_version: os.version ?? "",
    browser: browser.name ?? "",
    browser_version: browser.version ?? "",
  };
}

/** Of a summed value: a referrer's host can be as long as a page likes. */
const VALUE_LENGTH = 100;

/** A surrogate pair on the boundary is dropped whole: half of one cannot be stored as UTF-8. */
export function summedValue(value: string): string {
  return value.slice(0, VALUE_LENGTH).replace(/[\ud800-\udbff]$/, "");
}

const BROWSERS = new Set(Object.values(Bowser.BROWSER_MAP));
const SYSTEMS = new Set(Object.values(Bowser.OS_MAP));
/** In sums, what is on no list. */
export const OTHER = "Other";

/**
 * The names to sum by. Bowser takes the name of a browser it does not know from the user agent, where a stranger
 * wrote it; the click's own row keeps it.
 */
export const summedName = {
  browser: (name: string) => known(BROWSERS, name),
  os: (name: string) => known(SYSTEMS, name),
};

function known(names: Set<string>, name: string): string {
  return !name || names.has(name) ? name : OTHER;
}

/** "blog.example" of the referrer; "" where there is none. */
export function referrerHost(click: Click): string {
  const referrer = click.page.referrer_url;
  return referrer ? (URL.parse(referrer)?.hostname ?? "") : "";
}

/** "shop.example/pricing" of the page; "" where none was told. Without the query: what is in it is the visitor's. */
export function landingPage(page: string | undefined): string {
  const url = page ? URL.parse(page) : null;
  return url ? url.host + url.pathname : "";
}
