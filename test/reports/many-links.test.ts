/** A list of very many links, read page after page: each link once, and in order, by whatever it is sorted. */
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { call, programAndPartner } from "./support/call.ts";

/** More than two of the pages that a whole CSV is read in. */
const LINKS = 12_000;
const HOUR = 3_600_000;
const T0 = Date.UTC(2026, 0, 1);

beforeAll(async () => {
  const { program_id, partner_id } = await programAndPartner();
  await env.DB.prepare("DELETE FROM referral_links").run();
  // Few values of each column, so that a page nearly always ends amid equal ones.
  await env.DB.prepare(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?3)
     INSERT INTO referral_links (id, code, program_id, partner_id, destination_url, status, clicks, unique_clicks,
       bot_clicks, last_clicked, created_at, updated_at)
     SELECT i, 'code' || i, ?1, iif(i % 3, ?2, 999), 'https://shop.example/' || i % 7, iif(i % 5, 'active', 'inactive'),
       i % 4, i % 3, i % 2, iif(i % 6, 1 + i % 11, NULL), i % 13, 0 FROM n`,
  )
    .bind(program_id, partner_id, LINKS)
    .run();
  await env.DB.prepare(
    `INSERT INTO link_hours SELECT id, ?1, clicks, unique_clicks, bot_clicks, clicks, unique_clicks, bot_clicks
     FROM referral_links`,
  )
    .bind(T0 / HOUR)
    .run();
});

const PERIOD = `&from=${T0}&to=${T0 + HOUR}&compare=previous`;

test.each([
  "code",
  "-partner_name",
  "destination_url",
  "-status",
  `-clicks${PERIOD}`,
  `bot_clicks${PERIOD}`,
  "last_clicked",
  "-created_at",
])("sorted by %s, every link is there once, in order", async (sort) => {
  const { text } = await call("GET", `/links?format=csv&sort=${sort}`);
  const [header, ...rows] = text
    .trimEnd()
    .split("\r\n")
    .map((line) => line.split(","));
  const [, descending, name] = /^(-?)(\w+)/.exec(sort)!;
  const column = header!.indexOf(name!);
  const keys = rows.map((row) => row[column]!);
  const numeric = name!.endsWith("clicks");
  const sign = descending ? -1 : 1;
  const id = (row: string[]) => Number(row[0]);
  const ordered = rows.every((row, i) => {
    if (i === 0) return true;
    const [a, b] = [keys[i - 1]!, keys[i]!];
    const apart = numeric ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0;
    return apart * sign < 0 || (apart === 0 && (id(rows[i - 1]!) - id(row)) * sign < 0);
  });
  expect(ordered).toBe(true);
  expect(new Set(rows.map(id)).size).toBe(LINKS);
  expect(rows.length).toBe(LINKS);
});
