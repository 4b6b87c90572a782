import { env, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import type { Click } from "../../worker/click.ts";
import type { Intake } from "../../worker/clicks/intake.ts";
import { record as recordInto } from "../../worker/clicks/record.ts";
import { CHROME, events, linkRow, recordAll, seedLink, seedProgram } from "../support/program.ts";

beforeAll(() => seedProgram());

const record = (db: D1Database, clicks: Click[]) =>
  recordInto(db, clicks, { give_up_after_ms: 1_000, now: 2_000 });

let made = 0;

/** A click as accept() makes it; each its own unless told. */
function click(link_id: number, over: Partial<Click> = {}): Click {
  const at = over.at ?? 1_795_221_396_000 + made;
  const id = (Math.floor(at / 1000) * 2 ** 16 + made++).toString(16).padEnd(32, "0");
  return {
    id,
    customer_id: id,
    customer_created_at: at,
    at,
    dialect: "affitor",
    link_id,
    program_id: 1,
    partner_id: 1,
    page: { affiliate_url: "https://shop.example/?aff=X" },
    visitor: { ip: "", user_agent: CHROME, gpc: false },
    params: {},
    ...over,
  };
}

async function link(code: string): Promise<number> {
  await seedLink({ code });
  return Number((await linkRow(code)).id);
}

const groupsOf = (shard: string) =>
  runInDurableObject(env.INTAKE.getByName(shard), (_, state) =>
    state.storage.sql.exec<{ clicks: string }>("SELECT clicks FROM groups").toArray(),
  );

test("calls that arrive together share one write", async () => {
  const id = await link("GROUP");
  const intake = env.INTAKE.getByName("group");
  const kept = Array.from({ length: 50 }, () => click(id));
  await runInDurableObject(intake, (instance: Intake) =>
    Promise.all(kept.map((each) => instance.keep(JSON.stringify(each)))),
  );
  const groups = await groupsOf("group");
  expect(groups).toHaveLength(1);
  expect(JSON.parse(groups[0]!.clicks)).toEqual(kept);
  await recordAll("group");
  expect(await linkRow("GROUP")).toMatchObject({ clicks: 50 });
});

test("what was kept outlives the object, alarm and all", async () => {
  const id = await link("EVICTED");
  const intake = env.INTAKE.getByName("evicted");
  await intake.keep(JSON.stringify(click(id)));
  await evictDurableObject(intake);
  await recordAll("evicted");
  expect(await linkRow("EVICTED")).toMatchObject({ clicks: 1 });
});

test("a click's way has times: when it was kept, and when it was recorded", async () => {
  const id = await link("TIMES");
  const intake = env.INTAKE.getByName("times");
  const before = Date.now();
  await intake.keep(JSON.stringify(click(id)));
  const answered = Date.now();
  await recordAll("times");
  const [event] = await events("link_id = ?", id);
  expect(event!.kept_at).toBeGreaterThanOrEqual(before);
  expect(event!.kept_at).toBeLessThanOrEqual(answered);
  expect(event!.recorded_at).toBeGreaterThanOrEqual(event!.kept_at as number);
  expect(event!.recorded_at).toBeLessThanOrEqual(Date.now());
});

test("an Intake whose clicks were kept before times were goes on, and records them without", async () => {
  const id = await link("OLDER");
  const intake = env.INTAKE.getByName("older");
  await runInDurableObject(intake, (_, { storage }) => {
    storage.sql.exec(
      "DROP TABLE groups; CREATE TABLE groups (seq INTEGER PRIMARY KEY, clicks TEXT NOT NULL)",
    );
    storage.sql.exec("INSERT INTO groups (clicks) VALUES (?)", JSON.stringify([click(id)]));
  });
  await evictDurableObject(intake);
  await intake.keep(JSON.stringify(click(id)));
  await recordAll("older");
  expect((await events("link_id = ?", id)).map(({ kept_at }) => kept_at)).toEqual([null, expect.any(Number)]);
});

test("while D1 is down clicks go on being kept, and are recorded when it is back", async () => {
  const id = await link("DOWN");
  const intake = env.INTAKE.getByName("down");
  await intake.keep(JSON.stringify(click(id)));
  await env.DB.prepare("ALTER TABLE affiliate_click_events RENAME TO away").run();
  await runDurableObjectAlarm(intake);
  await intake.keep(JSON.stringify(click(id)));
  await runDurableObjectAlarm(intake);
  expect(await linkRow("DOWN")).toMatchObject({ clicks: 0 });
  expect((await groupsOf("down")).length).toBe(2);
  // Nobody needs to call: the failed try has armed the next.
  expect(await runInDurableObject(intake, (_, state) => state.storage.getAlarm())).not.toBeNull();
  await env.DB.prepare("ALTER TABLE away RENAME TO affiliate_click_events").run();
  await recordAll("down");
  expect(await linkRow("DOWN")).toMatchObject({ clicks: 2 });
  expect(await groupsOf("down")).toEqual([]);
});

test("a batch repeated after an unclear end changes nothing", async () => {
  const id = await link("TWICE");
  const batch = [click(id), click(id), click(id)];
  await record(env.DB, batch);
  const before = await everything(id);
  expect(before.link).toMatchObject({ clicks: 3, unique_clicks: 3 });
  await record(env.DB, batch);
  await record(env.DB, batch.slice(1));
  expect(await everything(id)).toEqual(before);
});

test("a repeated batch that has grown records only what is new", async () => {
  const id = await link("GROWN");
  const [a, b] = [click(id), click(id)];
  await record(env.DB, [a]);
  await record(env.DB, [a, b, b]);
  expect((await everything(id)).link).toMatchObject({ clicks: 2 });
  expect(await events("link_id = ?", id)).toHaveLength(2);
});

async function everything(linkId: number) {
  const all = async (table: string, where: string) =>
    (await env.DB.prepare(`SELECT * FROM ${table} WHERE ${where}`).bind(linkId).all()).results;
  return {
    link: (await all("referral_links", "id = ?"))[0],
    events: await all("affiliate_click_events", "link_id = ?"),
    customers: await all("customers", "link_id = ?"),
    hours: await all("link_hours", "link_id = ?"),
    dimensions: await all("link_dimension_days", "link_id = ?"),
    metrics: (await env.DB.prepare("SELECT * FROM partner_program_metrics").all()).results,
  };
}

test("a click that D1 refuses is set aside and holds up none of the others", async () => {
  const id = await link("POISON");
  const intake = env.INTAKE.getByName("poison");
  const poison = { ...click(id), dialect: null } as unknown as Click;
  await runInDurableObject(intake, (instance: Intake) =>
    Promise.all([click(id), poison, click(id)].map((each) => instance.keep(JSON.stringify(each)))),
  );
  await recordAll("poison");
  expect(await linkRow("POISON")).toMatchObject({ clicks: 2 });
  const setAside = () =>
    runInDurableObject(intake, (_, state) =>
      state.storage.sql
        .exec<{ click: string; error: string }>("SELECT click, error FROM set_aside")
        .toArray(),
    );
  expect(await setAside()).toMatchObject([{ error: expect.stringContaining("NOT NULL") }]);
  const keptAt = async () => JSON.parse((await setAside())[0]!.click).kept_at;
  const first = await keptAt();
  expect(first).toEqual(expect.any(Number));
  // A new deployment starts the object anew, and what was set aside is tried again.
  await evictDurableObject(intake);
  expect(await intake.waiting()).toBe(1);
  expect(await setAside()).toEqual([]);
  await recordAll("poison");
  expect(await keptAt()).toBe(first);
});

// A shard that no click came to any more had no alarm either.
test("a click that was set aside is tried again within an hour, though no other click comes", async () => {
  const id = await link("QUIET");
  const intake = env.INTAKE.getByName("quiet");
  const refused = click(id);
  await env.DB.prepare(
    `CREATE TRIGGER refuse BEFORE INSERT ON affiliate_click_events WHEN NEW.id = '${refused.id}'
     BEGIN SELECT RAISE(ABORT, 'refused'); END`,
  ).run();
  const alarm = () => runInDurableObject(intake, (_, { storage }) => storage.getAlarm());
  await intake.keep(JSON.stringify(refused));
  await recordAll("quiet");
  const next = (await alarm())!;
  expect(next - Date.now()).toBeLessThanOrEqual(3_600_000);
  expect(next - Date.now()).toBeGreaterThan(3_500_000);

  // What comes meanwhile waits for none of that …
  const soon = await runInDurableObject(intake, async (instance: Intake, { storage }) => {
    await instance.keep(JSON.stringify(click(id)));
    return storage.getAlarm();
  });
  expect(soon).toBeLessThanOrEqual(Date.now() + 200);
  await recordAll("quiet");
  expect(await linkRow("QUIET")).toMatchObject({ clicks: 1 });
  expect(await alarm()).toBe(next);
  // … and an object that starts anew tries at once.
  await evictDurableObject(intake);
  expect(await alarm()).toBeLessThanOrEqual(Date.now());
  await recordAll("quiet");

  await env.DB.prepare("DROP TRIGGER refuse").run();
  onTestFinished(() => void vi.useRealTimers());
  vi.setSystemTime((await alarm())!);
  await runDurableObjectAlarm(intake);
  await recordAll("quiet");
  expect(await linkRow("QUIET")).toMatchObject({ clicks: 2 });
  expect(await alarm()).toBeNull();
});

test("a customer with very many clicks costs a batch no more than one with two", async () => {
  const id = await link("MANY");
  const first = click(id);
  const again = () => click(id, { customer_id: first.id, customer_created_at: first.at });
  await record(env.DB, [first, ...Array.from({ length: 600 }, again)]);
  const batches: D1Result[][] = [];
  const metered = new Proxy(env.DB, {
    get(target, name) {
      if (name !== "batch") return Reflect.get(target, name).bind(target);
      return async (statements: D1PreparedStatement[]) => {
        const results = await target.batch(statements);
        batches.push(results);
        return results;
      };
    },
  });
  await record(metered, [again()]);
  const rows = batches[0]!.reduce((sum, result) => sum + result.results.length, 0);
  expect(rows).toBeLessThanOrEqual(3);
  expect(batches[0]!.reduce((sum, result) => sum + result.meta.rows_read, 0)).toBeLessThan(20);
  expect(await linkRow("MANY")).toMatchObject({ clicks: 602, unique_clicks: 1 });
});

test("a passing fault of D1 puts no click aside", async () => {
  const id = await link("PASSING");
  let faults = 3;
  const shaky = new Proxy(env.DB, {
    get(target, name) {
      if (name !== "batch") return Reflect.get(target, name).bind(target);
      return (statements: D1PreparedStatement[]) => {
        if (faults-- > 0) throw new Error("D1_ERROR: Network connection lost.");
        return target.batch(statements);
      };
    },
  });
  const batch = [click(id), click(id)];
  for (let i = 0; i < 3; i++) await expect(record(shaky, batch)).rejects.toThrow("Network connection lost");
  expect(await record(shaky, batch)).toMatchObject({ refused: [] });
  expect(await linkRow("PASSING")).toMatchObject({ clicks: 2 });
});

test("a customer's first click on a link is unique, whatever the order of recording", async () => {
  const one = await link("ORDER1");
  const two = await link("ORDER2");
  const first = click(one);
  const again = click(one, { customer_id: first.id, customer_created_at: first.at });
  const other = click(two, { customer_id: first.id, customer_created_at: first.at });
  // Another shard holds the first click, and is slower.
  await record(env.DB, [again]);
  await record(env.DB, [first, other]);
  expect(await linkRow("ORDER1")).toMatchObject({ clicks: 2, unique_clicks: 1 });
  expect(await linkRow("ORDER2")).toMatchObject({ clicks: 1, unique_clicks: 1 });
});

test.each([
  ["last_click", 2],
  ["first_click", 1],
])(
  "%s decides the customer's partner by the times of the clicks, in any order of recording",
  async (model, partner) => {
    await env.DB.prepare("UPDATE programs SET attribution_model = ?").bind(model).run();
    const id = await link(`MODEL-${model}`);
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const first = click(id, { partner_id: 1 });
      const second = click(id, {
        partner_id: 2,
        customer_id: first.id,
        customer_created_at: first.at,
        at: first.at + 5_000,
      });
      for (const i of order) await record(env.DB, [[first, second][i]!]);
      const row = await env.DB.prepare("SELECT * FROM customers WHERE id = ?").bind(first.id).first();
      expect(row).toMatchObject({
        partner_id: partner,
        created_at: first.at,
        last_clicked: second.at,
        customer_status: "click",
      });
    }
  },
);

