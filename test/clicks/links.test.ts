import { env } from "cloudflare:test";
import { beforeAll, expect, test } from "vitest";
import type { LinkKey } from "../../worker/click.ts";
import { BoundedCache } from "../../worker/clicks/bounded-cache.ts";
import { LinkResolver, readLink } from "../../worker/clicks/links.ts";
import { seedLink, seedProgram } from "../support/program.ts";

beforeAll(() => seedProgram());

/** The real D1, with its reads counted. */
function countingDb() {
  let reads = 0;
  const db = new Proxy(env.DB, {
    get(target, name) {
      if (name !== "withSession") throw new Error("links are read through the Sessions API");
      return (bookmark: string) => {
        const session = target.withSession(bookmark);
        return {
          prepare(sql: string) {
            reads++;
            return session.prepare(sql);
          },
        };
      };
    },
  });
  return { db, reads: () => reads };
}

const code = (name: string) => ({ by: "code", code: name }) as const;

test("a link is read once in ten seconds", async () => {
  const { db, reads } = countingDb();
  const links = new LinkResolver(db);
  for (const now of [0, 1, 9_999])
    expect(await links.resolve(code("PARTNER123"), now)).toMatchObject({ id: 2 });
  expect(reads()).toBe(1);
  await links.resolve(code("PARTNER123"), 10_000);
  expect(reads()).toBe(2);
});

test("a link switched off stops within ten seconds of an isolate that knew it", async () => {
  await seedLink({ code: "OFFSOON" });
  const links = new LinkResolver(env.DB);
  expect(await links.resolve(code("OFFSOON"), 0)).toMatchObject({ status: "active" });
  await env.DB.prepare("UPDATE referral_links SET status = 'inactive' WHERE code = 'OFFSOON'").run();
  expect(await links.resolve(code("OFFSOON"), 10_000)).toMatchObject({ status: "inactive" });
});

test("a program switched off stops its links", async () => {
  await seedLink({ code: "WITHPROGRAM" });
  await env.DB.prepare("UPDATE programs SET status = 'inactive'").run();
  const links = new LinkResolver(env.DB);
  expect(await links.resolve(code("WITHPROGRAM"), 0)).toMatchObject({ status: "inactive" });
  await env.DB.prepare("UPDATE programs SET status = 'active'").run();
});

test("a made-up code is read once in five seconds, however often it comes", async () => {
  const { db, reads } = countingDb();
  const links = new LinkResolver(db);
  for (let now = 0; now < 5_000; now += 10) {
    expect(await links.resolve(code("MADEUP"), now)).toEqual({ failure: "link_not_found" });
  }
  expect(reads()).toBe(1);
});

test("a flood of made-up codes, each another one, does not become a flood of reads", async () => {
  const { db, reads } = countingDb();
  const links = new LinkResolver(db);
  for (let i = 0; i < 2_000; i++) {
    expect(await links.resolve(code(`FLOOD${i}`), i)).toEqual({ failure: "link_not_found" });
  }
  expect(reads()).toBeLessThan(120);
  // Known links go on working, and a new one is found at the next check.
  expect(await links.resolve(code("PARTNER123"), 2_000)).toMatchObject({ code: "PARTNER123" });
  await seedLink({ code: "FLOOD-NEW" });
  expect(await links.resolve(code("FLOOD-NEW"), 6_000)).toMatchObject({ code: "FLOOD-NEW" });
});

test("a new link is found five seconds after its code was first refused", async () => {
  const links = new LinkResolver(env.DB);
  expect(await links.resolve(code("TOOEARLY"), 0)).toEqual({ failure: "link_not_found" });
  await seedLink({ code: "TOOEARLY" });
  expect(await links.resolve(code("TOOEARLY"), 5_000)).toMatchObject({ code: "TOOEARLY" });
});

test("a failing D1 is not remembered as an unknown link", async () => {
  const links = new LinkResolver(env.DB);
  await env.DB.prepare("ALTER TABLE referral_links RENAME TO hidden").run();
  await expect(links.resolve(code("PARTNER123"), 0)).rejects.toThrow("no such table");
  await env.DB.prepare("ALTER TABLE hidden RENAME TO referral_links").run();
  expect(await links.resolve(code("PARTNER123"), 1)).toMatchObject({ code: "PARTNER123" });
});

