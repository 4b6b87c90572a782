import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { call } from "./support/call.ts";

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function storedHash(id: number) {
  return env.DB.prepare("SELECT api_key_hash FROM partners WHERE id = ?").bind(id).first("api_key_hash");
}

test("a new partner's key is shown once and stored as its hash only", async () => {
  const { status, body } = await call("POST", "/partners", { name: " Blogs & Co " });
  expect(status).toBe(201);
  const { api_key, ...partner } = body;
  expect(partner).toEqual({
    id: expect.any(Number),
    name: "Blogs & Co",
    clicks: 0,
    unique_clicks: 0,
    bot_clicks: 0,
    last_clicked: null,
    created_at: expect.any(Number),
    updated_at: partner.created_at,
  });
  expect(api_key).toMatch(/^cfp_[A-Za-z0-9_-]{43}$/);
  expect(await storedHash(body.id)).toBe(await sha256(api_key));
  for (const path of [`/partners/${body.id}`, "/partners"]) {
    const { text } = await call("GET", path);
    expect(text).not.toContain("cfp_");
    expect(text).not.toContain(await sha256(api_key));
  }
  expect((await call("GET", `/partners/${body.id}`)).body).toEqual(partner);
  expect((await call("GET", "/partners")).body.data).toContainEqual(partner);
  const rows = await env.DB.prepare("SELECT * FROM partners").all();
  expect(JSON.stringify(rows.results)).not.toContain(api_key);
});

test("a rotated key replaces the old one", async () => {
  const made = (await call("POST", "/partners", { name: "A" })).body;
  const { status, body } = await call("POST", `/partners/${made.id}/rotate-key`);
  expect(status).toBe(200);
  expect(body.id).toBe(made.id);
  expect(body.api_key).toMatch(/^cfp_[A-Za-z0-9_-]{43}$/);
  expect(body.api_key).not.toBe(made.api_key);
  expect(await storedHash(made.id)).toBe(await sha256(body.api_key));
});

test("a partner can be renamed, and nothing else of it changed", async () => {
  const made = (await call("POST", "/partners", { name: "A" })).body;
  const hash = await storedHash(made.id);
  const { api_key: _, ...partner } = made;
  expect((await call("PATCH", `/partners/${made.id}`, {})).body).toEqual(partner);
  const renamed = await call("PATCH", `/partners/${made.id}`, { name: "B" });
  expect(renamed.status).toBe(200);
  expect(renamed.body).toEqual({ ...partner, name: "B", updated_at: expect.any(Number) });
  expect((await call("PATCH", `/partners/${made.id}`, { api_key: "mine" })).body.field).toBe("api_key");
  expect(await storedHash(made.id)).toBe(hash);
});

test.each([
  [{}, "name is required"],
  [{ name: "" }, "name must not be empty"],
  [{ name: null }, "name must be a string"],
])("a partner %j is refused", async (input, error) => {
  const answer = await call("POST", "/partners", input);
  expect(answer.status).toBe(400);
  expect(answer.body).toEqual({ error, field: "name" });
});

test("there is no partner 999", async () => {
  expect((await call("GET", "/partners/999")).body).toEqual({ error: "Partner not found" });
  expect((await call("PATCH", "/partners/999", { name: "x" })).status).toBe(404);
  expect((await call("POST", "/partners/999/rotate-key")).status).toBe(404);
});
