/** Links out of a CSV file: every row is checked as a single call would be, and what is good is written together. */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { csvRecord } from "../../worker/reports/csv.ts";
import { jsonChunks } from "../../worker/reports/json-chunks.ts";
import { readTable } from "../../worker/reports/link-import/table.ts";
import { call, callWith, programAndPartner } from "./support/call.ts";

let program_id: number;
let partner_id: number;
let number = 0;

beforeEach(async () => {
  ({ program_id, partner_id } = await programAndPartner());
});

const importing = (csv: string | ReadableStream, dry = false) =>
  call("POST", `/links/import?program_id=${program_id}${dry ? "&dry_run=1" : ""}`, csv);

/** A code that no other test has. */
const fresh = (name = "C") => `${name}${++number}`;

async function link(code: string, more: object = {}) {
  const given = { program_id, partner_id, code, destination_url: "https://shop.example/", ...more };
  const { status, body } = await call("POST", "/links", given);
  expect(status).toBe(201);
  return body;
}

async function stored(code: string) {
  const { body } = await call("GET", `/links?program_id=${program_id}&q=${encodeURIComponent(code)}`);
  return body.data.find((each: { code: string }) => each.code === code);
}

const linksStored = () => env.DB.prepare("SELECT COUNT(*) AS n FROM referral_links").first<number>("n");

test("new links are made, known ones changed or left, and each row says which", async () => {
  const [a, b, c] = [fresh(), fresh(), fresh()];
  const before = await link(b, { everflow: { offer_id: 1001, affiliate_id: 1, sub2: "keep" } });
  await link(c);
  const csv = [
    "code,destination_url,partner_id,status,everflow_offer_id,everflow_affiliate_id,sub1,creative_id",
    `${a},https://shop.example/a,${partner_id},inactive,1002,7,spring,5`,
    `${b},https://www.shop.example/b,,,1001,1,new,`,
    `${c},,,,,,,`,
  ].join("\n");
  const { status, body } = await importing(csv);
  expect(status).toBe(200);
  expect(body).toEqual({
    dry_run: false,
    created: 1,
    updated: 1,
    unchanged: 1,
    failed: 0,
    ignored_columns: [],
    rows: [
      { line: 2, code: a, action: "create", errors: [] },
      { line: 3, code: b, action: "update", errors: [] },
      { line: 4, code: c, action: "unchanged", errors: [] },
    ],
  });
  expect(await stored(a)).toMatchObject({
    kind: "partner",
    program_id,
    partner_id,
    destination_url: "https://shop.example/a",
    status: "inactive",
    everflow: { offer_id: 1002, affiliate_id: 7, sub1: "spring", creative_id: 5 },
    clicks: 0,
  });
  expect(await stored(b)).toEqual({
    ...before,
    destination_url: "https://www.shop.example/b",
    everflow: { offer_id: 1001, affiliate_id: 1, sub1: "new", sub2: "keep" },
    updated_at: expect.any(Number),
  });
  const row = await env.DB.prepare("SELECT * FROM referral_links WHERE code = ?").bind(a).first();
  expect(row).toMatchObject({ everflow_offer_id: 1002, everflow_affiliate_id: 7 });
  expect(row!.created_at).toBeGreaterThan(1_700_000_000_000);
});

test("a preview answers the same and writes nothing", async () => {
  const [a, b] = [fresh(), fresh()];
  const before = await link(b);
  const csv = `code,destination_url,partner_id\n${a},https://shop.example/a,${partner_id}\n${b},https://shop.example/x,\n,,1`;
  const count = await linksStored();
  const preview = await importing(csv, true);
  expect(await linksStored()).toBe(count);
  expect(await stored(b)).toEqual(before);
  const done = await importing(csv);
  expect(preview.body).toEqual({ ...done.body, dry_run: true });
  expect(done.body).toMatchObject({ created: 1, updated: 1, failed: 1 });
  expect((await importing(csv)).body).toMatchObject({ created: 0, updated: 0, unchanged: 2, failed: 1 });
});

