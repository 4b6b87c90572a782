import { expect, test } from "vitest";
import { assertWithinBudget, buildTracker, sizes } from "../../scripts/build.ts";

test("the build refuses a tracker that is over its budget, and says by how much", () => {
  const size = { raw: 3000, gzip: 1900, brotli: 1701 };

  expect(() => assertWithinBudget(size, 1700)).toThrow(
    "tracker.js is 1701 bytes brotli: 1 over its budget of 1700.",
  );
  expect(() => assertWithinBudget({ ...size, brotli: 1700 }, 1700)).not.toThrow();
});

test("the tracker is one script with js-cookie and its notice in it, and is as large as the build says", async () => {
  const { code, size, parts } = await buildTracker();

  expect(size).toEqual(sizes(code));
  expect(code).toContain("js-cookie v3");
  expect(parts.map(([file]) => file)).toContain("tracker/tracker.ts");
  expect(code).not.toMatch(/\beval\b|new Function|^"use strict"/);
  // The one file that some pages load besides.
  expect(code.split(/\bimport\b/)).toHaveLength(2);
  expect(code).toContain('import(new URL("/tracker-more.js"');
});
