import { expect, test } from "vitest";
import { shardOf } from "../../worker/clicks/shard.ts";

test("a click stays on the visitor's continent, spread over its shards", () => {
  expect(shardOf({ continent: "EU" }, 4, 0)).toEqual({ name: "eu:0", hint: "weur" });
  expect(shardOf({ continent: "EU" }, 4, 0.99)).toEqual({ name: "eu:3", hint: "weur" });
  expect(shardOf({ continent: undefined }, 4, 0.5)).toEqual({ name: "xx:2", hint: undefined });
});

test("a repeat with the same event id and time zone goes to the same shard, wherever it comes from", () => {
  const shards = ["EU", "NA", undefined].map(
    (continent) => shardOf({ event_id: "1:e", timezone: "Europe/Berlin", continent }, 8, Math.random()).name,
  );
  expect(new Set(shards).size).toBe(1);
  expect(shards[0]).toMatch(/^eu:/);
});

test("a repeat without a time zone goes to the same shard from any continent", () => {
  const shards = ["EU", "NA", undefined].map(
    (continent) => shardOf({ event_id: "1:e", continent }, 8, 0).name,
  );
  expect(new Set(shards).size).toBe(1);
});

test("event ids spread evenly over the shards", () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 8_000; i++) {
    const { name } = shardOf({ event_id: `1:event-${i}`, continent: "EU" }, 8, 0);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  expect(counts.size).toBe(8);
  for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(200);
});