test("the CSV that the list gives can come back as it is", async () => {
  const hostile = `=cmd|' /C calc'!A${++number}`;
  await link(hostile, { everflow: { offer_id: 1010, affiliate_id: 1, sub1: "stays" } });
  await link(`'=${fresh("quoted")}`);
  await link(`''@${fresh()}`, { status: "inactive" });
  await link(`with "quotes", commas; ${fresh()} é`);
  const partner = await call("POST", "/partners", { name: '-Minus, "and" quotes' });
  await link(fresh(), { partner_id: partner.body.id });
  // An address that has since left the program's domains is no fault of the file.
  const gone = fresh();
  await link(gone);
  await env.DB.prepare("UPDATE referral_links SET destination_url = 'https://old.example/' WHERE code = ?")
    .bind(gone)
    .run();
  const exported = await call("GET", `/links?format=csv&program_id=${program_id}`);
  const before = (await call("GET", `/links?program_id=${program_id}`)).body;

  const { body } = await importing(exported.text);
  expect(body).toMatchObject({ created: 0, updated: 0, unchanged: 7, failed: 0 });
  expect(body.rows.map(({ code }: { code: string }) => code)).toContain(hostile);
  expect(body.rows.map(({ code }: { code: string }) => code)).toContain("avantlink");
  expect(body.ignored_columns).toEqual([
    "id",
    "kind",
    "clicks",
    "unique_clicks",
    "bot_clicks",
    "last_clicked",
    "created_at",
    "updated_at",
  ]);
  expect((await call("GET", `/links?program_id=${program_id}`)).body).toEqual(before);

  const changed = exported.text.replace("https://shop.example/,active", "https://shop.example/,inactive");
  expect((await importing(changed)).body).toMatchObject({ updated: 1, unchanged: 6, failed: 0 });
});

test.each([
  ["with a byte order mark", (csv: string) => `\ufeff${csv}`],
  ["with CRLF", (csv: string) => csv.replaceAll("\n", "\r\n")],
  ["with CR alone", (csv: string) => csv.replaceAll("\n", "\r")],
  ["with semicolons", (csv: string) => csv.replaceAll(",", ";")],
  ["with every field quoted", (csv: string) => csv.replaceAll(/[^,\n]+/g, '"$&"')],
  [
    "with blanks, capitals and empty lines",
    (csv: string) => csv.replace("code,", " Code ,").replaceAll("\n", "\n\n"),
  ],
  ["with a line end at its end", (csv: string) => `${csv}\n`],
  ["with another order of columns", (csv: string) => csv.replaceAll(/^(.*?),(.*?),(.*)$/gm, "$3,$1,$2")],
])("a file %s is read", async (_, change) => {
  const code = fresh();
  const csv = `code,destination_url,partner_id\n${code},https://shop.example/ü,${partner_id}`;
  expect((await importing(change(csv))).body).toMatchObject({ created: 1, failed: 0 });
  expect(await stored(code)).toMatchObject({ destination_url: "https://shop.example/ü", partner_id });
});

// The default export is of all programs: every row of another one was an error.
test("an export of three programs can come back into each of them, and changes what is that program's", async () => {
  const programs = [program_id];
  for (let i = 0; i < 2; i++) programs.push((await programAndPartner()).program_id);
  const codes = programs.map(() => fresh());
  for (const [i, program_id] of programs.entries()) {
    await link(codes[i]!, { program_id });
  }
  const { text } = await call("GET", "/links?format=csv");
  const changed = text.replaceAll("https://shop.example/,active", "https://shop.example/,inactive");
  for (const [i, into] of programs.entries()) {
    const { status, body } = await call("POST", `/links/import?program_id=${into}`, changed);
    expect(status).toBe(200);
    expect(body.failed).toBe(0);
    expect(body.ignored_columns).not.toContain("program_id");
    const rows = body.rows.filter(({ action }: { action: string }) => action === "update");
    expect(rows.map(({ code }: { code: string }) => code)).toEqual([codes[i]]);
    const other = body.rows.find(({ code }: { code: string }) => code === codes[(i + 1) % 3]);
    const of = programs[(i + 1) % 3];
    const errors = [{ field: "program_id", error: `belongs to program ${of}: it is left as it is` }];
    expect(other).toMatchObject({ action: "unchanged", errors });
    expect((await importing(changed)).body.failed).toBe(0);
  }
  const none = await importing(
    `code,program_id,destination_url,partner_id\n${fresh()},x,https://shop.example/,${partner_id}`,
  );
  expect(none.body.rows[0]).toMatchObject({ action: "error", errors: [{ field: "program_id" }] });
});

test("any text comes through a file as it was, but for blanks around it", () => {
  const text = fc.string({ unit: "binary" }).map((value) => value.replace(/[\r\n]+/g, " "));
  const rows = fc.array(fc.array(text, { minLength: 3, maxLength: 3 }), { maxLength: 5 });
  fc.assert(
    fc.property(rows, (values) => {
      const table = readTable(csvRecord(["a", "b", "c"]) + values.map(csvRecord).join(""));
      const expected = values
        .map((row) => row.map((value) => value.trim()))
        .filter(
          (row, i) =>
            row.some((cell) => cell !== "") || values[i]!.some((cell) => csvRecord([cell]).trim() !== ""),
        );
      expect("rows" in table && table.rows.map(({ cells }) => Object.values(cells))).toEqual(expected);
    }),
  );
});

