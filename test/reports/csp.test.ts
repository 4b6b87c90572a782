/** What a Content-Security-Policy lets the tracker do, by the examples of https://www.w3.org/TR/CSP3/ and our own. */
import { describe, expect, test } from "vitest";
import {
  forbidsCall,
  forbidsScript,
  parseHeader,
  parsePolicy,
} from "../../worker/reports/setup-check/csp.ts";

const SCRIPT = new URL("https://t.shop.example/tracker.js");
const CLICK = new URL("https://t.shop.example/api/v1/track/click");
const PAGE = new URL("https://www.shop.example/");

const scriptAllowed = (policy: string, url = SCRIPT, page = PAGE) =>
  forbidsScript(parsePolicy(policy), { url }, page) === undefined;

describe("of a script:", () => {
  test.each([
    ["", true],
    ["img-src 'none'", true],
    ["script-src 'none'", false],
    ["script-src", false],
    ["script-src *", true],
    ["script-src https:", true],
    ["script-src http:", true],
    ["script-src wss:", false],
    ["script-src 'self'", false],
    ["script-src 'self' https://t.shop.example", true],
    ["script-src t.shop.example", true],
    ["SCRIPT-SRC T.SHOP.EXAMPLE", true],
    ["script-src http://t.shop.example", true],
    ["script-src shop.example", false],
    ["script-src *.shop.example", true],
    ["script-src *.t.shop.example", false],
    ["script-src https://t.shop.example:443", true],
    ["script-src https://t.shop.example:8443", false],
    ["script-src https://t.shop.example:*", true],
    ["script-src http://t.shop.example:80", true],
    ["script-src https://t.shop.example/", true],
    ["script-src https://t.shop.example/tracker.js", true],
    ["script-src https://t.shop.example/other.js", false],
    ["script-src https://t.shop.example/js/", false],
    ["script-src 'unsafe-inline' 'unsafe-eval'", false],
    ["script-src 'nonce-abc'", false],
    ["script-src 'strict-dynamic' 'nonce-abc' https://t.shop.example", false],
    ["default-src 'self'", false],
    ["default-src 'none'; script-src t.shop.example", true],
    ["default-src t.shop.example", true],
    ["script-src t.shop.example; script-src-elem 'self'", false],
    ["script-src 'self'; script-src t.shop.example", false],
    ["script-src data: blob:", false],
    ["script-src https://[", false],
  ])("%j allows ours: %j", (policy, allowed) => {
    expect(scriptAllowed(policy)).toBe(allowed);
  });

  test("its nonce or all hashes of its integrity let it pass, with 'strict-dynamic' too", () => {
    const forbids = (policy: string, more: object) =>
      forbidsScript(parsePolicy(policy), { url: SCRIPT, ...more }, PAGE) !== undefined;
    expect(forbids("script-src 'strict-dynamic' 'nonce-Ab1'", { nonce: "Ab1" })).toBe(false);
    expect(forbids("script-src 'nonce-Ab1'", { nonce: "ab1" })).toBe(true);
    expect(forbids("script-src 'sha384-x'", { integrity: "sha384-x" })).toBe(false);
    expect(forbids("script-src 'sha384-x'", { integrity: "sha384-x sha384-y" })).toBe(true);
    expect(forbids("script-src 'none'", { integrity: "" })).toBe(true);
  });

  test("'self' is the page's own host and port, over https too", () => {
    const page = new URL("http://shop.example:8080/");
    expect(scriptAllowed("script-src 'self'", new URL("http://shop.example:8080/x.js"), page)).toBe(true);
    expect(scriptAllowed("script-src 'self'", new URL("http://shop.example/x.js"), page)).toBe(false);
    expect(
      scriptAllowed(
        "script-src 'self'",
        new URL("https://shop.example/x.js"),
        new URL("http://shop.example/"),
      ),
    ).toBe(true);
    expect(
      scriptAllowed(
        "script-src 'self'",
        new URL("http://shop.example/x.js"),
        new URL("https://shop.example/"),
      ),
    ).toBe(false);
    expect(scriptAllowed("script-src shop.example", new URL("http://shop.example/x.js"))).toBe(false);
  });
});

test.each([
  ["script-src 'none'", true],
  ["connect-src 'self'", false],
  ["connect-src 'self' https://t.shop.example", true],
  ["connect-src https://t.shop.example/api/", true],
  ["default-src 'self'", false],
  ["default-src 'self'; connect-src *", true],
])("of a call, %j allows ours: %j", (policy, allowed) => {
  expect(forbidsCall(parsePolicy(policy), CLICK, PAGE) === undefined).toBe(allowed);
});

test("the directive that forbids is named, with its sources as they are written", () => {
  const found = forbidsScript(parsePolicy("Default-Src 'self' CDN.example"), { url: SCRIPT }, PAGE);
  expect(found).toEqual({ directive: "default-src", sources: ["'self'", "CDN.example"] });
});

test("a header may have several policies, and all of them hold", () => {
  const policies = parseHeader("default-src *, script-src 'self';, ");
  expect(policies.map((policy) => forbidsScript(policy, { url: SCRIPT }, PAGE) !== undefined)).toEqual([
    false,
    true,
    false,
  ]);
});
