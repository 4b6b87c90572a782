/**
 * A tracking link of the collector: GET /c/{code} counts the click without any script and redirects to the link's
 * destination with `aff`, the click id and the parameters of the call. The seal beside the click id tells the collector,
 * when the landing page's tracker posts that URL, that the click is counted already.
 */

import type { ClickParams, ReferralLink } from "../click.ts";
import { type Accepted, accept, findLink, sealOf } from "../clicks/accept.ts";
import { clickSecrets, type Env } from "../env.ts";
import { isFailure } from "../failure.ts";
import { AFFILIATE_URL_LIMIT_BYTES } from "./affitor-schema.ts";
import { CLICK_COOKIE, clickCookie } from "./click-cookie.ts";
import { errorPage } from "./error-page.ts";
import { everflowParams } from "./everflow-query.ts";
import { isVisit } from "./is-visit.ts";
import { CLICK_PARAM, parseLanding, SEAL_PARAM, SEALED_PARAMS_PARAM } from "./landing.ts";
import { landingUrl, withParams } from "./landing-url.ts";
import { openParams } from "./params-token.ts";
import { readCookie } from "./read-cookie.ts";
import { cut } from "./text.ts";
import { visitorOf } from "./visitor.ts";

const PATH = "/c/";
const REFERRER_LENGTH = 2048;
/** Ours to say on the landing URL, and no caller's. */
const RESERVED = new Set(["aff", CLICK_PARAM, SEAL_PARAM]);

/** @param now unix ms. */
export async function followTrackingLink(request: Request, env: Env, now: number): Promise<Response> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return errorPage(405, "This link can only be opened", "Open it in a browser.", { Allow: "GET, HEAD" });
  }
  try {
    const url = new URL(request.url);
    const code = codeOf(url);
    const link = code ? await findLink(env, { by: "code", code }, now) : undefined;
    if (!link || isFailure(link)) return unknown();
    const sealed = await sealedParams(url, link, env);
    if (!sealed) return altered();
    const given = [...url.searchParams].filter(([name]) => !RESERVED.has(name));
    const landing = landingUrl(link, given);
    if (!landing) return unknown();
    // Without aff, so that the landing page's tracker counts nothing either.
    if (link.status !== "active") return redirect(new URL(link.program.landing_url));
    if (!isVisit(request)) return redirect(landing);
    const accepted = await count(request, env, now, link, landing, {
      ...everflowParams(url.searchParams),
      ...sealed,
    });
    // The visitor goes on whatever happens to the click: the tracker of the landing page has another try.
    if (!accepted) return redirect(landing);
    const { click_id } = accepted.answer;
    const marks: [string, string][] = [
      [CLICK_PARAM, click_id],
      [SEAL_PARAM, await sealOf(env, accepted)],
    ];
    return redirect(withParams(landing, marks), clickCookie(url, landing, link.program, click_id));
  } catch (error) {
    console.error("following a tracking link failed", error);
    return errorPage(500, "This link cannot be opened right now", "Please try again in a moment.");
  }
}

function codeOf(url: URL): string | undefined {
  try {
    return decodeURIComponent(url.pathname.slice(PATH.length));
  } catch {
    return undefined;
  }
}

/** @returns none where the call has none, undefined where they were altered. */
async function sealedParams(url: URL, link: ReferralLink, env: Env): Promise<ClickParams | undefined> {
  const token = url.searchParams.get(SEALED_PARAMS_PARAM);
  return token === null ? {} : openParams(clickSecrets(env), token, link.code);
}

/** Counts the visit as any click. @returns undefined where it could not be kept, or the link was just switched off. */
async function count(
  request: Request,
  env: Env,
  now: number,
  link: ReferralLink,
  landing: URL,
  params: ClickParams,
): Promise<Accepted | undefined> {
  try {
    const accepted = await accept(
      env,
      {
        dialect: "link",
        link: { by: "code", code: link.code },
        page: {
          affiliate_url: cut(landing.href, AFFILIATE_URL_LIMIT_BYTES),
          referrer_url: cut(request.headers.get("Referer") ?? "", REFERRER_LENGTH) || undefined,
        },
        visitor: visitorOf(request, undefined),
        params: { ...parseLanding(landing.href)!.params, ...params },
        existing_click_id: readCookie(request, CLICK_COOKIE),
      },
      now,
    );
    return isFailure(accepted) ? undefined : accepted;
  } catch (error) {
    console.error("click tracking failed", error);
    return undefined;
  }
}

function redirect(to: URL, cookie?: string): Response {
  const headers = new Headers({
    Location: to.href,
    "Cache-Control": "no-store",
    // The landing page learns the site that the visitor comes from, not the page, whatever that page allows.
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Robots-Tag": "noindex",
  });
  if (cookie) headers.append("Set-Cookie", cookie);
  return new Response(null, { status: 302, headers });
}

function unknown(): Response {
  return errorPage(404, "This link leads nowhere", "It may be misspelt, or it is no longer in use.");
}

function altered(): Response {
  return errorPage(
    400,
    "This link has been altered",
    "Part of it was changed or cut off on the way. Ask for the link again where you found it.",
  );
}
