import { expect, test } from "vitest";
import { retryAfterMs } from "../../worker/networks/retry-after.ts";
import { NOW } from "./support/click.ts";

const DAY_MS = 86_400_000;

test.for<[header: string, ms: number | undefined]>([
  ["1", 1_000],
  ["120", 120_000],
  [" 120 ", 120_000],
  ["86400", DAY_MS],
  ["86401", DAY_MS],
  ["99999999999999999999", DAY_MS],
  ["Thu, 30 Jul 2026 12:00:07 GMT", 7_000],
  ["Thursday, 30-Jul-26 12:00:07 GMT", 7_000],
  ["Thu Jul 30 12:00:07 2026", 7_000],
  ["Sat Aug  1 11:00:00 2026", DAY_MS],
  ["Fri, 31 Jul 2026 12:00:00 GMT", DAY_MS],
  ["Wed, 30 Jul 2036 12:00:00 GMT", DAY_MS],
])("%j asks for %i ms", ([header, ms]) => {
  expect(retryAfterMs(header, NOW)).toBe(ms);
});

test.for([
  null,
  "",
  "0",
  "-5",
  "1.5",
  "soon",
  "12 seconds",
  "Thu, 30 Jul 2026 12:00:00 GMT",
  "Sun, 06 Nov 1994 08:49:37 GMT",
  "2026-07-30T12:00:07Z",
  "Thu, 30 Jul 2026 12:00:07 CEST",
  "Thu, 99 Jul 2026 12:00:07 GMT",
])("%j asks for no wait, and the courier's own backoff holds", (header) => {
  expect(retryAfterMs(header, NOW)).toBeUndefined();
});
