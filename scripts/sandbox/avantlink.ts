/** AvantLink on loopback: its click endpoint, as seed 004 describes it. */

import { AVANTLINK_MODES } from "./failure.ts";
import { type Call, openSandbox, type Reply, type Sandbox, type SandboxOptions } from "./sandbox.ts";

export interface AvantlinkSandboxOptions extends SandboxOptions {
  /** Merchant UUIDs that it knows; any where unset. */
  merchants?: readonly string[] | undefined;
}

const PATH = /^\/merchants\/([^/]+)\/tracking\/click$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The one refusal that the seed documents. Of all others only the shape is AvantLink's, the words are the sandbox's. */
const NO_TRACKING_ID = refusal(
  400,
  "You must provide at least one tracking id in order to generate a episode_id.",
  "client.model.merchants_tracking.tracking_ids.blank",
);

export function openAvantlinkSandbox({ merchants, ...options }: AvantlinkSandboxOptions): Promise<Sandbox> {
  return openSandbox(
    {
      name: "avantlink",
      modes: AVANTLINK_MODES,
      clickId: ({ json }) => strings(trackingIds(json)?.visitor_id)?.[0],
      answer: (call, failure) => {
        const refused = fault(call, merchants);
        if (refused) return refused;
        if (failure?.mode === "error_key") return NO_TRACKING_ID;
        const line = lineOf(call.json as ClickBody);
        if (failure?.mode === "no_success") return { status: 200, body: { success: false }, line };
        return { status: 200, body: { success: true }, line, click: true };
      },
    },
    options,
  );
}

/** @returns the refusal of a click that is not as the seed wants it */
function fault(
  { method, path, headers, json }: Call,
  merchants: readonly string[] | undefined,
): Reply | undefined {
  const merchant = PATH.exec(path)?.[1];
  if (merchant === undefined) return refusal(404, `There is nothing at ${path}`, "sandbox.path.unknown");
  if (method !== "POST") return refusal(405, "A click is a POST", "sandbox.method.wrong");
  if (!UUID.test(merchant))
    return refusal(400, "merchant_id must be a UUID", "sandbox.merchant_id.malformed");
  if (merchants && !merchants.includes(merchant.toLowerCase())) {
    return refusal(404, `There is no merchant ${merchant}`, "sandbox.merchant_id.unknown");
  }
  if (!/^application\/json\b/.test(headers["content-type"] ?? "")) {
    return refusal(400, "Content-Type must be application/json", "sandbox.headers.content_type");
  }
  if (!headers.accept?.includes("application/json")) {
    return refusal(400, "Accept must be application/json", "sandbox.headers.accept");
  }
  if (!headers["user-agent"]) return refusal(400, "User-Agent is required", "sandbox.headers.user_agent");
  return bodyFault(json);
}

const OPTIONAL = ["referrer_url", "google_click_id", "custom_tracking_code", "user_ip_address"];

function bodyFault(body: unknown): Reply | undefined {
  if (typeof body !== "object" || body === null) {
    return refusal(400, "The body must be a JSON object", "sandbox.body.malformed");
  }
  const ids = trackingIds(body) ?? {};
  for (const name of ["user_id", "visitor_id"]) {
    if (ids[name] !== undefined && !strings(ids[name])) {
      return refusal(400, `${name} must be an array of strings`, `sandbox.tracking_ids.${name}`);
    }
  }
  const given = [...(strings(ids.user_id) ?? []), ...(strings(ids.visitor_id) ?? []), ids.avantlink_avad];
  if (!given.some((id) => typeof id === "string" && id !== "")) return NO_TRACKING_ID;
  const fields = body as Record<string, unknown>;
  for (const name of ["user_agent", "current_url"]) {
    if (typeof fields[name] !== "string") return refusal(400, `${name} is required`, `sandbox.${name}.blank`);
  }
  for (const name of OPTIONAL) {
    if (!["string", "undefined"].includes(typeof fields[name])) {
      return refusal(400, `${name} must be a string`, `sandbox.${name}.malformed`);
    }
  }
  return undefined;
}

function refusal(status: number, error: string, error_key: string): Reply {
  return {
    status,
    body: { error, error_key, exception: "InvalidArgumentException" },
    line: `refused ${status}: ${error}`,
  };
}

interface ClickBody {
  tracking_ids: Record<string, unknown>;
  [field: string]: unknown;
}

function lineOf({ tracking_ids, user_agent: _, ...fields }: ClickBody): string {
  const { avantlink_avad: avad, ...ids } = tracking_ids;
  const shown = Object.entries({ avad, ...ids, ...fields }).filter(([, value]) => value !== undefined);
  return `click  ${shown.map(([name, value]) => `${name}=${value}`).join(" ")}`;
}

function trackingIds(body: unknown): Record<string, unknown> | undefined {
  const ids = (body as { tracking_ids?: unknown } | null | undefined)?.tracking_ids;
  return typeof ids === "object" && ids !== null ? (ids as Record<string, unknown>) : undefined;
}

function strings(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined;
}