test("a partner is known by name, where only one has it", async () => {
  const name = `Trail "Blog" ${fresh()}`;
  const partner = (await call("POST", "/partners", { name })).body.id;
  await call("POST", "/partners", { name: "Twin" });
  await call("POST", "/partners", { name: "Twin" });
  const [a, b, c] = [fresh(), fresh(), fresh()];
  const url = "https://shop.example/";
  const csv = `code,destination_url,partner_name\n${csvRecord([a, url, name])}${b},${url},Twin\n${c},${url},Nobody\n`;
  const { body } = await importing(csv);
  expect(body.rows).toMatchObject([
    { action: "create" },
    { errors: [{ field: "partner_name", error: "partner_name is several partners': give the partner_id" }] },
    { errors: [{ field: "partner_name", error: "partner_name is no partner's" }] },
  ]);
  expect((await stored(a)).partner_id).toBe(partner);
});

describe("a row with an error is told so and not written, the others are:", () => {
  const HEADER = "code,destination_url,partner_id,status,everflow_offer_id,everflow_affiliate_id,sub1,uid";
  const CASES: [string, (given: { known: string; foreign: string }) => string, [string, string][]][] = [
    ["no code", () => ",https://shop.example/,P,,,,,", [["code", "code is required"]]],
    [
      "a long code",
      () => `${"x".repeat(129)},https://shop.example/,P,,,,,`,
      [["code", "code must be 128 characters or fewer"]],
    ],
    [
      "the reserved code",
      () => "AvantLink,https://shop.example/,P,,,,,",
      [["code", "code is reserved: avantlink"]],
    ],
    ["no destination", () => "NEW,,P,,,,,", [["destination_url", "destination_url is required"]]],
    [
      "no address",
      () => "NEW,/p,P,,,,,",
      [["destination_url", "destination_url must be an http or https URL"]],
    ],
    [
      "a foreign host",
      () => "NEW,https://evil.example/,P,,,,,",
      [["destination_url", "destination_url must be on one of the program's domains"]],
    ],
    ["no partner", () => "NEW,https://shop.example/,,,,,,", [["partner_id", "partner_id is required"]]],
    [
      "an unknown partner",
      () => "NEW,https://shop.example/,999999,,,,,",
      [["partner_id", "partner_id is no partner's"]],
    ],
    ["no number", () => "NEW,https://shop.example/,x,,,,,", [["partner_id", "partner_id must be a number"]]],
    [
      "another status",
      () => "NEW,https://shop.example/,P,paused,,,,",
      [["status", "status must be one of: active, inactive"]],
    ],
    [
      "half an offer",
      () => "NEW,https://shop.example/,P,,5,,,",
      [["everflow_affiliate_id", "everflow_affiliate_id is required"]],
    ],
    [
      "a sub without an offer",
      () => "NEW,https://shop.example/,P,,,,s,",
      [
        ["everflow_offer_id", "everflow_offer_id is required"],
        ["everflow_affiliate_id", "everflow_affiliate_id is required"],
      ],
    ],
    ["no whole number", () => "NEW,https://shop.example/,P,,5,6,,1.5", [["uid", "uid must be a number"]]],
    [
      "another program's code",
      ({ foreign }) => `${foreign},https://shop.example/,P,,,,,`,
      [["code", "code is taken by another link"]],
    ],
    [
      "another partner",
      ({ known }) => `${known},,999999,,,,,`,
      [["partner_id", "partner_id of a link cannot be changed: it is P"]],
    ],
    [
      "a known link's foreign host",
      ({ known }) => `${known},https://evil.example/,,,,,,`,
      [["destination_url", "destination_url must be on one of the program's domains"]],
    ],
    [
      "the built-in link's destination",
      () => "avantlink,https://shop.example/x,,,,,,",
      [
        [
          "destination_url",
          "destination_url of the built-in link is its program's landing_url: change it there",
        ],
      ],
    ],
    [
      "all at once",
      () => "NEW,x,999999,on,,,,",
      [
        ["destination_url", "destination_url must be an http or https URL"],
        ["status", "status must be one of: active, inactive"],
        ["partner_id", "partner_id is no partner's"],
      ],
    ],
    [
      "too few cells",
      ({ known }) => `${known},https://shop.example/`,
      [["row", "the row has 2 cells, the header 8"]],
    ],
    [
      "too many cells",
      () => "NEW,https://shop.example/,P,,,,,,x",
      [["row", "the row has 9 cells, the header 8"]],
    ],
  ];
  test.each(CASES)("%s", async (_, row, errors) => {
    const known = (await link(fresh())).code;
    const own = program_id;
    const foreign = fresh();
    program_id = (await programAndPartner()).program_id;
    await link(foreign);
    program_id = own;
    const good = fresh();
    const name = (text: string) => text.replace(/\bP\b/, String(partner_id)).replace("NEW", `NEW${number}`);
    const csv = `${HEADER}\n${name(row({ known, foreign }))}\n${good},https://shop.example/,${partner_id},,,,,`;
    const before = await linksStored();
    const { body } = await importing(csv);
    expect(body.rows[0]).toMatchObject({
      line: 2,
      action: "error",
      errors: errors.map(([field, error]) => ({ field, error: error.replace(/\bP$/, String(partner_id)) })),
    });
    expect(body).toMatchObject({ created: 1, updated: 0, failed: 1 });
    expect(await linksStored()).toBe(before! + 1);
    expect((await stored(known)).destination_url).toBe("https://shop.example/");
  });
});

