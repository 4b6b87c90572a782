import { env, exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import { clickSecrets } from "../../worker/env.ts";
import { type Holder, sessionCookie } from "../../worker/reports/session.ts";
import { call, callWith, ORIGIN, SHOP } from "./support/call.ts";

const OWN_PAGE = { Origin: ORIGIN, "Sec-Fetch-Site": "same-origin" };

/** The Cookie header of a manager's session. */
async function managersCookie(over: { token?: string; secret?: string; now?: number } = {}): Promise<string> {
  const holder: Holder = { role: "admin", token: over.token ?? env.ADMIN_TOKEN };
  const secrets = over.secret
    ? { clickIdSecret: over.secret, clickIdSecretsPrevious: [] }
    : clickSecrets(env);
  const { header } = await sessionCookie(secrets, holder, over.now ?? Date.now(), {
    path: "/",
    secure: true,
  });
  return header.split(";")[0]!;
}

test.each([
  ["no credentials", {}],
  ["a wrong token", { Authorization: "Bearer admin-token-for-testz" }],
  ["a longer token", { Authorization: "Bearer admin-token-for-tests2" }],
  ["another scheme", { Authorization: "Basic admin-token-for-tests" }],
  ["an empty token", { Authorization: "Bearer " }],
])("with %s everything is refused and nothing is stored", async (_, headers) => {
  const answer = await call("POST", "/programs", SHOP, headers as Record<string, string>);
  expect(answer.status).toBe(401);
  expect(answer.body).toEqual({ error: "Unauthorized" });
  expect(answer.headers.get("WWW-Authenticate")).toMatch(/^Bearer/);
  expect((await call("GET", "/no-such-thing", undefined, headers as Record<string, string>)).status).toBe(
    401,
  );
  expect(await env.DB.prepare("SELECT COUNT(*) n FROM programs").first("n")).toBe(0);
});

test("the scheme's name is read in any case", async () => {
  expect(
    (await call("GET", "/programs", undefined, { Authorization: `bearer ${env.ADMIN_TOKEN}` })).status,
  ).toBe(200);
});

test("the admin token signs a manager in with a cookie that scripts and other sites cannot use", async () => {
  const answer = await call("POST", "/session", { token: env.ADMIN_TOKEN }, {});
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ role: "admin", partner: null, expires_at: expect.any(Number) });
  expect(answer.body.expires_at).toBeGreaterThan(Date.now());
  const cookie = answer.headers.get("Set-Cookie")!;
  expect(cookie).toMatch(
    /^clickferry_session=\d+\.admin\.[0-9a-f]{64}; Max-Age=43200; Path=\/api\/admin; HttpOnly; SameSite=Strict; Secure$/,
  );
  expect(cookie).not.toContain(env.ADMIN_TOKEN);
  const session = { Cookie: `other=1; ${cookie.split(";")[0]}` };
  expect((await call("GET", "/programs", undefined, session)).status).toBe(200);
  expect((await call("GET", "/session", undefined, session)).body).toEqual({ ...answer.body, by: "session" });
  expect((await call("GET", "/session")).body).toEqual({
    role: "admin",
    partner: null,
    expires_at: null,
    by: "bearer",
  });
});

test("on plain http the cookie is not Secure, or a browser on a local host would drop it", async () => {
  const answer = await exports.default.fetch("http://t.shop.localhost:8787/api/admin/session", {
    method: "POST",
    body: JSON.stringify({ token: env.ADMIN_TOKEN }),
  });
  expect(answer.headers.get("Set-Cookie")).toMatch(/HttpOnly; SameSite=Strict$/);
});

test("a wrong token signs nobody in", async () => {
  const answer = await call("POST", "/session", { token: "wrong" }, {});
  expect(answer.status).toBe(401);
  expect(answer.headers.get("Set-Cookie")).toBeNull();
  expect((await call("POST", "/session", {}, {})).body).toEqual({
    error: "token is required",
    field: "token",
  });
});

