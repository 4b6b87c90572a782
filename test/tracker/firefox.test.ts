/** The tracker in Firefox, where one is installed. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Firefox, installedFirefox, launchFirefox, type Tab } from "../support/node/firefox.ts";
import { openShop, type Shop, success } from "../support/node/shop.ts";

const DAY_SECONDS = 86_400;

const where = installedFirefox
  ? "in Firefox"
  : "in Firefox: skipped, for none is installed (Debian: firefox-esr)";

describe.skipIf(!installedFirefox)(where, () => {
  let firefox: Firefox;
  let tab: Tab;
  let shop: Shop;

  beforeAll(async () => {
    firefox = await launchFirefox();
  });
  afterAll(() => firefox.close());
  beforeEach(async () => {
    shop = await openShop();
    tab = await firefox.open();
  });
  afterEach(async () => {
    await tab.close();
    await shop.close();
  });

  const id = (n: number): string => (success(n).body as { click_id: string }).click_id;
  const landings = (): string[] => shop.clicks.map(({ body }) => body.affiliate_url);

  /** Waits until everything that the page remembers is answered, or for a request that came after it would have been sent. */
  async function settle(): Promise<void> {
    await tab.evaluate(`fetch("/fence").then(() => null)`);
    await tab.evaluate(
      `fetch("http://track.shop.localhost:${shop.port}/fence.js", { credentials: "include" }).then(() => null, () => null)`,
    );
    await tab.evaluate(`fetch("/fence").then(() => null)`);
  }
  async function open(path: string, host?: string): Promise<void> {
    await tab.goto(shop.url(path, host));
    await settle();
  }
  async function run(script: string): Promise<void> {
    await tab.evaluate(`(() => { ${script}; return null })()`);
    await settle();
  }

  test("a landing is one click without a preflight, and one cookie for the window", async () => {
    const answered = shop.requested("/api/v1/track/click");
    await open("/pricing?aff=A");
    await answered;
    await settle();

    expect(shop.apiRequests).toEqual(["POST /api/v1/track/click"]);
    expect(shop.clicks[0]!.headers["content-type"]).toBe("text/plain;charset=UTF-8");
    const kept = (await tab.cookies()).filter(({ name }) => name.startsWith("affitor_"));
    expect(kept.map(({ name }) => name).sort()).toEqual([
      "affitor_aff_url",
      "affitor_click_id",
      "affitor_click_ids",
    ]);
    for (const { domain, expiry, sameSite } of kept) {
      expect(domain).toMatch(/^\.?shop\.localhost$/);
      expect(sameSite).toBe("lax");
      expect((expiry! - Date.now() / 1000) / DAY_SECONDS).toBeCloseTo(60, 1);
    }
    expect(await tab.evaluate(`localStorage.length`)).toBe(0);
  });

  test("reload, back and forward are no new click; a second partner's link is", async () => {
    await open("/?aff=A");
    await tab.reload();
    await settle();
    await open("/other", "blog.localhost");
    await tab.traverse(-1);
    await settle();
    await tab.traverse(1);
    await settle();
    expect(landings()).toEqual([shop.url("/?aff=A")]);

    await open("/?aff=B");
    expect(landings()).toEqual([shop.url("/?aff=A"), shop.url("/?aff=B")]);
    expect(shop.clicks[1]!.body.existing_click_id).toBe(id(1));
  });

  test("single-page moves: a landing that is gained counts once, stripped or not", async () => {
    await open("/");
    await run(`history.pushState(null, "", "/plans?aff=A"); history.replaceState(null, "", "/plans")`);
    await run(`location.hash = "#/x?aff=B"`);
    await run(`history.pushState(null, "", "/?aff=A")`);

    expect(landings()).toEqual([shop.url("/plans?aff=A"), shop.url("/plans#/x?aff=B")]);
  });

  test("a collector that fails gets the same event from the next page", async () => {
    shop.answer = () => (shop.clicks.length === 1 ? { status: 500, body: {} } : success(1));
    await open("/?aff=A");
    await open("/pricing");

    expect(new Set(shop.clicks.map(({ body }) => body.additional_data.event_id)).size).toBe(1);
    expect(shop.clicks.length).toBe(2);
    expect(await tab.evaluate(`affitor.getClickId()`)).toBe(id(1));
  });

  test("clicks that waited are sent in their order, however the browser lists its storage", async () => {
    await open("/");
    const times = Array.from({ length: 8 }, (_, n) => Date.now() - (8 - n) * 1000);
    await tab.evaluate(`${JSON.stringify([...times].reverse())}.forEach((ms) => {
      localStorage.setItem("affitor_" + ms + ".1", JSON.stringify({ affiliate_url: location.origin + "/?aff=" + ms }));
    })`);
    await tab.goto(shop.url("/pricing"));
    while (shop.clicks.length < times.length) await shop.requested("/api/v1/track/click");

    expect(landings()).toEqual(times.map((ms) => shop.url(`/?aff=${ms}`)));
  });

  test("consent: nothing before the yes, nothing left after the no", async () => {
    shop.tag = shop.tag.replace("<script", '<script data-consent="required"');
    await open("/?aff=A");
    expect(shop.apiRequests).toEqual([]);
    expect(await tab.evaluate(`document.cookie + localStorage.length + sessionStorage.length`)).toBe("00");

    await run(`affitor.consent(true)`);
    expect(landings().length).toBe(1);
    expect(await tab.evaluate(`affitor.getClickId()`)).toBe(id(1));
    await run(`affitor.consent(false)`);
    expect(await tab.evaluate(`document.cookie + localStorage.length + sessionStorage.length`)).toBe("00");
  });

  test("a router that stripped the address before the tracker came: what was asked for counts", async () => {
    shop.html = `<script>history.replaceState(null, "", location.pathname)</script>{tag}`;
    await open("/plans?aff=A");

    expect(landings()).toEqual([shop.url("/plans?aff=A")]);
  });
});
