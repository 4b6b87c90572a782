import { env, exports } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { eflowKey } from "../../worker/inbound/eflow-key.ts";
import { newPartnerKey } from "../../worker/partner-key.ts";
import { MAX_FAILURES } from "../../worker/sign-in-limit.ts";

let partnerKey: string;

beforeAll(async () => {
  const { api_key, hash } = await newPartnerKey();
  partnerKey = api_key;
  await env.DB.prepare(
    "INSERT INTO partners (id, name, api_key_hash, created_at, updated_at) VALUES (7, 'Trail Blog', ?, 0, 0)",
  )
    .bind(hash)
    .run();
});

const whose = (headers: Record<string, string>) =>
  eflowKey(new Request("https://track.shop.example/v1/x", { headers }), env, Date.now());

test("the admin token is a management key, in either spelling of the header", async () => {
  expect(await whose({ "X-Eflow-API-Key": env.ADMIN_TOKEN })).toEqual({ kind: "management" });
  expect(await whose({ "X-Eflow-Api-Key": env.ADMIN_TOKEN })).toEqual({ kind: "management" });
});

test("a partner's key names its partner", async () => {
  expect(await whose({ "X-Eflow-API-Key": partnerKey })).toEqual({ kind: "partner", partner_id: 7 });
});

test("a partner's key stops with its rotation", async () => {
  const { api_key, hash } = await newPartnerKey();
  await env.DB.prepare(
    "INSERT INTO partners (id, name, api_key_hash, created_at, updated_at) VALUES (8, 'Gear Weekly', ?, 0, 0)",
  )
    .bind(hash)
    .run();
  expect(await whose({ "X-Eflow-API-Key": api_key })).toEqual({ kind: "partner", partner_id: 8 });
  await env.DB.prepare("UPDATE partners SET api_key_hash = 'another' WHERE id = 8").run();
  expect(await whose({ "X-Eflow-API-Key": api_key })).toBeUndefined();
});

test.for([
  ["is missing", {}],
  ["is empty", { "X-Eflow-API-Key": "" }],
  ["is nobody's", { "X-Eflow-API-Key": "cfp_nobody" }],
  ["is the hash that is stored", { "X-Eflow-API-Key": "another" }],
  ["is longer than any", { "X-Eflow-API-Key": "k".repeat(10_000) }],
  ["stands in another header", { Authorization: "Bearer admin-token-for-tests" }],
] as [string, Record<string, string>][])("a key that %s opens nothing", async ([, headers]) => {
  expect(await whose(headers)).toBeUndefined();
});

// ADMIN_TOKEN opens this door, too: a limit at the management API alone would only have shown guessers the other one.
test("an address with too many wrong keys is told to wait, with the right one as well, at every door", async () => {
  const from = { "CF-Connecting-IP": "203.0.113.9" };
  const call = (method: string, path: string, headers: Record<string, string>) =>
    exports.default.fetch(
      new Request(`https://track.shop.example${path}`, { method, headers: { ...from, ...headers } }),
    );
  for (let i = 0; i < MAX_FAILURES; i++) {
    expect(await whose({ ...from, "X-Eflow-API-Key": `wrong-${i}` })).toBeUndefined();
  }
  for (const key of ["wrong", env.ADMIN_TOKEN, partnerKey]) {
    for (const path of ["/v1/networks/tracking/offers/clicks", "/v1/affiliates/reporting/clicks/stream"]) {
      const answer = await call("POST", path, { "X-Eflow-API-Key": key });
      expect(answer.status).toBe(429);
      expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
      expect(await answer.json()).toEqual({
        error: "Too many wrong keys from this address: try again later",
      });
    }
  }
  const bearer = { Authorization: `Bearer ${env.ADMIN_TOKEN}` };
  expect((await call("GET", "/api/admin/session", bearer)).status).toBe(429);
  expect(await whose({ "X-Eflow-API-Key": partnerKey })).toMatchObject({ kind: "partner" });
});
