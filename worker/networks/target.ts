/**
 * Whether a URL may be called from the collector: asked when a program is saved and again when it is called, because
 * rows outlive the rules they were saved under. Pure: it judges the URL, not where its name resolves to; a Worker on
 * Cloudflare's network reaches no private address by any name.
 */

import { type AddressKind, addressKind } from "./address-kind.ts";

export interface TargetRules {
  /** Local mode: loopback as well, with http and any port, where the sandboxes listen. */
  allowLoopback?: boolean;
}

/** Names that only a private network answers (RFC 6761, 6762, 8375; ICANN's reserved .internal; customary ones). */
const PRIVATE_NAME = /(?:^|\.)(?:local|internal|intranet|private|corp|home|lan|localdomain|home\.arpa)$/;
const LOCALHOST = /(?:^|\.)localhost$/;

/** @returns what is wrong, as a sentence that the setting's or URL's name begins; undefined for a target that may be called */
export function targetFault(target: string, { allowLoopback = false }: TargetRules = {}): string | undefined {
  const url = URL.parse(target);
  if (!url) return "must be an absolute URL";
  if (url.protocol !== "https:" && url.protocol !== "http:") return "must be an https URL";
  if (url.username || url.password) return "must not contain a user name or password";
  const { host, kind } = hostOf(url);
  if (kind === "loopback" && allowLoopback) return undefined;
  if (kind !== "public") return `must be a public address: ${host} is ${KINDS[kind]}`;
  if (url.protocol !== "https:") return "must be an https URL";
  if (url.port) return `must use port 443, not ${url.port}`;
  return undefined;
}

const KINDS: Record<Exclude<AddressKind | "bare", "public">, string> = {
  loopback: "this machine itself",
  private: "on a private network",
  "link-local": "link-local, where clouds keep their metadata",
  shared: "shared address space of a carrier (CGNAT)",
  metadata: "a cloud's own service address",
  reserved: "reserved, not a host of the public internet",
  translated: "an IPv4 address in IPv6 form",
  bare: "no full host name",
};

/** WHATWG parsing has already made 127.1, 0x7f000001, 2130706433 and 0177.0.0.1 the same 127.0.0.1. */
function hostOf(url: URL): { host: string; kind: AddressKind | "bare" } {
  const host = url.hostname.replace(/\.$/, "");
  const address = addressKind(host);
  if (address) return { host, kind: address };
  if (LOCALHOST.test(host)) return { host, kind: "loopback" };
  if (PRIVATE_NAME.test(host)) return { host, kind: "private" };
  return { host, kind: host.includes(".") ? "public" : "bare" };
}
