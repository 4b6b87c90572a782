/** The dashboard's files and, under every other address below /dashboard/, its page: the views are told apart there. */

import type { Env } from "./env.ts";

/**
 * Nothing but its own files, its own API and the pictures that it draws; nobody may frame it. uPlot sets its styles
 * through the DOM, which `style-src` does not hinder.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

/** @returns the file that was asked for, or the page. */
export async function dashboardFile(request: Request, env: Env): Promise<Response> {
  const url = new URL(request.url);
  if (url.pathname === "/dashboard") return Response.redirect(`${url.origin}/dashboard/${url.search}`, 302);
  let file = await env.ASSETS.fetch(request);
  const found = file.ok || file.status === 304;
  if (!found) file = await env.ASSETS.fetch(new Request(new URL("/dashboard/", url), request));
  const headers = new Headers(file.headers);
  headers.set("Content-Security-Policy", POLICY);
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("Referrer-Policy", "same-origin");
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("X-Robots-Tag", "noindex");
  const hashed = found && /\.[0-9A-Z]{8}\.(js|css)$/.test(url.pathname);
  headers.set("Cache-Control", hashed ? "public, max-age=31536000, immutable" : "no-cache");
  return new Response(file.body, { status: file.status, headers });
}