/** The real D1 until it is told to fail, or to hang. Counts what it is asked. */
function fallibleDb() {
  const state = { asked: 0, answer: "works" as "works" | "fails" | "hangs" };
  const db = new Proxy(env.DB, {
    get: (target) => (bookmark: string) => {
      state.asked++;
      if (state.answer === "fails") throw new Error("D1_ERROR: Network connection lost.");
      if (state.answer === "works") return target.withSession(bookmark);
      const statement = { bind: () => statement, first: () => new Promise(() => {}) };
      return { prepare: () => statement };
    },
  });
  return { db, state };
}

test("while D1 fails a known link goes on, and D1 is asked once a second", async () => {
  await seedLink({ code: "ALSO" });
  const { db, state } = fallibleDb();
  const links = new LinkResolver(db);
  await links.resolve(code("PARTNER123"), 0);
  await links.resolve(code("ALSO"), 0);
  state.answer = "fails";
  state.asked = 0;
  for (let now = 10_000; now < 13_000; now += 10) {
    expect(await links.resolve(code("PARTNER123"), now)).toMatchObject({ id: 2 });
    expect(await links.resolve(code("ALSO"), now)).toMatchObject({ code: "ALSO" });
  }
  expect(state.asked).toBe(3);
  state.answer = "works";
  await env.DB.prepare("UPDATE referral_links SET status = 'inactive' WHERE code = 'ALSO'").run();
  expect(await links.resolve(code("ALSO"), 13_000)).toMatchObject({ status: "inactive" });
});

test("nobody but the one who asks waits for a D1 that hangs, and it not for ever", async () => {
  const { db, state } = fallibleDb();
  const links = new LinkResolver(db, 20);
  await links.resolve(code("PARTNER123"), 0);
  state.answer = "hangs";
  state.asked = 0;
  expect(await links.resolve(code("PARTNER123"), 10_000)).toMatchObject({ id: 2 });
  const asking = links.resolve(code("PARTNER123"), 11_000);
  expect(await links.resolve(code("PARTNER123"), 11_000)).toMatchObject({ id: 2 });
  expect(state.asked).toBe(2);
  expect(await asking).toMatchObject({ id: 2 });
});

test("while D1 fails a link is known for a day, and an unknown one for five seconds", async () => {
  const { db, state } = fallibleDb();
  const links = new LinkResolver(db);
  await links.resolve(code("PARTNER123"), 0);
  await links.resolve(code("NOTHING"), 0);
  state.answer = "fails";
  expect(await links.resolve(code("NOTHING"), 4_999)).toEqual({ failure: "link_not_found" });
  await expect(links.resolve(code("NOTHING"), 5_000)).rejects.toThrow("connection lost");
  expect(await links.resolve(code("PARTNER123"), 86_399_999)).toMatchObject({ id: 2 });
  await expect(links.resolve(code("PARTNER123"), 86_400_000)).rejects.toThrow("connection lost");
});

test("a link that D1 said was gone is not known when D1 fails", async () => {
  await seedLink({ code: "GONE" });
  const { db, state } = fallibleDb();
  const links = new LinkResolver(db);
  await links.resolve(code("GONE"), 0);
  await env.DB.prepare("DELETE FROM referral_links WHERE code = 'GONE'").run();
  expect(await links.resolve(code("GONE"), 10_000)).toEqual({ failure: "link_not_found" });
  state.answer = "fails";
  await expect(links.resolve(code("GONE"), 20_000)).rejects.toThrow("connection lost");
});

