import { env } from "cloudflare:test";
import { expect, test } from "vitest";

test("the schema is there", async () => {
  const row = await env.DB.prepare("SELECT COUNT(*) n FROM programs").first("n");
  expect(row).toBe(0);
});
