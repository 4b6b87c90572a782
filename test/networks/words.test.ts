import { expect, test } from "vitest";
import { plainWords, said } from "../../worker/networks/words.ts";

test.for<[body: string, words: string]>([
  ['{"error":"Offer not found"}', "Offer not found"],
  ['{"Error":"Offer not found"}', "Offer not found"],
  ['{"error":"No ids.","error_key":"ids.blank","exception":"E"}', "No ids. (ids.blank)"],
  ['{"message":"Too many requests"}', "Too many requests"],
  ['{"code":7}', '{"code":7}'],
  ["upstream connect error\r\n\treset\u0000 ", "upstream connect error reset"],
  ["<html><head><title>502 Bad\nGateway</title></head><body>nginx</body></html>", "502 Bad Gateway"],
  ["\n<p>Service <b>down</b></p>", "Service down"],
  ["", ""],
])("%j says %j", ([body, words]) => {
  expect(said(body)).toBe(words);
});

test("words are cut to 300 characters, at no half character", () => {
  expect(said("a".repeat(300))).toHaveLength(300);
  const words = said("🏔".repeat(4_000));
  expect(words.length).toBeLessThanOrEqual(300);
  expect(words.endsWith("…")).toBe(true);
  expect(words.isWellFormed()).toBe(true);
});

test.for<[text: string, words: string]>([
  ["Authorization: Bearer abcdefghijklmnop", "Authorization: Bearer [secret]"],
  ["sent Bearer abcdefghijklmnop", "sent Bearer [secret]"],
  ["bearer token required", "bearer token required"],
  ["X-Eflow-API-Key: k3y-0f-ours is unknown", "X-Eflow-API-Key: [secret] is unknown"],
  ['{"api_key":"k3y0f0urs","oid":1}', '{"api_key":"[secret]","oid":1}'],
  ["GET /clk?oid=1&token=abc&x=1", "GET /clk?oid=1&token=[secret]&x=1"],
  ["API key missing", "API key missing"],
  ["no click for jane.doe@mail.example here", "no click for redacted here"],
])("%s is kept as %s", ([text, words]) => {
  expect(plainWords(text)).toBe(words);
});

test("the courier's own secrets go wherever they stand, and a second pass changes nothing", () => {
  const once = plainWords(`key=k3y0f0urs: refused k3y0f0urs${"x".repeat(400)}`, ["k3y0f0urs", ""]);
  expect(once).not.toContain("k3y0f0urs");
  expect(plainWords(once, ["k3y0f0urs"])).toBe(once);
});
