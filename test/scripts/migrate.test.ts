import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Miniflare } from "miniflare";
import { afterAll, expect, test } from "vitest";
import { migrate } from "../../scripts/migrate.ts";
import { tempFolder } from "../support/node/temp-folder.ts";

const databases = ["IN_ORDER", "WRANGLERS", "BROKEN"];
const mf = new Miniflare({ modules: true, script: "export default {}", d1Databases: databases, cf: false });
afterAll(() => mf.dispose());

function folderWith(files: Record<string, string>): string {
  const folder = tempFolder();
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql);
  return folder;
}

async function tables(name: string): Promise<unknown[]> {
  const db = await mf.getD1Database(name);
  const { results } = await db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB '[a-c]' ORDER BY name")
    .all<{ name: string }>();
  return results.map((row) => row.name);
}

test("migrations are applied in the order of their numbers, and each once", async () => {
  const db = await mf.getD1Database("IN_ORDER");
  const folder = folderWith({
    "0002_b.sql":
      "-- Two statements; the semicolon; in this comment is none.\nCREATE TABLE b (x); INSERT INTO b SELECT x FROM a;",
    "0001_a.sql": "CREATE TABLE a (x); INSERT INTO a VALUES ('one; two');",
    "notes.md": "not a migration",
  });
  expect(await migrate(db, folder)).toEqual(["0001_a.sql", "0002_b.sql"]);
  expect(await migrate(db, folder)).toEqual([]);
  expect(await db.prepare("SELECT x FROM b").all()).toMatchObject({ results: [{ x: "one; two" }] });
});

// The table as wrangler 4 makes it: `wrangler d1 migrations apply`.
test("what wrangler has applied is not applied again", async () => {
  const db = await mf.getD1Database("WRANGLERS");
  await db.batch([
    db.prepare(
      'CREATE TABLE IF NOT EXISTS "d1_migrations"(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)',
    ),
    db.prepare("INSERT INTO d1_migrations (name) VALUES ('0001_a.sql')"),
  ]);
  const folder = folderWith({ "0001_a.sql": "CREATE TABLE a (x);", "0002_b.sql": "CREATE TABLE b (x);" });
  expect(await migrate(db, folder)).toEqual(["0002_b.sql"]);
  expect(await tables("WRANGLERS")).toEqual(["b"]);
});

test("a migration that fails leaves nothing of itself behind, and is tried again", async () => {
  const db = await mf.getD1Database("BROKEN");
  const folder = folderWith({
    "0001_a.sql": "CREATE TABLE a (x);",
    "0002_b.sql": "CREATE TABLE b (x); INSERT INTO nowhere VALUES (1);",
  });
  await expect(migrate(db, folder)).rejects.toThrow("no such table: nowhere");
  expect(await tables("BROKEN")).toEqual(["a"]);
  writeFileSync(join(folder, "0002_b.sql"), "CREATE TABLE b (x);");
  expect(await migrate(db, folder)).toEqual(["0002_b.sql"]);
});