test("a bot moves no attribution", async () => {
  const id = await link("BOTMOVE");
  const first = click(id, { partner_id: 1 });
  const bot = click(id, {
    partner_id: 2,
    customer_id: first.id,
    customer_created_at: first.at,
    at: first.at + 1,
    visitor: { ip: "", user_agent: "Mozilla/5.0 (compatible; Googlebot/2.1)", gpc: false },
  });
  await record(env.DB, [first, bot]);
  expect(
    await env.DB.prepare("SELECT partner_id FROM customers WHERE id = ?").bind(first.id).first("partner_id"),
  ).toBe(1);
});

test("an answer is given again for a day, and forgotten after it", async () => {
  const intake = env.INTAKE.getByName("answers");
  const id = await link("ANSWERS");
  expect(await intake.keepOnce(JSON.stringify(click(id)), "1:e", "first")).toBeUndefined();
  expect(await intake.keepOnce(JSON.stringify(click(id)), "1:e", "second")).toBe("first");
  expect(await intake.recall("1:other")).toBeUndefined();
  await runInDurableObject(intake, (_, state) => {
    state.storage.sql.exec("UPDATE answers SET at = at - 86400000, day = day - 1");
  });
  expect(await intake.recall("1:e")).toBeUndefined();
  await runInDurableObject(intake, (_, state) => {
    state.storage.sql.exec("UPDATE answers SET day = day - 1");
  });
  await recordAll("answers");
  const left = await runInDurableObject(intake, (_, state) =>
    state.storage.sql.exec("SELECT * FROM answers").toArray(),
  );
  expect(left).toEqual([]);
});