test("a code or an offer that the file has twice counts once, with the line of the first", async () => {
  const [a, b, c] = [fresh(), fresh(), fresh()];
  const rest = `https://shop.example/,${partner_id},1020,`;
  const csv = [
    "code,destination_url,partner_id,everflow_offer_id,everflow_affiliate_id",
    `"${a}",${rest}1`,
    `${b},${rest}1`,
    `${a},${rest}2`,
    `${c},${rest}2`,
  ].join("\n");
  const { body } = await importing(csv);
  expect(
    body.rows.map(({ action, errors }: { action: string; errors: unknown[] }) => [action, errors]),
  ).toEqual([
    ["create", []],
    [
      "error",
      [{ field: "everflow_offer_id", error: "everflow offer_id and affiliate_id are those of line 2" }],
    ],
    ["error", [{ field: "code", error: "code stands in line 2 already" }]],
    ["create", []],
  ]);
});

test("an offer of another link is refused, the link's own is not", async () => {
  const [a, b] = [fresh(), fresh()];
  await link(a, { everflow: { offer_id: 1030, affiliate_id: 1 } });
  await link(b, { everflow: { offer_id: 1030, affiliate_id: 2 } });
  const header = "code,everflow_offer_id,everflow_affiliate_id,sub1";
  const { body } = await importing(`${header}\n${a},1030,2,\n${b},1030,2,x`);
  expect(body.rows).toMatchObject([
    {
      errors: [
        { field: "everflow_offer_id", error: "everflow offer_id and affiliate_id are those of another link" },
      ],
    },
    { action: "update" },
  ]);
});

test("blank Everflow cells take a link's offer away, and what Everflow made for another offer goes", async () => {
  const [a, b] = [fresh(), fresh()];
  await link(a, { everflow: { offer_id: 1040, affiliate_id: 1, sub1: "x" } });
  await link(b, { everflow: { offer_id: 1041, affiliate_id: 1 } });
  await env.DB.prepare(
    "UPDATE referral_links SET everflow_tracking_url = 'https://t.example/' WHERE code IN (?, ?)",
  )
    .bind(a, b)
    .run();
  const { body } = await importing(
    `code,everflow_offer_id,everflow_affiliate_id,status\n${a},,,\n${b},1041,1,inactive`,
  );
  expect(body).toMatchObject({ updated: 2, failed: 0 });
  expect(await stored(a)).toMatchObject({ everflow: null, everflow_tracking_url: null });
  expect(await stored(b)).toMatchObject({ status: "inactive", everflow_tracking_url: "https://t.example/" });
  const row = await env.DB.prepare("SELECT * FROM referral_links WHERE code = ?").bind(a).first();
  expect(row).toMatchObject({ everflow_offer_id: null, everflow_affiliate_id: null });
});

test.each([
  ["is empty", "", "body is empty: its first row names the columns"],
  ["has no column code", "a,b\n1,2", "body has no column code in its first row"],
  ["has a column twice", "code,sub1,SUB1\n1,2,3", "body has the column sub1 twice"],
  [
    "has an open quote",
    'code,uid\na,1\nb,"2\nc,3',
    "body has a quote in line 3 that ends nowhere, or inside a value: write it twice",
  ],
  [
    "has a quote inside a value",
    'code,uid\na,"b"c"',
    "body has a quote in line 2 that ends nowhere, or inside a value: write it twice",
  ],
])("a file that %s is refused as a whole", async (_, csv, error) => {
  const before = await linksStored();
  expect(await importing(csv)).toMatchObject({ status: 400, body: { error, field: "body" } });
  expect(await linksStored()).toBe(before);
});