test("a landing host belongs to the program with the longest matching domain, and to none when two claim it", async () => {
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO programs (id, name, landing_url, domains, created_at, updated_at)
       VALUES (2, 'Outlet', 'https://outlet.shop.example/', '["outlet.shop.example","both.example"]', 0, 0)`,
    ),
    env.DB.prepare(
      `INSERT INTO program_domains (domain, program_id)
       VALUES ('outlet.shop.example', 2), ('both.example', 1), ('both.example', 2)`,
    ),
    env.DB.prepare(
      `INSERT INTO referral_links (kind, code, program_id, destination_url, created_at, updated_at)
       VALUES ('avantlink', 'avantlink', 2, 'https://outlet.shop.example/', 0, 0)`,
    ),
  ]);
  const links = new LinkResolver(env.DB);
  const host = (name: string) => links.resolve({ by: "host", host: name }, 0);
  expect(await host("shop.example")).toMatchObject({ program: { id: 1 } });
  expect(await host("www.outlet.shop.example")).toMatchObject({ program: { id: 2 } });
  expect(await host("both.example")).toEqual({ failure: "no_referral" });
  expect(await host("notshop.example")).toEqual({ failure: "no_referral" });
});

test("a link is known by the offer and affiliate that Everflow has for it, and by no half of them", async () => {
  await seedLink({ code: "PAIRED", everflow: { offer_id: 6, affiliate_id: 7 } });
  await seedLink({ code: "SAMEOFFER", everflow: { offer_id: 6, affiliate_id: 8 } });
  const pair = (offer_id: number, affiliate_id: number) =>
    readLink(env.DB, { by: "everflow", offer_id, affiliate_id });
  expect(await pair(6, 7)).toMatchObject({ code: "PAIRED" });
  expect(await pair(6, 8)).toMatchObject({ code: "SAMEOFFER" });
  expect(await pair(7, 6)).toEqual({ failure: "link_not_found" });
});

test("a merchant's program is the active one, and none where two are", async () => {
  const merchant_id = "0f0e0d0c-0b0a-4908-8706-050403020100";
  const program = (id: number, status: string) =>
    env.DB.batch([
      env.DB.prepare(
        `INSERT INTO programs (id, name, landing_url, status, avantlink, created_at, updated_at)
         VALUES (?1, 'Outfitter', 'https://outfitter.example/', ?2, ?3, 0, 0)`,
      ).bind(id, status, JSON.stringify({ merchant_id })),
      env.DB.prepare(
        `INSERT INTO referral_links (kind, code, program_id, destination_url, created_at, updated_at)
         VALUES ('avantlink', 'avantlink', ?, 'https://outfitter.example/', 0, 0)`,
      ).bind(id),
    ]);
  const found = () => readLink(env.DB, { by: "merchant", merchant_id });
  expect(await found()).toEqual({ failure: "link_not_found" });
  await program(31, "inactive");
  expect(await found()).toMatchObject({ status: "inactive", program: { id: 31 } });
  await program(32, "active");
  expect(await found()).toMatchObject({ status: "active", program: { id: 32 } });
  await program(33, "active");
  expect(await found()).toEqual({ failure: "merchant_ambiguous" });
});

test.for([
  ["a merchant's program", "programs_merchant", { by: "merchant", merchant_id: "x" }],
  ["Everflow's pair", "referral_links_everflow", { by: "everflow", offer_id: 1, affiliate_id: 1 }],
] as [string, string, LinkKey][])(
  "%s is found by an index, not by reading every row",
  async ([, index, key]) => {
    let sql = "";
    const db = new Proxy(env.DB, {
      get: (target, name) => (statement: string) => {
        if (name === "prepare") sql = statement;
        return target.prepare(statement);
      },
    });
    await readLink(db, key);
    const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind(...(key.by === "everflow" ? [1, 1] : ["x"]))
      .all<{ detail: string }>();
    const plan = results.map((row) => row.detail).join("\n");
    expect(plan).toContain(index);
    expect(plan).not.toMatch(/^SCAN/m);
  },
);

test("the cache forgets its oldest entry when it is full, and a renewed one is young again", () => {
  const cache = new BoundedCache<number>(2, 1_000);
  cache.set("a", 1, 0);
  cache.set("b", 2, 0);
  cache.set("a", 3, 10);
  cache.set("c", 4, 20);
  expect([cache.get("a", 20), cache.get("b", 20), cache.get("c", 20), cache.size]).toEqual([
    3,
    undefined,
    4,
    2,
  ]);
  expect(cache.get("a", 1_010)).toBeUndefined();
  expect(cache.size).toBe(1);
});
