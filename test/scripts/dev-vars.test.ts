import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ensureDevVars } from "../../scripts/dev-vars.ts";
import { tempFolder } from "../support/node/temp-folder.ts";

test("npm run dev gets secrets that are long enough, readable by their owner alone", () => {
  const file = join(tempFolder(), ".dev.vars");
  expect(ensureDevVars(file)).toBe(true);
  expect(readFileSync(file, "utf8")).toMatch(/^ADMIN_TOKEN=[\w-]{43}$\n^CLICK_ID_SECRET=[\w-]{43}$/m);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("a .dev.vars that is there stays as it is", () => {
  const file = join(tempFolder(), ".dev.vars");
  writeFileSync(file, "ADMIN_TOKEN=chosen-by-a-developer\n");
  expect(ensureDevVars(file)).toBe(false);
  expect(readFileSync(file, "utf8")).toBe("ADMIN_TOKEN=chosen-by-a-developer\n");
});
