/** The tables in docs/conformance/ are promises: each row names a test that is there. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const ROOT = new URL("../../", import.meta.url);
const TABLES = [
  "affitor",
  "everflow-outbound",
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
  const suite = readFileSync(new URL(/`(test\/[\w./-]+)`/.exec(text)![1]!, ROOT), "utf8");
  const named = [...text.matchAll(/^\|.*\| `([^`]+)` \|$/gm)].map((row) => row[1]);
  const written = [...suite.matchAll(/\)?\(\s*"([^"]+)",\s*(?:async )?\(/g)].map((found) => found[1]);
  expect(named.toSorted()).toEqual(written.filter((name) => !isGroup(suite, name!)).toSorted());
});

function isGroup(suite: string, name: string): boolean {
  return suite.includes(`describe("${name}"`);
}
