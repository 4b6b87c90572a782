import { expect, test } from "vitest";
import { parseLanding } from "../../worker/inbound/landing.ts";

test.each([
  ["https://shop.example./?aff=A", "shop.example"],
  ["https://shop.localhost./", "shop.localhost"],
  ["https://shop.example../", "shop.example."],
  ["https://shop.example/", "shop.example"],
  ["https://[::1]/", "[::1]"],
])("%s is a page of the host %s: a full name's last dot says nothing", (url, host) => {
  expect(parseLanding(url)?.host).toBe(host);
});
