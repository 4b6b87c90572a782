import { expect, onTestFinished, test } from "vitest";
import { openShop } from "../../scripts/shop.ts";

const collectorUrl = "http://track.shop.localhost:8787";
const TAG = `<script async src="${collectorUrl}/tracker.js" data-program="3"></script>`;

async function shopUrl(): Promise<string> {
  const shop = await openShop({ port: 0, collectorUrl, programId: 3 });
  onTestFinished(() => shop.close());
  return `http://127.0.0.1:${shop.port}`;
}

test.for([
  { path: "/?aff=TRAILBLOG", heading: "Sleep where the path ends." },
  { path: "/product", heading: "Ridge 2 tent" },
  { path: "/pricing", heading: "Rent it, then decide." },
])("$path is a page with the tracker's tag, once", async ({ path, heading }) => {
  const response = await fetch((await shopUrl()) + path);
  const html = await response.text();
  expect(response.status).toBe(200);
  expect(response.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
  expect(html).toContain(`<h1>${heading}</h1>`);
  expect(html.split(TAG)).toHaveLength(2);
  expect(html).not.toContain("{{");
});

test("a page that does not exist is not found, and says so in the shop's clothes", async () => {
  const response = await fetch(`${await shopUrl()}/../../package.json`);
  expect(response.status).toBe(404);
  expect(await response.text()).toContain("<h1>Off the map.</h1>");
});

test("every link and file that a page names is there", async () => {
  const url = await shopUrl();
  const html = await (await fetch(url)).text();
  const paths = [...html.matchAll(/href="(\/[^"]*)"/g)].map((match) => match[1]!);
  expect(paths).toContain("/shop.css");
  for (const path of new Set(paths)) expect([path, (await fetch(url + path)).status]).toEqual([path, 200]);
});

test("it only shows", async () => {
  const response = await fetch(await shopUrl(), { method: "POST", body: "x" });
  expect(response.status).toBe(405);
  expect(response.headers.get("Allow")).toBe("GET, HEAD");
});
