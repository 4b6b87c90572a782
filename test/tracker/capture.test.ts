import { expect, test } from "vitest";
import { captureClick, isLanding, type Page } from "../../tracker/capture.ts";

/** What a server that parses the address finds: in the query, in the fragment, and behind the fragment's route. */
function parsed(href: string): boolean {
  const { search, hash } = new URL(href);
  return [search, hash.slice(1), hash.replace(/^[^?]*/, "")].some((part) => {
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

  expect(addresses.filter((href) => isLanding(new URL(href)))).toEqual(addresses.filter(parsed));
});

test("what the visitor has not got is left out of the JSON", () => {
  const page = {
    location: new URL("https://shop.example/p?aff=A#b"),
    document: { title: "", referrer: "", querySelector: () => null },
    navigator: { language: "en-US" },
    screen: { width: 800, height: 600 },
    innerWidth: 400,
    innerHeight: 300,
    Intl,
  } as unknown as Page;
  const click = captureClick(page, { _event: "1", _session: "2", _existing: undefined, _program: undefined });

  expect(JSON.parse(JSON.stringify(click))).toEqual({
    affiliate_url: "https://shop.example/p?aff=A#b",
    page_url: "https://shop.example/p",
    page_title: "",
    referrer_url: "",
    session_id: "2",
    screen_resolution: "800x600",
    viewport_size: "400x300",
    language: "en-US",
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    additional_data: { event_id: "1" },
  });
});
