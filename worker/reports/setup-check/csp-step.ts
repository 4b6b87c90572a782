import {
  type Forbidden,
  forbidsCall,
  forbidsScript,
  parseHeader,
  parsePolicy,
  type Script,
  trustsByLoader,
} from "./csp.ts";
import type { ReadPage, ScriptTag } from "./read-page.ts";
import { type Found, ok, problem } from "./step.ts";

const SHOWN_LENGTH = 200;

/**
 * Whether the page's policies let a browser load the tracker and send the click. Pure.
 *
 * @param tag where the page has one; a tag manager's would be the plain one.
 */
export function cspStep(
  page: ReadPage & { url: URL; csp: string | null },
  collector: URL,
  tag: ScriptTag | undefined,
): Found {
  const header = page.csp === null ? [] : parseHeader(page.csp);
  const meta = page.metaPolicies.map(parsePolicy);
  const policies = [...header, ...meta];
  if (policies.length === 0) return ok("The page has no Content-Security-Policy");
  const script: Script = tag ? { ...tag, url: tag.src } : { url: new URL("/tracker.js", collector) };
  const home = tag?.src ?? collector;
  const scriptPolicies = [...header, ...meta.slice(0, tag?.policiesBefore ?? meta.length)];
  const noScript = scriptPolicies
    // What a trusted script adds is trusted, wherever it comes from.
    .filter((policy) => tag !== undefined || !trustsByLoader(policy))
    .map((policy) => forbidsScript(policy, script, page.url))
    .find((forbidden) => forbidden !== undefined);
  const click = new URL("/api/v1/track/click", home);
  const noCall = policies
    .map((policy) => forbidsCall(policy, click, page.url))
    .find((forbidden) => forbidden !== undefined);
  if (!noScript && !noCall) return ok("The page's Content-Security-Policy allows the script and its call");
  const words = [
    noScript && `load ${script.url.origin}${script.url.pathname} (${shown(noScript)})`,
    noCall && `send clicks to ${home.origin} (${shown(noCall)})`,
  ].filter(Boolean);
  const hints = [
    noScript && remedy(noScript, "script-src", home.origin),
    noCall && remedy(noCall, "connect-src", home.origin),
  ].filter(Boolean);
  return problem(
    `The page's Content-Security-Policy does not let it ${words.join(", nor ")}`,
    hints.join(" "),
  );
}

function remedy({ directive, sources }: Forbidden, wanted: string, origin: string): string {
  if (wanted === "script-src" && sources.some((source) => source.toLowerCase() === "'strict-dynamic'")) {
    return `${directive} has 'strict-dynamic', which looks at no hosts: give the tag the page's nonce.`;
  }
  if (directive !== "default-src") return `Add ${origin} to ${directive}.`;
  // A directive of its own replaces default-src, so it has to repeat what that allows.
  const kept = sources.filter((source) => source.toLowerCase() !== "'none'");
  return `Add the directive: ${[wanted, ...kept, origin].join(" ").slice(0, SHOWN_LENGTH * 2)};`;
}

function shown({ directive, sources }: Forbidden): string {
  const text = [directive, ...(sources.length > 0 ? sources : ["'none'"])].join(" ");
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH - 1)}…` : text;
}
