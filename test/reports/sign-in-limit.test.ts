/** Wrong tokens are counted for each address, and ten in a quarter of an hour are enough. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { addressBlock } from "../../worker/address-block.ts";
import { MAX_FAILURES, WINDOW_MS } from "../../worker/sign-in-limit.ts";
import { call, ORIGIN } from "./support/call.ts";

let hosts = 0;
/** One that no other test has. */
const newAddress = () => `198.51.100.${++hosts}`;

const signIn = (address: string, token: unknown, headers: Record<string, string> = {}) =>
  call("POST", "/session", { token }, { "CF-Connecting-IP": address, ...headers });
const bearer = (address: string, token: string) =>
  call("GET", "/session", undefined, { "CF-Connecting-IP": address, Authorization: `Bearer ${token}` });

async function wrongTokens(address: string, tries: number): Promise<void> {
  for (let i = 0; i < tries; i++) expect((await signIn(address, `wrong-${i}`)).status).toBe(401);
}

describe("an address with too many wrong tokens", () => {
  test("is told when to try again, and until then the right token does not open either", async () => {
    const address = newAddress();
    await wrongTokens(address, MAX_FAILURES);
    for (const token of ["wrong", env.ADMIN_TOKEN]) {
      const answer = await signIn(address, token);
      expect(answer.status).toBe(429);
      expect(answer.body).toEqual({ error: "Too many wrong tokens from this address: try again later" });
      expect(answer.headers.get("Set-Cookie")).toBeNull();
      const seconds = Number(answer.headers.get("Retry-After"));
      expect(seconds).toBeGreaterThan(WINDOW_MS / 1000 - 60);
      expect(seconds).toBeLessThanOrEqual(WINDOW_MS / 1000);
    }
    expect((await signIn(newAddress(), env.ADMIN_TOKEN)).status).toBe(200);
  });

  test("may send no bearer token either, and both doors have one count", async () => {
    const address = newAddress();
    await wrongTokens(address, MAX_FAILURES - 1);
    expect((await bearer(address, "wrong")).status).toBe(401);
    for (const token of ["wrong", env.ADMIN_TOKEN]) expect((await bearer(address, token)).status).toBe(429);
    expect((await signIn(address, env.ADMIN_TOKEN)).status).toBe(429);
  });

  test("keeps the sessions that it has", async () => {
    const address = newAddress();
    const cookie = (await signIn(address, env.ADMIN_TOKEN)).headers.get("Set-Cookie")!.split(";")[0]!;
    await wrongTokens(address, MAX_FAILURES);
    const sent = { "CF-Connecting-IP": address, Cookie: cookie };
    expect((await call("GET", "/programs", undefined, sent)).status).toBe(200);
  });

  test("gains no more by trying them all at once", async () => {
    const address = newAddress();
    const tries = Array.from({ length: 40 }, (_, i) => signIn(address, `wrong-${i}`));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(MAX_FAILURES);
    expect(statuses.filter((status) => status === 429)).toHaveLength(40 - MAX_FAILURES);
  });
});

