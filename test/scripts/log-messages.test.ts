/** What the Worker logs stands in docs/operating.md, with what to do. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const LOGGED = /console\.\w+\(\s*(?:"([^"]*)"|`([^`]*)`)?/g;

test("every message that the Worker logs is explained in docs/operating.md, and no other", () => {
  const logged = globSync("worker/**/*.ts", { cwd: ROOT }).flatMap((file) =>
    [...readFileSync(join(ROOT, file), "utf8").matchAll(LOGGED)].map(
      ([, text, template]) => text ?? template?.replace(/\$\{[^}]*\}/g, "…") ?? `${file} logs no words`,
    ),
  );
  const operating = readFileSync(join(ROOT, "docs/operating.md"), "utf8");
  const explained = [...operating.matchAll(/^\| `([^`]+)` \|/gm)].map(([, message]) => message);
  expect(explained.toSorted()).toEqual([...new Set(logged)].toSorted());
});
