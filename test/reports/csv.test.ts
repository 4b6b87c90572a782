import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { csvRecord, plainCell } from "../../worker/reports/csv.ts";
import { call, programAndPartner } from "./support/call.ts";
import { insertClick } from "./support/rows.ts";

test.each([
  ["=1+1", "'=1+1"],
  ['=HYPERLINK("https://evil.example","x")', '"\'=HYPERLINK(""https://evil.example"",""x"")"'],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\tx", "'\tx"],
  ["\t=1", "'\t'=1"],
  ["\r=1", "\"'\r'=1\""],
  ["\n=1", "\"'\n'=1\""],
  ["x;=1+1;y", "x;'=1+1;y"],
  ["x\t +1", "x\t '+1"],
  ["x\n@SUM(A1)", '"x\n\'@SUM(A1)"'],
  ["x;\uff1d1; -1;a", "x;'\uff1d1; '-1;a"],
  ['x;"=1', '"x;""\'=1"'],
  ["x;'=1", "x;''=1"],
  ["x; y=1-1", "x; y=1-1"],
  ["x =1", "x =1"],
  ["  =1", "'  =1"],
  ["\uff1d1", "'\uff1d1"],
  ["a=1", "a=1"],
  ["'=1", "''=1"],
  ["'a", "'a"],
  ["a,b", '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ["two\nlines", '"two\nlines"'],
  ["é", "é"],
  ["", ""],
  [null, ""],
  [undefined, ""],
  [-5, "-5"],
  [true, "true"],
  [{ a: "=1" }, '"{""a"":""=1""}"'],
])("the cell %j is written so that no spreadsheet runs it: %j", (value, cell) => {
  expect(csvRecord([value])).toBe(`${cell}\r\n`);
});

test.each([
  "=1",
  "'=1",
  "''=1",
  "\t=1",
  "'\t'=1",
  "x;=1+1;y",
  "x;'=1; ''-1",
  ";=1",
  "';'=1",
  'x;"=1\n"\t@y',
  "x;y",
  "'a",
])("the cell %j comes back as it was", (text) => {
  const written = csvRecord([text]).slice(0, -2);
  const cell = written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written;
  expect(plainCell(cell)).toBe(text);
});

test("a hostile code and a hostile page title come out of the CSV as text", async () => {
  const ids = await programAndPartner();
  const { program_id, partner_id } = ids;
  const code = "=cmd|' /C calc'!A0";
  const link = await call("POST", "/links", {
    program_id,
    partner_id,
    code,
    destination_url: "https://shop.example/",
  });
  const at = Date.UTC(2026, 0, 1);
  await insertClick(
    { at, link_id: link.body.id, program_id, partner_id },
    { page_title: '@x,"y"', ip: "203.0.113.1" },
  );

  const links = await call("GET", "/links?format=csv&sort=code&q=cmd");
  expect(links.status).toBe(200);
  expect(links.headers.get("Content-Type")).toMatch(/^text\/csv; charset=utf-8/);
  expect(links.headers.get("Content-Disposition")).toBe('attachment; filename="clickferry-links.csv"');
  const [header, row, end] = links.text.split("\r\n");
  expect(header).toMatch(/^id,kind,code,program_id,/);
  expect(row).toContain(
    `,'=cmd|' /C calc'!A0,${program_id},${partner_id},A partner,https://shop.example/,active,,,0,0,0,,`,
  );
  expect(row).toMatch(/,\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  expect(end).toBe("");

  const clicks = await call("GET", "/clicks?format=csv");
  expect(clicks.text).toContain(`"'@x,""y"""`);
  expect(clicks.text).toContain("2026-01-01T00:00:00.000Z");
});

test("without a limit the CSV is the whole list, however many pages it takes", async () => {
  const { program_id, partner_id } = await programAndPartner();
  const count = 10_500;
  await env.DB.prepare(
    `INSERT INTO referral_links (code, program_id, partner_id, destination_url, created_at, updated_at)
     SELECT 'bulk' || value, ?1, ?2, 'https://shop.example/', 1, 1 FROM json_each(?3)`,
  )
    .bind(program_id, partner_id, JSON.stringify(Array.from({ length: count }, (_, i) => i)))
    .run();
  const whole = await call("GET", `/links?format=csv&partner_id=${partner_id}&sort=code`);
  const codes = whole.text
    .split("\r\n")
    .slice(1, -1)
    .map((line) => line.split(",")[2]);
  expect(codes.length).toBe(count);
  expect(new Set(codes).size).toBe(count);
  expect(codes).toEqual([...codes].sort());

  const page = await call("GET", `/links?format=csv&partner_id=${partner_id}&sort=code&limit=2`);
  expect(page.text.split("\r\n").length).toBe(4);
  const cursor = page.headers.get("X-Next-Cursor");
  const next = await call(
    "GET",
    `/links?format=csv&partner_id=${partner_id}&sort=code&limit=1&cursor=${cursor}`,
  );
  expect(next.text.split("\r\n")[1]!.split(",")[2]).toBe(codes[2]);
});

test("every list can be had as CSV, also empty", async () => {
  for (const path of ["/programs", "/partners", "/links", "/clicks", "/stats", "/breakdown?by=country"]) {
    const answer = await call("GET", `${path}${path.includes("?") ? "&" : "?"}format=csv`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Content-Type")).toMatch(/^text\/csv/);
  }
  const none = await call("GET", "/links?format=csv&program_id=424242");
  expect(none.text.split("\r\n").length).toBe(2);
  expect((await call("GET", "/partners?format=csv")).text).not.toMatch(/hash|[0-9a-f]{64}/);
});
