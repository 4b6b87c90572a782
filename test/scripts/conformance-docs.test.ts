/** The tables in docs/conformance/ are promises: each row names a test that is there. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const ROOT = new URL("../../", import.meta.url);
const TABLES = [
  "affitor",
  "everflow-outbound",
  "everflow-api",
  "avantlink-outbound",
  "everflow-clk",
  "everflow-sdk",
  "everflow-links",
  "everflow-report",
  "tracking-link",
  "avantlink",
];

test.for(TABLES)("%s.md names every test of its suite, and no other", (table) => {
  const text = readFileSync(new URL(`docs/conformance/${table}.md`, ROOT), "utf8");
  // "Tests: `one`", or "Tests: `one` and `two`"; what else is told of is told of in words.
  const [, ...files] = /^Tests: `(test\/[\w./-]+)`(?: and `(test\/[\w./-]+)`)?/m.exec(text)!;
  const suite = files.map((file) => (file ? readFileSync(new URL(file, ROOT), "utf8") : "")).join();
  const named = [...text.matchAll(/^\|.*\| `([^`]+)` \|$/gm)].map((row) => row[1]);
  const written = [...suite.matchAll(/\)?\(\s*"([^"]+)",\s*(?:async )?\(/g)].map((found) => found[1]);
  expect(named.toSorted()).toEqual(written.filter((name) => !isGroup(suite, name!)).toSorted());
});

function isGroup(suite: string, name: string): boolean {
  return suite.includes(`describe("${name}"`);
}