test("a session that has run out, was altered or was signed with another token opens nothing", async () => {
  const good = await managersCookie();
  const later = good.replace(/=(\d+)/, (_, expiry) => `=${Number(expiry) + 1}`);
  const flipped = good.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
  const old = await managersCookie({ now: Date.now() - 12 * 3_600_000 - 1 });
  const foreign = await managersCookie({ token: "the-token-before-this-one" });
  const elsewhere = await managersCookie({ secret: "the-secret-of-some-other-collector-0000" });
  for (const cookie of [
    later,
    flipped,
    old,
    foreign,
    elsewhere,
    "clickferry_session=",
    "clickferry_session=1.2",
  ]) {
    expect((await call("GET", "/programs", undefined, { Cookie: cookie })).status).toBe(401);
  }
  expect((await call("GET", "/programs", undefined, { Cookie: good })).status).toBe(200);
});

test.each([
  ["the dashboard", OWN_PAGE, 201],
  ["a browser without Fetch Metadata, same origin", { Origin: ORIGIN }, 201],
  ["the merchant's shop, same site", { Origin: "https://shop.example", "Sec-Fetch-Site": "same-site" }, 403],
  ["another site", { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" }, 403],
  ["another origin, older browser", { Origin: "https://shop.example" }, 403],
  ["an origin that Fetch Metadata contradicts", { Origin: ORIGIN, "Sec-Fetch-Site": "cross-site" }, 403],
  ["an opaque origin", { Origin: "null" }, 403],
  ["no word on where it comes from", {}, 403],
])("a session changes things from %s: %j → %i", async (_, headers, status) => {
  const before = await env.DB.prepare("SELECT COUNT(*) n FROM programs").first<number>("n");
  const sent = { ...(headers as Record<string, string>), Cookie: await managersCookie() };
  expect((await call("POST", "/programs", SHOP, sent)).status).toBe(status);
  const after = await env.DB.prepare("SELECT COUNT(*) n FROM programs").first<number>("n");
  expect(after! - before!).toBe(status === 201 ? 1 : 0);
});

test("a WebSocket is opened with a session from the dashboard's own origin only, for a page of any may read it", async () => {
  const Cookie = await managersCookie();
  const open = (headers: Record<string, string>) =>
    call("GET", "/programs", undefined, { Cookie, Upgrade: "websocket", ...headers });
  expect((await open({ Origin: "https://shop.example", "Sec-Fetch-Site": "same-site" })).status).toBe(403);
  expect((await open({ Origin: "https://shop.example" })).status).toBe(403);
  expect((await open({ Origin: ORIGIN })).status).toBe(200);
});

test("a session outlives rotations of the secret that signed it, while the old one is kept", async () => {
  const before = "the-secret-before-the-rotation-of-today-0";
  const cookie = await managersCookie({ secret: before });
  expect((await call("GET", "/session", undefined, { Cookie: cookie })).status).toBe(401);
  const rotated = { CLICK_ID_SECRET_PREVIOUS: `the-secret-of-yesterday-of-forty-letters ${before}` };
  expect((await callWith(rotated, "GET", "/session", undefined, { Cookie: cookie })).status).toBe(200);
});

test("signing out removes the cookie, also when the session had run out", async () => {
  const answer = await call("DELETE", "/session", undefined, OWN_PAGE);
  expect(answer.status).toBe(204);
  expect(answer.headers.get("Set-Cookie")).toMatch(
    /^clickferry_session=; Max-Age=0; Path=\/api\/admin; HttpOnly/,
  );
});

test("another site cannot sign a manager out", async () => {
  const sent = {
    Cookie: await managersCookie(),
    Origin: "https://evil.example",
    "Sec-Fetch-Site": "cross-site",
  };
  const answer = await call("DELETE", "/session", undefined, sent);
  expect(answer.status).toBe(403);
  expect(answer.headers.get("Set-Cookie")).toBeNull();
});

test("no answer may be kept in a cache", async () => {
  for (const path of ["/session", "/programs", "/nothing"]) {
    expect((await call("GET", path)).headers.get("Cache-Control")).toBe("no-store");
    expect((await call("GET", path, undefined, {})).headers.get("Cache-Control")).toBe("no-store");
  }
});
