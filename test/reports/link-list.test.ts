import { env } from "cloudflare:workers";
import { beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { pageOf } from "../../worker/reports/openapi/operation.ts";
import { LinkTotals, ListedLink, Sparklines } from "../../worker/reports/schemas/link.ts";
import { call, callWith, programAndPartner, SHOP } from "./support/call.ts";
import { metered } from "./support/metered.ts";
import { insertHour } from "./support/rows.ts";

const HOUR = 3_600_000;
const T0 = Date.UTC(2026, 0, 10, 12);

let program: number;
let partner: number;
let otherPartner: number;
const linkId: Record<string, number> = {};

/** code → all-time clicks, unique, bots, last; all made in one program, the last two of them another partner's. */
const LINKS: Record<string, [number, number, number, number | null]> = {
  alpha: [5, 4, 0, T0 + 1],
  Beta: [5, 5, 2, T0 + 2],
  gamma: [0, 0, 7, null],
  delta: [12, 1, 0, T0 + 9],
  épsilon: [1, 1, 0, T0 + 3],
};

beforeAll(async () => {
  ({ program_id: program, partner_id: partner } = await programAndPartner());
  otherPartner = (await call("POST", "/partners", { name: "Über Deals" })).body.id;
  for (const [code, counts] of Object.entries(LINKS)) {
    const partner_id = code === "delta" || code === "épsilon" ? otherPartner : partner;
    const destination_url = `https://shop.example/${code.length}`;
    const made = await call("POST", "/links", { program_id: program, partner_id, code, destination_url });
    linkId[code] = made.body.id;
    await env.DB.prepare(
      "UPDATE referral_links SET clicks = ?, unique_clicks = ?, bot_clicks = ?, last_clicked = ? WHERE id = ?",
    )
      .bind(...counts, made.body.id)
      .run();
  }
  await call("PATCH", `/links/${linkId.gamma}`, { status: "inactive" });
  await insertHour(linkId.alpha!, T0, [3, 2, 1]);
  await insertHour(linkId.alpha!, T0 + HOUR, [1, 1, 0]);
  await insertHour(linkId.alpha!, T0 + 2 * HOUR, [1, 1, 0]);
  await insertHour(linkId.Beta!, T0 + HOUR, [2, 1, 4]);
});

async function codes(parameters: string): Promise<string[]> {
  const { body } = await call("GET", `/links?program_id=${program}&${parameters}`);
  return body.data.map((link: { code: string }) => link.code);
}

test.each([
  ["", ["épsilon", "delta", "gamma", "Beta", "alpha", "avantlink"]],
  ["sort=created_at", ["avantlink", "alpha", "Beta", "gamma", "delta", "épsilon"]],
  ["sort=code", ["Beta", "alpha", "avantlink", "delta", "gamma", "épsilon"]],
  ["sort=-code", ["épsilon", "gamma", "delta", "avantlink", "alpha", "Beta"]],
  ["sort=-clicks", ["delta", "Beta", "alpha", "épsilon", "gamma", "avantlink"]],
  ["sort=clicks", ["avantlink", "gamma", "épsilon", "alpha", "Beta", "delta"]],
  ["sort=-unique_clicks", ["Beta", "alpha", "épsilon", "delta", "gamma", "avantlink"]],
  ["sort=-bot_clicks", ["gamma", "Beta", "épsilon", "delta", "alpha", "avantlink"]],
  ["sort=partner_name", ["avantlink", "alpha", "Beta", "gamma", "delta", "épsilon"]],
  ["sort=-partner_name", ["épsilon", "delta", "gamma", "Beta", "alpha", "avantlink"]],
  ["sort=destination_url", ["Beta", "alpha", "gamma", "delta", "épsilon", "avantlink"]],
  ["sort=-destination_url", ["avantlink", "épsilon", "delta", "gamma", "alpha", "Beta"]],
  ["sort=status", ["avantlink", "alpha", "Beta", "delta", "épsilon", "gamma"]],
  ["sort=-status", ["gamma", "épsilon", "delta", "Beta", "alpha", "avantlink"]],
  [`sort=-clicks&from=${T0}&to=${T0 + HOUR}`, ["alpha", "épsilon", "delta", "gamma", "Beta", "avantlink"]],
  [`sort=bot_clicks&from=${T0}`, ["avantlink", "gamma", "delta", "épsilon", "alpha", "Beta"]],
  ["sort=-last_clicked", ["delta", "épsilon", "Beta", "alpha", "gamma", "avantlink"]],
])("links are listed by %j, and a page at a time just the same", async (sort, expected) => {
  // Links made in the same millisecond are in the order of their ids.
  await env.DB.prepare("UPDATE referral_links SET created_at = 1").run();
  expect(await codes(sort)).toEqual(expected);
  const paged: string[] = [];
  let cursor: string | null = "";
  let pages = 0;
  while (cursor !== null && pages++ < 10) {
    const more: string = cursor && `&cursor=${cursor}`;
    const { body } = await call("GET", `/links?program_id=${program}&limit=2&${sort}${more}`);
    expect(body.data.length).toBe(2);
    paged.push(...body.data.map((link: { code: string }) => link.code));
    cursor = body.next_cursor;
  }
  expect(paged).toEqual(expected);
  expect(pages).toBe(3);
});

test("a listed link is the link with its all-time counters", async () => {
  const { status, body } = await call("GET", `/links?program_id=${program}&q=alpha`);
  expect(status).toBe(200);
  expect(body).toEqual({ data: [(await call("GET", `/links/${linkId.alpha}`)).body], next_cursor: null });
  expect(body.data[0]).toMatchObject({ clicks: 5, unique_clicks: 4, bot_clicks: 0, last_clicked: T0 + 1 });
});

test("with a period each link has the clicks of the hours that begin in it", async () => {
  const period = `from=${T0}&to=${new Date(T0 + 2 * HOUR).toISOString()}`;
  const { body } = await call("GET", `/links?program_id=${program}&sort=-clicks&${period}`);
  const counts = body.data.map((l: Record<string, unknown>) => [
    l.code,
    l.clicks,
    l.unique_clicks,
    l.bot_clicks,
    l.last_clicked,
  ]);
  expect(counts.slice(0, 3)).toEqual([
    ["alpha", 4, 3, 1, T0 + 1],
    ["Beta", 2, 1, 4, T0 + 2],
    ["épsilon", 0, 0, 0, T0 + 3],
  ]);
  expect(await codes(`sort=-bot_clicks&limit=1&${period}`)).toEqual(["Beta"]);
  const late = await call("GET", `/links?program_id=${program}&q=alpha&from=${T0 + 1}`);
  expect(late.body.data[0].clicks).toBe(2);
  const early = await call("GET", `/links?program_id=${program}&q=alpha&to=${T0 + 1}`);
  expect(early.body.data[0].clicks).toBe(3);
});

test("a period is compared with the one of equal length just before", async () => {
  const period = `from=${T0 + HOUR}&to=${T0 + 2 * HOUR}`;
  const of = `/links?program_id=${program}&sort=-clicks&limit=3&${period}`;
  const { body } = await call("GET", `${of}&compare=previous`);
  expect(() => pageOf(ListedLink).parse(body)).not.toThrow();
  expect(body.data.map((l: Record<string, unknown>) => [l.code, l.clicks, l.previous])).toEqual([
    ["Beta", 2, { clicks: 0, unique_clicks: 0, bot_clicks: 0 }],
    ["alpha", 1, { clicks: 3, unique_clicks: 2, bot_clicks: 1 }],
    ["épsilon", 0, { clicks: 0, unique_clicks: 0, bot_clicks: 0 }],
  ]);
  const { body: alone } = await call("GET", of);
  expect(alone.data.every((link: object) => !("previous" in link))).toBe(true);
  const csv = (await call("GET", `${of}&compare=previous&format=csv`)).text.split("\r\n");
  expect(csv[0]).toMatch(/,previous_clicks,previous_unique_clicks,previous_bot_clicks$/);
  expect(csv[2]).toMatch(/,3,2,1$/);
  expect((await call("GET", `${of}&format=csv`)).text).not.toContain("previous");
});

// Compared with a whole one, it had lost most of its clicks every morning.
test.each([
  ["that is over", T0 + 10 * HOUR, 3 + 1 + 1],
  ["of which an hour and a half has passed", T0 + 4.5 * HOUR, 3 + 1],
  ["of which nothing has passed", T0 + 2 * HOUR, 0],
])("a period %s is compared with as much of the one before", async (_, now, clicks) => {
  vi.setSystemTime(now);
  onTestFinished(() => void vi.useRealTimers());
  const of = `program_id=${program}&q=alpha&from=${T0 + 3 * HOUR}&to=${T0 + 6 * HOUR}&compare=previous`;
  expect((await call("GET", `/links/totals?${of}`)).body.previous).toMatchObject({ clicks });
  expect((await call("GET", `/links?${of}`)).body.data[0].previous).toMatchObject({ clicks });
});

test("the totals are those of the links that the list shows", async () => {
  const totals = async (parameters: string) => {
    const { status, body } = await call("GET", `/links/totals?program_id=${program}&${parameters}`);
    expect(status).toBe(200);
    expect(() => LinkTotals.parse(body)).not.toThrow();
    return body;
  };
  expect(await totals("")).toEqual({ links: 6, clicks: 23, unique_clicks: 11, bot_clicks: 9 });
  expect(await totals("status=inactive")).toEqual({ links: 1, clicks: 0, unique_clicks: 0, bot_clicks: 7 });
  expect(await totals("q=deals")).toMatchObject({ links: 2, clicks: 13 });
  expect(await totals(`partner_id=${partner}&status=active`)).toMatchObject({ links: 2, clicks: 10 });
  expect(await totals(`from=${T0}&to=${T0 + 2 * HOUR}`)).toEqual({
    links: 6,
    clicks: 6,
    unique_clicks: 4,
    bot_clicks: 5,
  });
  expect(await totals(`from=${T0 + HOUR}`)).toMatchObject({ links: 6, clicks: 4 });
  expect(await totals(`to=${T0 + HOUR}`)).toMatchObject({ links: 6, clicks: 3 });
  const compared = `from=${T0 + HOUR}&to=${T0 + 2 * HOUR}&compare=previous`;
  expect(await totals(compared)).toEqual({
    links: 6,
    clicks: 3,
    unique_clicks: 2,
    bot_clicks: 4,
    previous: { clicks: 3, unique_clicks: 2, bot_clicks: 1 },
  });
  expect(await totals(`${compared}&partner_id=${otherPartner}`)).toMatchObject({
    links: 2,
    clicks: 0,
    previous: { clicks: 0 },
  });
  expect(await totals("q=nothing-is-called-so")).toMatchObject({ links: 0, clicks: 0, bot_clicks: 0 });
});

test("sparklines are the human clicks of each link by day in the zone", async () => {
  // Thirteen hours ahead: the clicks of 10 January, 12:00 UTC and later, are of the 11th.
  const { status, body } = await call(
    "GET",
    `/links/sparklines?ids=${linkId.Beta},${linkId.alpha},999999&days=3&timezone=Pacific/Fakaofo&to=2026-01-12`,
  );
  expect(status).toBe(200);
  expect(() => Sparklines.parse(body)).not.toThrow();
  expect(body).toEqual({
    days: [9, 10, 11].map((day) => Date.UTC(2026, 0, day) - 13 * HOUR),
    data: [
      { link_id: linkId.Beta, clicks: [0, 0, 2] },
      { link_id: linkId.alpha, clicks: [0, 0, 5] },
    ],
  });
  const cut = await call("GET", `/links/sparklines?ids=${linkId.alpha}&days=2&to=${T0 + HOUR}`);
  expect(cut.body.data).toEqual([{ link_id: linkId.alpha, clicks: [0, 3] }]);
  const own = await call(
    "GET",
    `/links/sparklines?ids=${linkId.alpha},${linkId.delta}&partner_id=${partner}`,
  );
  expect(own.body.data.map((row: { link_id: number }) => row.link_id)).toEqual([linkId.alpha]);
  expect(own.body.days).toHaveLength(30);
  expect(own.body.days.at(-1)).toBeLessThanOrEqual(Date.now());
  expect(own.body.days.at(-1)).toBeGreaterThan(Date.now() - 24 * HOUR);
});

test.each([
  ["/links?compare=previous", "compare", "compare needs from and to"],
  ["/links?compare=previous&from=1", "compare", "compare needs from and to"],
  ["/links/totals?compare=last&from=1&to=2", "compare", "compare must be one of: previous"],
  ["/links/totals?from=2&to=1", "from", "from must not be after to"],
  ["/links/totals?sort=code", "sort", "sort is not a field of this request"],
  ["/links/sparklines", "ids", "ids is required"],
  ["/links/sparklines?ids=", "ids", "ids must be link ids with commas between them"],
  ["/links/sparklines?ids=1,a", "ids", "ids must be link ids with commas between them"],
  [
    `/links/sparklines?ids=${Array.from({ length: 101 }, (_, i) => i)}`,
    "ids",
    "ids must be 100 ids or fewer",
  ],
  ["/links/sparklines?ids=1&days=93", "days", "days must be 92 or less"],
])("%s is refused, naming %s", async (path, field, error) => {
  const { status, body } = await call("GET", path);
  expect(body).toEqual({ error, field });
  expect(status).toBe(400);
});

test("however many clicks a period has, a list of links reads two rows of it for each", async () => {
  const from = Date.UTC(2025, 3, 1);
  await env.DB.prepare(
    `INSERT INTO link_hours SELECT ?1, ?2 + value, 1, 1, 0, 1 + value, 1 + value, 0 FROM json_each(?3)`,
  )
    .bind(linkId.delta, from / HOUR, JSON.stringify(Array.from({ length: 3000 }, (_, i) => i)))
    .run();
  const { db, read } = metered(env.DB);
  const path = `/links?program_id=${program}&sort=-clicks&from=${from + 10 * HOUR}&to=${from + 2900 * HOUR}`;
  const { body } = await callWith({ DB: db }, "GET", path);
  expect(body.data[0]).toMatchObject({ code: "delta", clicks: 2890 });
  expect(read()).toBeLessThan(150);
});

test.each([
  ["q=ALPH", ["alpha"]],
  ["q=deals", ["épsilon", "delta"]],
  [`q=${encodeURIComponent("shop.example/4")}`, ["Beta"]],
  ["q=%25", []],
  [`q=${"x".repeat(200)}`, []],
  ["q=", ["épsilon", "delta", "gamma", "Beta", "alpha", "avantlink"]],
  ["status=inactive", ["gamma"]],
  ["status=active&q=bet", ["Beta"]],
  ["status=active&q=gamma", []],
])("links are found by %s", async (parameters, expected) => {
  expect(await codes(parameters)).toEqual(expected);
});

test("links are listed by partner, and of all programs", async () => {
  const of = await call("GET", `/links?partner_id=${otherPartner}`);
  expect(of.body.data.map((link: { code: string }) => link.code)).toEqual(["épsilon", "delta"]);
  const elsewhere = (await call("POST", "/programs", SHOP)).body.id;
  const everywhere = await call("GET", "/links");
  expect(new Set(everywhere.body.data.map((link: { program_id: number }) => link.program_id))).toEqual(
    new Set([program, elsewhere]),
  );
  expect((await call("GET", "/links?program_id=987654")).body).toEqual({ data: [], next_cursor: null });
});

test.each([
  ["limit=0", "limit", "limit must be 1 or more"],
  ["limit=1001", "limit", "limit must be 1000 or less"],
  ["limit=ten", "limit", "limit must be a whole number"],
  ["limit=1.5", "limit", "limit must be a whole number"],
  ["program_id=", "program_id", "program_id must be a whole number"],
  ["program_id=-1", "program_id", "program_id must be a whole number"],
  ["program_id=9999999999999999", "program_id", /^program_id must be 9007199254740991 or less$/],
  ["progam_id=1", "progam_id", "progam_id is not a field of this request"],
  ["limit=1&limit=2", "limit", "limit is given more than once"],
  ["status=on", "status", "status must be one of: active, inactive"],
  ["sort=name", "sort", /^sort must be one of: code, /],
  ["sort=--clicks", "sort", /^sort must be one of: code, /],
  ["from=yesterday", "from", /^from must be unix milliseconds or ISO 8601/],
  ["to=2026-02-31", "to", /^to must be unix milliseconds or ISO 8601/],
  ["from=2&to=1", "from", "from must not be after to"],
  ["format=xml", "format", "format must be one of: json, csv"],
  [`q=${"x".repeat(201)}`, "q", "q must be 200 characters or fewer"],
  ["cursor=abc", "cursor", "cursor is not of this list and sort"],
  ["cursor=%F0%9F%92%A5", "cursor", "cursor is not of this list and sort"],
  ["__proto__=1", "__proto__", "__proto__ is not a field of this request"],
])("a list asked for with %s is refused, naming %s", async (parameters, field, error) => {
  const { status, body } = await call("GET", `/links?${parameters}`);
  expect(body).toEqual({ error: typeof error === "string" ? error : expect.stringMatching(error), field });
  expect(status).toBe(400);
});

test("a cursor of one sort or list is not taken for another's", async () => {
  const { body } = await call("GET", "/links?sort=clicks&limit=1");
  for (const path of ["/links?sort=-clicks", "/links", "/partners", "/programs", "/clicks"]) {
    const answer = await call("GET", `${path}${path.includes("?") ? "&" : "?"}cursor=${body.next_cursor}`);
    expect(answer.body.field).toBe("cursor");
  }
});

// SQLite's lower() knows ASCII alone.
test.each(["müller & söhne", "MÜLLER & SÖHNE", "Müller & SÖHNE", "ller & s"])(
  "a name of other letters is found as %s, among links and partners",
  async (q) => {
    const names = ["Müller & Söhne", "MÜLLER & SÖHNE", "Möller & Söhne"];
    const codes = names.map((_, i) => `${q.length}-${q.charCodeAt(1)}-${q.charCodeAt(9)}-${i}`);
    for (const [i, name] of names.entries()) {
      const partner_id = (await call("POST", "/partners", { name })).body.id;
      const destination_url = "https://shop.example/";
      await call("POST", "/links", { program_id: program, partner_id, code: codes[i], destination_url });
    }
    const wanted = q === "ller & s" ? codes : codes.slice(0, 2);
    const links = await call("GET", `/links?sort=code&q=${encodeURIComponent(q)}&limit=1000`);
    const found = links.body.data.map(({ code }: { code: string }) => code);
    expect(found.filter((code: string) => codes.includes(code))).toEqual(wanted);
    const partners = await call("GET", `/partners?q=${encodeURIComponent(q)}&limit=1000`);
    expect(new Set(partners.body.data.map(({ name }: { name: string }) => name)).size).toBe(wanted.length);
    const long = await call("GET", `/links?q=${encodeURIComponent("абвгдежзийклмнопрстуфхцчшщъыьэюяąčęė")}`);
    expect(long.body.data).toEqual([]);
  },
);

test("programs and partners are paged too, and partners searched", async () => {
  for (const path of ["/programs", "/partners"]) {
    const whole = (await call("GET", path)).body;
    expect(whole.data.length).toBeGreaterThan(1);
    const first = (await call("GET", `${path}?limit=1`)).body;
    const rest = (await call("GET", `${path}?cursor=${first.next_cursor}`)).body;
    expect([...first.data, ...rest.data]).toEqual(whole.data);
    expect(rest.next_cursor).toBeNull();
  }
  const found = await call("GET", "/partners?q=DEALS");
  expect(found.body.data.map((found: { name: string }) => found.name)).toEqual(["Über Deals"]);
});
