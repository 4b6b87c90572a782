import { afterEach, expect, test, vi } from "vitest";
import { captureClick } from "../../tracker/capture.ts";
import { landingOf } from "../../tracker/landing.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** What parsing the address finds: in the query, in the fragment, and behind the fragment's route, which has no "&". */
function parsed(href: string): boolean {
  const { search, hash } = new URL(href);
  return [search, hash.slice(1), hash.replace(/^[^?&]*/, "")].some((part) => {
    const parameters = new URLSearchParams(part);
    return Boolean(parameters.get("aff") || parameters.get("avad"));
  });
}

test("an address is a landing exactly when parsing its query or its fragment finds a parameter", () => {
  const parts = [
    "",
    "x",
    "aff=A",
    "aff=",
    "avad=1_2",
    "staff=A",
    "next=/x?aff=A",
    "q=a?b",
    "next=/x?y=1&aff=A",
  ];
  const strings = [...new Set(parts.flatMap((a) => parts.map((b) => (a && b ? `${a}&${b}` : a || b))))]
    // "aff=&aff=A": the first decides for a server, and it is empty. One refused request is no harm.
    .filter((string) => !/aff=&(.*&)?aff=A/.test(string));
  const addresses = strings.flatMap((string) => [
    `https://shop.example/?${string}`,
    `https://shop.example/#${string}`,
    `https://shop.example/#/pricing?${string}`,
    `https://shop.example/aff=A?q=1#${string}`,
  ]);

  expect(addresses.filter((href) => landingOf(href))).toEqual(addresses.filter(parsed));
});

test.each([
  ["https://shop.example/?aff=A&q=1", ["&aff=A"]],
  ["https://shop.example/?q=1&avad=1_2#top", ["&avad=1_2"]],
  ["https://shop.example/?avad=1_2&aff=A", ["&avad=1_2", "&aff=A"]],
  ["https://shop.example/?aff=A#/pricing?avad=1_2", ["&aff=A", "&avad=1_2"]],
  ["https://shop.example/#/pricing?aff=A", ["&aff=A"]],
  ["https://shop.example/#aff=A&next=/x?y=1", ["&aff=A"]],
  ["https://shop.example/?aff=A(1)%20é", ["&aff=A%281%29+%C3%A9"]],
  ["https://shop.example/?aff=A%281%29+%C3%A9", ["&aff=A%281%29+%C3%A9"]],
  ["https://shop.example/?aff=%FF%", ["&aff=%EF%BF%BD%25"]],
  ["https://shop.example/x&aff=A", null],
  ["https://shop.example/?affitor_test=1", ["&affitor_test=1"]],
  ["https://shop.example/?affitor_test=0", null],
  [undefined, null],
])("the landing of %s is %j", (href, landing) => {
  expect(landingOf(href)).toEqual(landing);
});

test("the click tells what the page is, and no more of the title than the collector keeps", () => {
  vi.stubGlobal("self", { screen: { width: 800, height: 600 } });
  vi.stubGlobal("document", { title: "t".repeat(100_000), referrer: "", querySelector: () => null });
  vi.stubGlobal("innerWidth", 400);
  vi.stubGlobal("innerHeight", 300);
  vi.stubGlobal("navigator", { language: "en-US" });

  expect(captureClick("https://shop.example/p?aff=A#b")).toEqual({
    affiliate_url: "https://shop.example/p?aff=A#b",
    page_url: "https://shop.example/p",
    page_title: "t".repeat(512),
    referrer_url: "",
    screen_resolution: "800x600",
    viewport_size: "400x300",
    language: "en-US",
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  });
});
