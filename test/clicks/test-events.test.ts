/** Test clicks need no permission, so a stranger can send any number of them. */
import { env } from "cloudflare:test";
import { beforeAll, expect, test } from "vitest";
import { postClick, seedNetworks, seedProgram } from "../support/program.ts";

beforeAll(async () => {
  await seedProgram();
  await seedNetworks();
});

const count = (query: string) => env.DB.prepare(`SELECT COUNT(*) AS n FROM ${query}`).first<number>("n");

test("a program keeps its newest 1,000 test events, with what they were owed, and no other's are touched", async () => {
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO test_click_events (at, program_id, affiliate_url, click)
       SELECT value, 1 + (value = 0), '', json_object('id', 'old' || value) FROM json_each(?)`,
    ).bind(JSON.stringify(Array.from({ length: 1003 }, (_, i) => i))),
    env.DB.prepare(
      `INSERT INTO deliveries (event_id, network, program_id, state, lane, next_attempt_at, give_up_at)
       SELECT click ->> '$.id', 'everflow', program_id, 'withheld', 0, 0, 0 FROM test_click_events`,
    ),
  ]);
  const response = await postClick({
    affiliate_url: "https://shop.example/?aff=PARTNER123",
    additional_data: { test_mode: true, program_id: 1 },
  });
  const { data } = await response.json<{ data: { eventId: number } }>();
  expect(await count("test_click_events WHERE program_id = 1")).toBe(1000);
  expect(await count("test_click_events WHERE program_id = 2")).toBe(1);
  expect(await count(`test_click_events WHERE id = ${data.eventId}`)).toBe(1);
  // Of the 1,002 there were, the three oldest have gone.
  expect(await count("test_click_events WHERE program_id = 1 AND at <= 3")).toBe(0);
  expect(await count("deliveries WHERE event_id IN ('old1', 'old2', 'old3')")).toBe(0);
  expect(await count("deliveries WHERE event_id LIKE 'old%'")).toBe(1000);
});
