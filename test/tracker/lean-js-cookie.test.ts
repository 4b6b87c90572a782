/** What the script tag's file holds of js-cookie does what js-cookie does, for the calls that the tracker makes. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type Cookies from "js-cookie";
import { afterEach, expect, test, vi } from "vitest";
import { leanJsCookie } from "../../scripts/lean-js-cookie.ts";

const folder = dirname(createRequire(import.meta.url).resolve("js-cookie/package.json"));
const source = readFileSync(join(folder, "dist/js.cookie.mjs"), "utf8");

const load = async (code: string): Promise<typeof Cookies> =>
  (await import(`data:text/javascript,${encodeURIComponent(code)}`)).default;

afterEach(() => {
  vi.unstubAllGlobals();
});

/** The lean `get` tells every value of a name. */
const values = (lean: typeof Cookies, name: string) => lean.get(name) as unknown as string[];

/** What `act` writes to document.cookie. */
function written(cookies: typeof Cookies, act: (cookies: typeof Cookies) => void): string[] {
  const lines: string[] = [];
  vi.stubGlobal("document", {
    set cookie(line: string) {
      // To a browser an attribute that is on is the same with a value and without.
      lines.push(line.replace("secure=true", "secure"));
    },
  });
  act(cookies);
  return lines;
}

const ID = "cust_00000000000000000000000000000001_1715000000000";
const URL = "https://shop.example/pricing?aff=X&q=%C3%A4+b#plans";
const attributes = { "max-age": "5184000", domain: "shop.example", secure: true, sameSite: "Lax" } as const;

test.each<[string, (cookies: typeof Cookies) => void]>([
  ["a click id for its window", (cookies) => cookies.set("affitor_click_id", ID, attributes)],
  ["on plain http", (cookies) => cookies.set("affitor_click_id", ID, { ...attributes, secure: false })],
  ["for the browser session", (cookies) => cookies.set("affitor_click_id", ID, { domain: "shop.example" })],
  ["a list of ids", (cookies) => cookies.set("affitor_click_ids", `${ID}|${ID}`, attributes)],
  [
    "nothing, to take a cookie away",
    (cookies) => cookies.set("affitor_", "", { domain: "a", "max-age": "-1" }),
  ],
])("it writes as js-cookie writes: %s", async (_, act) => {
  expect(written(await load(leanJsCookie(source)), act)).toEqual(written(await load(source), act));
});

test("it writes a number as its text, which js-cookie wants", async () => {
  const number = { ...attributes, "max-age": 5_184_000 as unknown as string };

  expect(written(await load(leanJsCookie(source)), (cookies) => cookies.set("a", ID, number))).toEqual(
    written(await load(source), (cookies) => cookies.set("a", ID, attributes)),
  );
});

test("it writes an address as js-cookie does with encodeURIComponent for a converter", async () => {
  const lean = await load(leanJsCookie(source));
  const whole = await load(source);

  expect(written(lean, (cookies) => cookies.set("affitor_aff_url", URL, attributes))).toEqual(
    written(whole, (cookies) =>
      cookies.withConverter({ write: encodeURIComponent }).set("affitor_aff_url", URL, attributes),
    ),
  );
});

test.each([
  ["affitor_click_id", `a=1; affitor_click_id=${ID}; b=2`],
  ["affitor_click_id", `affitor_click_ids=${ID}|x; affitor_click_id=${ID}`],
  ["affitor_click_id", `xaffitor_click_id=no; affitor_click_id=${ID}; affitor_click_id=second`],
  ["affitor_click_id", "a=1"],
  ["affitor_click_id", ""],
  ["affitor_aff_url", `affitor_aff_url=${encodeURIComponent(URL)}`],
  ["affitor_", "affitor_click_id=1; affitor_=1"],
  ["customer_code", "bad=%E0%A4%A; customer_code=cust_42_1715000000000"],
])("it reads %s as js-cookie does from: %s", async (name, cookie) => {
  const lean = await load(leanJsCookie(source));
  const whole = await load(source);
  vi.stubGlobal("document", { cookie });

  expect(values(lean, name)[0]).toBe(whole.get(name));
});

test("of one name it reads all values that are not empty, in the browser's order", async () => {
  const lean = await load(leanJsCookie(source));
  vi.stubGlobal("document", {
    cookie: "affitor_click_ids=a%7Cb; b=2; affitor_click_ids=; affitor_click_ids=c|d; affitor_click_id=e",
  });

  expect(values(lean, "affitor_click_ids")).toEqual(["a|b", "c|d"]);
  expect(values(lean, "b")).toEqual(["2"]);
  expect(values(lean, "affitor_")).toEqual([]);
});

test("another version of js-cookie is refused: what is cut is not where it was", () => {
  expect(() => leanJsCookie(source.replace("arguments.length && !name", "!name"))).toThrow(
    "js-cookie has changed",
  );
});
