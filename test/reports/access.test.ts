/** Cloudflare Access before the dashboard: whom it let in is a manager, by a token that is checked here. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { accessSettings, type Env } from "../../worker/env.ts";
import collector from "../../worker/index.ts";
import { AccessVerifier } from "../../worker/reports/access.ts";
import type { CertsAnswer } from "../support/certs-answer.ts";
import { ORIGIN, SHOP } from "./support/call.ts";

const TEAM = env.ACCESS_CERTS!;
const AUD = "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228";
const OWN_PAGE = { Origin: ORIGIN, "Sec-Fetch-Site": "same-origin" };
const SECOND_MS = 1000;
const now = Date.now();

interface Pair {
  kid: string;
  privateKey: CryptoKey;
  jwk: object;
}

let ours: Pair;
let next: Pair;
let foreign: Pair;

beforeAll(async () => {
  [ours, next, foreign] = (await Promise.all(["ours", "next", "ours"].map(newPair))) as [Pair, Pair, Pair];
});
beforeEach(() => certs({ body: keysOf(ours) }));
afterEach(() => vi.restoreAllMocks());

async function newPair(kid: string): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" } };
}

/** As the team's domain answers: the keys, and what else it sends with them. */
function keysOf(...pairs: Pair[]): string {
  return JSON.stringify({ keys: pairs.map(({ jwk }) => jwk), public_cert: {}, public_certs: [] });
}

async function certs(answer: CertsAnswer): Promise<void> {
  await (await fetch(`${TEAM}/_answer`, { method: "POST", body: JSON.stringify(answer) })).text();
}

async function asked(): Promise<number> {
  return Number(await (await fetch(`${TEAM}/_asked`)).text());
}

/** The payload that Cloudflare documents, with what a test changes. */
function token(over: JWTPayload = {}, { kid, privateKey }: Pair = ours): Promise<string> {
  const at = Math.floor(now / SECOND_MS);
  const times = { iat: at, nbf: at, exp: at + 3600 };
  const who = {
    email: "user@example.com",
    type: "app",
    sub: "7335d417-61da-459d-899c-0a01c76a2f94",
    country: "US",
  };
  return new SignJWT({ iss: TEAM, aud: [AUD], ...times, ...who, ...over })
    .setProtectedHeader({ alg: "RS256", kid, typ: "JWT" })
    .sign(privateKey);
}

/** A collector that has read no keys yet. */
function withAccess(): Env {
  return { ...env, ACCESS_TEAM_DOMAIN: TEAM, ACCESS_AUD: AUD };
}

async function call(bindings: Env, headers: Record<string, string>, method = "GET", path = "/session") {
  const body = method === "POST" ? JSON.stringify(SHOP) : null;
  const request = new Request(`${ORIGIN}/api/admin${path}`, { method, headers, body });
  const response = await collector.fetch(request, bindings, createExecutionContext());
  return { status: response.status, body: await response.json() };
}

const assertion = async (...given: Parameters<typeof token>) => ({
  "Cf-Access-Jwt-Assertion": await token(...given),
});

describe("whom Access let in", () => {
  test("is a manager, until the token ends", async () => {
    const bindings = withAccess();
    const { status, body } = await call(bindings, await assertion());
    expect(status).toBe(200);
    const expires_at = (Math.floor(now / SECOND_MS) + 3600) * SECOND_MS;
    expect(body).toEqual({ role: "admin", partner: null, expires_at, by: "access" });
    expect((await call(bindings, await assertion(), "GET", "/programs")).status).toBe(200);
  });

  test("is known by the cookie, where only that arrives", async () => {
    const { status } = await call(withAccess(), { Cookie: `a=b; CF_Authorization=${await token()}; c=d` });
    expect(status).toBe(200);
  });

  test("changes things from the dashboard's own origin only", async () => {
    const bindings = withAccess();
    const given = await assertion();
    expect((await call(bindings, { ...given, ...OWN_PAGE }, "POST", "/programs")).status).toBe(201);
    const elsewhere = { Origin: "https://shop.example", "Sec-Fetch-Site": "same-site" };
    expect((await call(bindings, { ...given, ...elsewhere }, "POST", "/programs")).status).toBe(403);
    expect((await call(bindings, given, "POST", "/programs")).status).toBe(403);
  });

  test("may sign in as a partner all the same", async () => {
    const bindings = withAccess();
    const send = (path: string, body: object, headers = {}) => {
      const request = { method: "POST", headers, body: JSON.stringify(body) };
      return collector.fetch(
        new Request(`${ORIGIN}/api/admin${path}`, request),
        bindings,
        createExecutionContext(),
      );
    };
    const bearer = { Authorization: `Bearer ${env.ADMIN_TOKEN}` };
    const made = await send("/partners", { name: "Trail Blog" }, bearer);
    const { api_key } = await made.json<{ api_key: string }>();
    const signedIn = await send("/session", { token: api_key });
    const Cookie = signedIn.headers.get("Set-Cookie")!.split(";")[0]!;
    const { body } = await call(bindings, { ...(await assertion()), Cookie });
    expect(body).toMatchObject({ role: "partner", by: "session" });
  });
});

