/** Fields that several requests share. Messages continue a sentence that the field's name begins (fault.ts). */

import { parse } from "tldts";
import { z } from "zod";

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** One line of text, trimmed, of 1 to `max` characters. A lone surrogate could not be stored as UTF-8. */
export function line(max: number) {
  return z
    .string()
    .trim()
    .min(1, "must not be empty")
    .max(max)
    .refine((value) => !CONTROL.test(value), "must not contain control characters")
    .refine((value) => value.isWellFormed(), "must be valid Unicode");
}

export const identifier = z.int().min(1);
/** Chosen by the caller. Rows are numbered on from the largest, which must leave room below what JSON numbers hold. */
export const chosenIdentifier = identifier.max(2 ** 31 - 1);
export const status = z.enum(["active", "inactive"]);
/** Unix ms. */
export const instant = z.int().meta({ description: "Unix milliseconds" });

/** What a listed program, partner or link carries: human clicks, of them customers' first on a link, and bots. */
export const counters = {
  clicks: z.int(),
  unique_clicks: z.int(),
  bot_clicks: z.int(),
  last_clicked: instant.nullable(),
};

/** A page's address: http or https, without credentials, kept as written. */
export const pageUrl = line(2048).refine((value) => {
  const url = parsed(value);
  return url !== undefined && /^https?:$/.test(url.protocol) && !url.username && !url.password;
}, "must be an http or https URL");

/** A network's address: an https origin; http for a loopback host only, where a sandbox listens. */
export const networkOrigin = line(255)
  .refine((value) => {
    const url = parsed(value);
    if (!url || url.href !== `${url.origin}/`) return false;
    return url.protocol === "https:" || (url.protocol === "http:" && loopback(url.hostname));
  }, "must be an https origin, such as https://www.acme-trk.example")
  .overwrite((value) => new URL(value).origin);

/** A host name: lower case, no scheme, port or path; an international name becomes its ASCII form. */
export const hostName = line(253)
  .refine(
    (value) => !/[/:@?#\\%\s]/.test(value) && HOST.test(asciiHost(value)),
    "must be a host name without scheme, port or path, such as shop.example",
  )
  .refine((value) => {
    // The whole of "com" or "co.uk" is nobody's: every site's clicks and redirects would be this program's.
    const { isIcann, isPrivate, domain } = parse(asciiHost(value), { allowPrivateDomains: true });
    return domain !== null || !(isIcann || isPrivate);
  }, "must not be a public suffix")
  .overwrite(asciiHost);

const HOST = /^(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/;

function asciiHost(value: string): string {
  return parsed(`http://${value}`)?.hostname ?? "";
}

function parsed(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined;
}

function loopback(host: string): boolean {
  return /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host);
}
