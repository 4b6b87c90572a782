import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import type { Env } from "../../../worker/env.ts";
import collector from "../../../worker/index.ts";

export const ORIGIN = "https://t.shop.example";

const AS_MANAGER = { Authorization: `Bearer ${env.ADMIN_TOKEN}` };

/** Calls the management API as a manager would, with the admin token unless `headers` say otherwise. */
export async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = AS_MANAGER,
) {
  return read(await exports.default.fetch(request(method, path, body, headers)));
}

/** The same at a collector that is set up differently. */
export async function callWith(
  bindings: Partial<Env>,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = AS_MANAGER,
) {
  const given = request(method, path, body, headers);
  return read(await collector.fetch(given, { ...env, ...bindings }, createExecutionContext()));
}

function request(method: string, path: string, body: unknown, headers: Record<string, string>): Request {
  return new Request(`${ORIGIN}/api/admin${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: isWire(body) ? body : JSON.stringify(body) }),
  });
}

async function read(response: Response) {
  const text = await response.text();
  const json = response.headers.get("Content-Type")?.startsWith("application/json");
  return {
    status: response.status,
    headers: response.headers,
    text,
    // biome-ignore lint/suspicious/noExplicitAny: tests look into every answer.
    body: (json && text ? JSON.parse(text) : undefined) as any,
  };
}

function isWire(body: unknown): body is string | ReadableStream {
  return typeof body === "string" || body instanceof ReadableStream;
}

export const SHOP = {
  name: "The shop",
  domains: ["shop.example"],
  landing_url: "https://shop.example/welcome",
};

/** A program with one partner: what a link needs. */
export async function programAndPartner(): Promise<{
  program_id: number;
  partner_id: number;
  api_key: string;
}> {
  const program = await call("POST", "/programs", SHOP);
  const partner = await call("POST", "/partners", { name: "A partner" });
  return { program_id: program.body.id, partner_id: partner.body.id, api_key: partner.body.api_key };
}

/** A new program with a link. */
export async function programWithLink(
  code: string,
): Promise<{ program_id: number; partner_id: number; link_id: number }> {
  const { program_id, partner_id } = await programAndPartner();
  const given = { program_id, partner_id, code, destination_url: "https://shop.example/" };
  return { program_id, partner_id, link_id: (await call("POST", "/links", given)).body.id };
}