describe("a token opens nothing", () => {
  const at = Math.floor(now / SECOND_MS);
  test.each<[string, () => Promise<string>]>([
    ["of another application", () => token({ aud: ["97e2aae120121f902df8bc99fc345913"] })],
    ["of another team", () => token({ iss: "https://evil.cloudflareaccess.com" })],
    ["that has ended", () => token({ exp: at - 60 })],
    ["that is not valid yet", () => token({ nbf: at + 60 })],
    ["without an end", () => token({ exp: undefined as unknown as number })],
    ["signed by somebody else under our key's name", () => token({}, foreign)],
    ["signed by a key that nobody knows", () => token({}, next)],
    ["that was altered", async () => (await token()).replace(/\.[^.]+\./, (all) => `${all.slice(0, -3)}AA.`)],
    ["without a signature", async () => `${unsigned({ alg: "none" })}.${(await token()).split(".")[1]}.`],
    ["signed with the public key as a shared secret", () => signedWithPublicKey()],
    ["that is none", async () => "not.a.token"],
    ["of thirty thousand characters", async () => "x".repeat(30_000)],
  ])("%s", async (_, make) => {
    const answer = await call(withAccess(), { "Cf-Access-Jwt-Assertion": await make() });
    expect(answer).toEqual({ status: 401, body: { error: "Unauthorized" } });
  });

  test("where Access is not set up", async () => {
    expect((await call({ ...env }, await assertion())).status).toBe(401);
    expect(await asked()).toBe(0);
  });

  test("where a wrong bearer token comes with it", async () => {
    const headers = { ...(await assertion()), Authorization: "Bearer wrong" };
    expect((await call(withAccess(), headers)).status).toBe(401);
  });
});

describe("the team's keys", () => {
  const verifier = (options?: ConstructorParameters<typeof AccessVerifier>[1]) =>
    new AccessVerifier(accessSettings(withAccess())!, options);

  test("are read once for many tokens", async () => {
    const checked = verifier();
    for (let i = 0; i < 5; i++) expect((await checked.verify(await token(), now)).outcome).toBe("genuine");
    expect(await asked()).toBe(1);
  });

  test("are two while Access changes them, and either signs", async () => {
    await certs({ body: keysOf(next, ours) });
    const checked = verifier();
    expect((await checked.verify(await token(), now)).outcome).toBe("genuine");
    expect((await checked.verify(await token({}, next), now)).outcome).toBe("genuine");
  });

  test("are not asked for again by every token of an unknown key", async () => {
    const checked = verifier();
    for (let i = 0; i < 5; i++)
      expect((await checked.verify(await token({}, next), now)).outcome).toBe("refused");
    expect(await asked()).toBe(1);
  });

  test.each<[string, CertsAnswer, string]>([
    ["an error", { status: 503 }, "answered 503"],
    ["a redirect", { status: 302, headers: { Location: "/elsewhere" } }, "answered 302"],
    ["a page", { body: "<html>" }, "no JSON of the usual size"],
    ["no keys", { body: "{}" }, "holds no keys"],
    ["null", { body: "null" }, "null"],
    ["megabytes", { body: `{"keys":[],"x":"${"x".repeat(4_000_000)}"}` }, "no JSON of the usual size"],
    ["nothing", { hang: "at once" }, "timeout"],
    ["a beginning", { body: '{"keys":[', hang: "within the body" }, "timeout"],
  ])(
    "that cannot be read, because the answer is %s, keep the manager out and say so",
    async (_, answer, reason) => {
      await certs(answer);
      const verified = await verifier({ timeout_ms: 200 }).verify(await token(), now);
      expect(verified).toEqual({ outcome: "no-keys", reason: expect.stringContaining(reason) });
    },
  );

  test("that could not be read are not asked for again at once, and are read when they are back", async () => {
    let clock = now;
    const checked = verifier({ now: () => clock });
    await certs({ status: 503 });
    for (let i = 0; i < 5; i++) expect((await checked.verify(await token(), now)).outcome).toBe("no-keys");
    expect(await asked()).toBe(1);
    await certs({ body: keysOf(ours) });
    clock += 9_999;
    expect((await checked.verify(await token(), now)).outcome).toBe("no-keys");
    clock += 1;
    expect((await checked.verify(await token(), now)).outcome).toBe("genuine");
  });

  test("that cannot be read are an answer of their own, and the admin token goes on working", async () => {
    await certs({ status: 503 });
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const bindings = withAccess();
    expect(await call(bindings, await assertion())).toEqual({
      status: 502,
      body: { error: "The keys of Cloudflare Access could not be read: try again soon" },
    });
    expect(String(logged.mock.calls[0])).toContain("/cdn-cgi/access/certs: answered 503");
    expect((await call(bindings, { Authorization: `Bearer ${env.ADMIN_TOKEN}` })).status).toBe(200);
  });
});

