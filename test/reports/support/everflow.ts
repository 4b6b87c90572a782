/** The Everflow-shaped report, called as a partner's server would. */
import { env, exports } from "cloudflare:workers";
import { ORIGIN } from "./call.ts";

export const STREAM = "/v1/affiliates/reporting/clicks/stream";

/** @param key the X-Eflow-API-Key; left out where undefined. */
export async function eflow(
  method: string,
  path: string,
  key: string | undefined,
  body?: unknown,
  from = "",
) {
  const response = await exports.default.fetch(
    new Request(`${ORIGIN}${path}`, {
      method,
      headers: {
        "content-type": "application/json",
        ...(key !== undefined && { "X-Eflow-API-Key": key }),
        ...(from && { "CF-Connecting-IP": from }),
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    }),
  );
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    // biome-ignore lint/suspicious/noExplicitAny: tests look into every answer.
    body: (text ? JSON.parse(text) : undefined) as any,
  };
}

export async function forgetClicks(): Promise<void> {
  await env.DB.batch([
    env.DB.prepare("DELETE FROM affiliate_click_events"),
    env.DB.prepare("DELETE FROM customers"),
  ]);
}
