/**
 * Content Security Policy Level 3 (https://www.w3.org/TR/CSP3/): whether a policy lets a page load a script and
 * call a host. Pure.
 */

export type Policy = Map<string, string[]>;

/** The directive that forbids, with its sources as they are written. */
export interface Forbidden {
  directive: string;
  sources: string[];
}

export interface Script {
  url: URL;
  nonce?: string | undefined;
  integrity?: string | undefined;
}

/** @param header with several policies, separated by commas; all of them hold. */
export function parseHeader(header: string): Policy[] {
  return header.split(",").map(parsePolicy);
}

/** Of a directive that stands twice the first holds. */
export function parsePolicy(text: string): Policy {
  const policy: Policy = new Map();
  for (const directive of text.split(";")) {
    const [name, ...sources] = directive.trim().split(/\s+/);
    const key = name!.toLowerCase();
    if (key && !policy.has(key)) policy.set(key, sources);
  }
  return policy;
}

/** @returns undefined where the script is allowed. */
export function forbidsScript(policy: Policy, script: Script, page: URL): Forbidden | undefined {
  const decisive = first(policy, ["script-src-elem", "script-src", "default-src"]);
  if (!decisive) return undefined;
  const { sources } = decisive;
  if (script.nonce && sources.includes(`'nonce-${script.nonce}'`)) return undefined;
  const hashes = script.integrity?.split(/\s+/) ?? [];
  if (hashes.length > 0 && hashes.every((hash) => sources.includes(`'${hash}'`))) return undefined;
  // With it, neither hosts nor 'self' count for a script that stands in the page.
  if (isStrict(sources)) return decisive;
  return sources.some((source) => matches(source, script.url, page)) ? undefined : decisive;
}

/** @returns undefined where the page may call the URL. */
export function forbidsCall(policy: Policy, url: URL, page: URL): Forbidden | undefined {
  const decisive = first(policy, ["connect-src", "default-src"]);
  return decisive && !decisive.sources.some((source) => matches(source, url, page)) ? decisive : undefined;
}

/** @returns the sources that decide of scripts trust scripts for who loads them, not for where they come from. */
export function trustsByLoader(policy: Policy): boolean {
  const decisive = first(policy, ["script-src-elem", "script-src", "default-src"]);
  return decisive !== undefined && isStrict(decisive.sources);
}

function isStrict(sources: string[]): boolean {
  return sources.some((source) => source.toLowerCase() === "'strict-dynamic'");
}

function first(policy: Policy, names: string[]): Forbidden | undefined {
  const directive = names.find((name) => policy.has(name));
  return directive === undefined ? undefined : { directive, sources: policy.get(directive)! };
}

const HOST_SOURCE = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\*|(?:\*\.)?[^/:*]+)(?::(\d+|\*))?(\/[^?#]*)?$/i;

function matches(source: string, url: URL, page: URL): boolean {
  if (source === "*") return /^(?:https?|wss?):$/.test(url.protocol) || url.protocol === page.protocol;
  if (source.toLowerCase() === "'self'") {
    return (
      url.hostname === page.hostname &&
      portMatches(page.port, page.protocol, url) &&
      upgrades(page.protocol, url.protocol)
    );
  }
  if (source.startsWith("'")) return false;
  if (/^[a-z][a-z0-9+.-]*:$/i.test(source)) return upgrades(source.toLowerCase(), url.protocol);
  const parts = HOST_SOURCE.exec(source);
  if (!parts) return false;
  const [, scheme, host, port = "", path = ""] = parts;
  const protocol = scheme ? `${scheme.toLowerCase()}:` : page.protocol;
  return (
    upgrades(protocol, url.protocol) &&
    hostMatches(host!.toLowerCase(), url.hostname) &&
    portMatches(port, protocol, url) &&
    pathMatches(path, url.pathname)
  );
}

/** What is allowed over http is allowed over https. */
function upgrades(allowed: string, asked: string): boolean {
  return allowed === asked || (allowed === "http:" && asked === "https:");
}

function hostMatches(pattern: string, host: string): boolean {
  if (pattern === "*") return true;
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : host === pattern;
}

function portMatches(port: string, protocol: string, url: URL): boolean {
  if (port === "*") return true;
  const allowed = port || standardPort(protocol);
  const asked = url.port || standardPort(url.protocol);
  return allowed === asked || (allowed === "80" && asked === "443");
}

function standardPort(protocol: string): string {
  return protocol === "https:" ? "443" : "80";
}

/** A path that ends with a slash allows what is below it, another one itself. */
function pathMatches(pattern: string, path: string): boolean {
  if (pattern === "" || pattern === "/") return true;
  return pattern.endsWith("/") ? path.startsWith(pattern) : path === pattern;
}
