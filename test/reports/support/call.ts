import { env, exports } from "cloudflare:workers";

export const ORIGIN = "https://t.shop.example";

/** Calls the management API as a manager would, with the admin token unless `headers` say otherwise. */
export async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = { Authorization: `Bearer ${env.ADMIN_TOKEN}` },
) {
  const response = await exports.default.fetch(
    new Request(`${ORIGIN}/api/admin${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: isWire(body) ? body : JSON.stringify(body) }),
    }),
  );
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