test("a file that is not UTF-8 is refused, before a name comes in mangled", async () => {
  const latin1 = Uint8Array.from("code,sub1\nA,caf\u00e9", (char) => char.charCodeAt(0));
  expect(await importing(new Response(latin1).body!)).toMatchObject({
    status: 400,
    body: { error: "body must be UTF-8: save the file as CSV UTF-8", field: "body" },
  });
});

test("5,000 rows are taken at once, in a few queries; 5,001 are not, nor 2 MiB and a byte", async () => {
  const head = "code,destination_url,partner_id,everflow_offer_id,everflow_affiliate_id,sub1\n";
  const mark = fresh("bulk");
  const row = (i: number) =>
    `${mark}-${i},https://shop.example/é/${i},${partner_id},2000,${i + 1},${"s".repeat(300)}\n`;
  const rows = Array.from({ length: 5000 }, (_, i) => row(i)).join("");
  const { db, batches } = counted(env.DB);
  const path = `/links/import?program_id=${program_id}`;
  const made = await callWith({ DB: db }, "POST", path, head + rows);
  expect(made.status).toBe(200);
  expect(made.body).toMatchObject({ created: 5000, failed: 0 });
  expect(await stored(`${mark}-4999`)).toMatchObject({ destination_url: "https://shop.example/é/4999" });
  expect(batches.length).toBe(3);
  expect(Math.max(...batches)).toBeLessThan(20);

  const many = await importing(`${head}${rows}${row(5000)}`);
  expect(many).toMatchObject({
    status: 400,
    body: { error: "body must have 5000 rows or fewer", field: "body" },
  });
  const large = await importing(head + "x".repeat(2 * 1024 * 1024));
  expect(large).toMatchObject({ status: 413, body: { field: "body" } });
  expect(await stored(`${mark}-5000`)).toBeUndefined();
});

test("a link that another manager makes meanwhile ends the import, and nothing of it is written", async () => {
  const [a, b] = [fresh(), fresh()];
  let calls = 0;
  const db = {
    prepare: (text: string) => env.DB.prepare(text),
    batch: async (statements: D1PreparedStatement[]) => {
      if (++calls === 2) await link(b);
      return env.DB.batch(statements);
    },
  } as unknown as D1Database;
  const csv = `code,destination_url,partner_id\n${a},https://shop.example/,${partner_id}\n${b},https://shop.example/,${partner_id}`;
  const refused = await callWith({ DB: db }, "POST", `/links/import?program_id=${program_id}`, csv);
  expect(refused).toMatchObject({
    status: 409,
    body: { error: "code is taken by another link", field: "code" },
  });
  expect(await stored(a)).toBeUndefined();
});

test("an import needs a program that there is", async () => {
  const csv = "code\nA";
  expect(await call("POST", "/links/import?program_id=999999", csv)).toMatchObject({
    status: 400,
    body: { error: "program_id is no program's", field: "program_id" },
  });
  expect((await call("POST", "/links/import", csv)).body.error).toBe("program_id is required");
  expect((await call("POST", `/links/import?program_id=${program_id}&dry_run=yes`, csv)).body.field).toBe(
    "dry_run",
  );
});

test("what is bound to a statement stays below what D1 takes, however wide its characters are", () => {
  const values = Array.from({ length: 100 }, (_, i) => `${i} ${"é".repeat(2000)}`);
  const chunks = jsonChunks(values, 50_000);
  expect(chunks.length).toBeGreaterThan(20);
  for (const chunk of chunks) expect(new TextEncoder().encode(chunk).length).toBeLessThan(50_100);
  expect(chunks.flatMap((chunk) => JSON.parse(chunk))).toEqual(values);
  expect(jsonChunks([])).toEqual([]);
});

/** A D1 that notes how many statements each batch has. */
function counted(db: D1Database): { db: D1Database; batches: number[] } {
  const batches: number[] = [];
  const counting = {
    prepare: (text: string) => db.prepare(text),
    batch: (statements: D1PreparedStatement[]) => {
      batches.push(statements.length);
      return db.batch(statements);
    },
  };
  return { db: counting as unknown as D1Database, batches };
}