describe("what is not counted", () => {
  test("signing in with the right token, however often", async () => {
    const address = newAddress();
    for (let i = 0; i <= MAX_FAILURES; i++) {
      expect((await signIn(address, env.ADMIN_TOKEN)).status).toBe(200);
    }
    expect(await kept(address)).toBe(0);
  });

  test("but a right token wipes out no wrong one: a partner gains no guesses by signing in between them", async () => {
    const address = newAddress();
    const { api_key } = (await call("POST", "/partners", { name: "Guesser" })).body;
    for (let i = 0; i < MAX_FAILURES; i++) {
      expect((await signIn(address, api_key)).status).toBe(200);
      expect((await signIn(address, `wrong-${i}`)).status).toBe(401);
    }
    expect((await signIn(address, "wrong")).status).toBe(429);
  });

  test("a call without a token, or with something else than one", async () => {
    const address = newAddress();
    const from = { "CF-Connecting-IP": address };
    for (let i = 0; i <= MAX_FAILURES; i++) {
      expect((await call("GET", "/session", undefined, from)).status).toBe(401);
      expect(
        (await call("GET", "/session", undefined, { ...from, Authorization: "Basic eDp5" })).status,
      ).toBe(401);
      expect(
        (await call("GET", "/session", undefined, { ...from, Cookie: "clickferry_session=1" })).status,
      ).toBe(401);
      expect((await call("POST", "/session", {}, from)).status).toBe(400);
    }
    expect((await signIn(address, env.ADMIN_TOKEN)).status).toBe(200);
  });

  test("what a page elsewhere makes a browser send, which could keep a manager out", async () => {
    const address = newAddress();
    const foreign = { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" };
    for (let i = 0; i <= MAX_FAILURES; i++)
      expect((await signIn(address, "wrong", foreign)).status).toBe(403);
    const own = { Origin: ORIGIN, "Sec-Fetch-Site": "same-origin" };
    expect((await signIn(address, env.ADMIN_TOKEN, own)).status).toBe(200);
  });
});

describe("the window", () => {
  test("begins with the first wrong token; more of them do not make it longer, and then all are judged again", async () => {
    const limit = env.SIGN_IN_LIMIT.getByName(newAddress());
    const start = Date.now();
    for (let i = 0; i < MAX_FAILURES; i++) expect((await limit.take(start + i)).allowed).toBe(true);
    const blocked = { allowed: false, blocked_until: start + WINDOW_MS };
    expect(await limit.take(start + 1000)).toEqual(blocked);
    expect(await limit.take(start + WINDOW_MS - 1)).toEqual(blocked);
    expect(await limit.take(start + WINDOW_MS)).toEqual({ allowed: true, blocked_until: null });
  });

  test("leaves nothing behind when it is over", async () => {
    const address = newAddress();
    await wrongTokens(address, 2);
    expect(await kept(address)).toBe(1);
    const limit = env.SIGN_IN_LIMIT.getByName(address);
    const alarm = await runInDurableObject(limit, (_, state) => state.storage.getAlarm());
    expect(alarm! - Date.now()).toBeGreaterThan(WINDOW_MS - 60_000);
    expect(alarm! - Date.now()).toBeLessThanOrEqual(WINDOW_MS);
    expect(await runDurableObjectAlarm(limit)).toBe(true);
    expect(await kept(address)).toBe(0);
  });
});

test.for([
  ["198.51.100.7", "198.51.100.7"],
  ["2001:db8:1:2:aaaa:bbbb:cccc:dddd", "2001:db8:1:2::/64"],
  ["2001:DB8:1:2::1", "2001:db8:1:2::/64"],
  ["2001:0db8:0001:0002:0000:0000:0000:0001", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["2001:db8:1:3::1", "2001:db8:1:3::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::ffff:198.51.100.7", "0:0:0:0:0:ffff:c633:6407"],
  ["::ffff:198.51.100.8", "0:0:0:0:0:ffff:c633:6408"],
  ["not:an:address", "not:an:address"],
  ["", "unknown"],
  [null, "unknown"],
] as const)("the address %s counts as %s", ([address, block]) => {
  expect(addressBlock(address)).toBe(block);
});

test("an IPv6 subscriber gains no tries by taking another of its addresses", async () => {
  const tries = Array.from({ length: MAX_FAILURES }, (_, i) => signIn(`2001:db8:1:2::${i + 1}`, "wrong"));
  for (const { status } of await Promise.all(tries)) expect(status).toBe(401);
  expect((await signIn("2001:db8:1:2:ffff::9", env.ADMIN_TOKEN)).status).toBe(429);
  expect((await signIn("2001:db8:1:3::1", env.ADMIN_TOKEN)).status).toBe(200);
});

/** How many values the address's object stores. */
async function kept(address: string): Promise<number> {
  const limit = env.SIGN_IN_LIMIT.getByName(address);
  return runInDurableObject(limit, (_, state) => [...state.storage.kv.list()].length);
}