describe("the settings", () => {
  const parse = (over: Partial<Env>) => accessSettings({ ...env, ALLOW_LOOPBACK_NETWORKS: "0", ...over });
  const issuer = "https://yourteam.cloudflareaccess.com";

  test.each(["yourteam.cloudflareaccess.com", issuer, `${issuer}/`])(
    "take the team's domain as %s",
    (team) => {
      expect(parse({ ACCESS_TEAM_DOMAIN: team, ACCESS_AUD: AUD })).toEqual({ issuer, audience: AUD });
    },
  );

  test("may be left out, or empty", () => {
    expect(parse({})).toBeUndefined();
    expect(parse({ ACCESS_TEAM_DOMAIN: "", ACCESS_AUD: "" })).toBeUndefined();
  });

  const teams = ["http://yourteam.cloudflareaccess.com", "http://127.0.0.1:80", `${issuer}/path`, "a b"];
  test.each<[Partial<Env>, string]>([
    [{ ACCESS_TEAM_DOMAIN: issuer }, "ACCESS_AUD is missing, and ACCESS_TEAM_DOMAIN is set"],
    [{ ACCESS_AUD: AUD }, "ACCESS_TEAM_DOMAIN is missing, and ACCESS_AUD is set"],
    ...[...teams, "https://u:p@x.example"].map((team): [Partial<Env>, string] => [
      { ACCESS_TEAM_DOMAIN: team, ACCESS_AUD: AUD },
      `ACCESS_TEAM_DOMAIN is "${team}"`,
    ]),
  ])("are refused by name: %j", (over, message) => {
    expect(() => parse(over)).toThrow(message);
  });

  test("that are wrong are logged and let nobody in by Access; neither clicks nor the admin token mind", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const bindings = { ...env, ACCESS_AUD: AUD };
    expect((await call(bindings, await assertion())).status).toBe(500);
    expect(String(logged.mock.calls[0])).toContain("ACCESS_TEAM_DOMAIN is missing");
    expect((await call(bindings, {})).status).toBe(401);
    expect((await call(bindings, { Authorization: `Bearer ${env.ADMIN_TOKEN}` })).status).toBe(200);
    const click = new Request(`${ORIGIN}/api/v1/track/click`, { method: "POST", body: "{}" });
    expect((await collector.fetch(click, bindings, createExecutionContext())).status).toBe(400);
  });
});

const base64url = (text: string) => btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function unsigned(header: object): string {
  return base64url(JSON.stringify(header));
}

/** The old confusion of algorithms: what everybody knows as the secret of an HMAC. */
async function signedWithPublicKey(): Promise<string> {
  const secret = new TextEncoder().encode(JSON.stringify(ours.jwk));
  return new SignJWT({ iss: TEAM, aud: [AUD] })
    .setProtectedHeader({ alg: "HS256", kid: ours.kid })
    .setExpirationTime("1h")
    .sign(secret);
}
