/** The tracker in Firefox, where one is installed. */
import { build } from "esbuild";
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

  /**
   * Waits until what the page sent is answered, and what it then sends: a fence is over when the clicks before it are
   * answered.
   */
  async function settle(): Promise<void> {
    for (const host of ["shop", "track.shop", "shop", "track.shop", "shop"]) {
      const fence = `http://${host}.localhost:${shop.port}/fence.js`;
      await tab.evaluate(`fetch("${fence}", { credentials: "include" }).then(() => null, () => null)`);
    }
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

  /** Waits until the second file has done its work. */
  const more = () =>
    tab.evaluate(`import("http://track.shop.localhost:${shop.port}/tracker-more.js").then(() => null)`);

  test.each([
    ["a link", `<a id="go" href="{checkout}">pay</a>`],
    [
      "a link whose handler sets its address",
      `<a id="go" href="/" onclick="this.href = '{checkout}'">pay</a>`,
    ],
    ["a form sent by GET", `<form action="{checkout}"><button id="go">pay</button></form>`],
    ["a form sent by POST", `<form method="post" action="{checkout}"><button id="go">pay</button></form>`],
    [
      "a form sent to its button's address",
      `<form action="/"><button id="go" formaction="{checkout}" formmethod="post">pay</button></form>`,
    ],
    [
      "a form whose handler sets its address",
      `<form method="post" action="/" onsubmit="this.action = '{checkout}'"><button id="go">pay</button></form>`,
    ],
    [
      "a form in a shadow tree",
      `<div id="go"></div><script>const host = document.querySelector("#go");
         host.attachShadow({ mode: "open" }).innerHTML =
           '<form method="post" action="{checkout}"><button>pay</button></form>';
         host.click = () => host.shadowRoot.querySelector("button").click()</script>`,
    ],
  ])("%s to the merchant's other domain carries the click id, which is taken over there", async (_, html) => {
    const checkout = shop.url("/pay?cart=1", "pay.checkout.localhost");
    shop.tag = shop.tag.replace("<script", '<script data-domains="shop.localhost checkout.localhost"');
    shop.pages["/land"] = `{tag}${html.replace("{checkout}", checkout)}`;
    shop.pages["/pay"] =
      `{tag}<script>fetch("/carried/" + new URLSearchParams(location.search).get("affitor_click_id"))</script>`;
    await open("/land?aff=A");
    await more();
    const carried = shop.requested(`/carried/${id(1)}`);
    await tab.evaluate(`document.querySelector("#go").click() ?? null`);
    await carried;
    await more();

    expect(await tab.evaluate(`affitor.getClickId()`)).toBe(id(1));
    expect(await tab.evaluate(`location.hostname`)).toBe("pay.checkout.localhost");
  });

  test("a tag manager hears of the click, and calls from before the tracker are made", async () => {
    shop.html = `<script>
      window.affitorQueue = [["init", { programId: 5 }]];
      addEventListener("affitor:click", ({ detail }) => (window.heard = detail.click_id));
    </script>{tag}`;
    await open("/?aff=A");

    expect(shop.clicks[0]!.body.additional_data.program_id).toBe(5);
    expect(await tab.evaluate(`window.heard`)).toBe(id(1));
    expect(await tab.evaluate(`affitor.getData()`)).toEqual({
      clickId: id(1),
      programId: 5,
      hasAttribution: true,
      affiliateUrl: shop.url("/?aff=A"),
    });
  });

  test("data-debug explains every decision", async () => {
    shop.html = `<script>window.said = []; console.info = (...words) => said.push(words.join(" "))</script>${shop.tag.replace("<script", "<script data-debug")}`;
    await open("/?aff=A");
    await more();

    expect(await tab.evaluate(`said.join()`)).toMatch(/a click: remembered.*answered/);
  });

  test("as a module it is the same click and the same cookies", async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `import { init } from "clickferry";
          init({ program: 7, collector: "http://track.shop.localhost:${shop.port}" });`,
        resolveDir: import.meta.dirname,
      },
      bundle: true,
      write: false,
      format: "esm",
    });
    shop.html = `<script type="module">${outputFiles[0]!.text}</script>`;
    await open("/?aff=A");

    expect(shop.clicks.map(({ body }) => body.additional_data.program_id)).toEqual([7]);
    expect((await tab.cookies()).map(({ name }) => name).sort()).toEqual([
      "affitor_aff_url",
      "affitor_click_id",
      "affitor_click_ids",
    ]);
  });

  test("with cookies and storage forbidden, in a sandboxed frame, the click counts and nothing breaks", async () => {
    shop.pages["/framed"] =
      `<script>for (const type of ["error", "unhandledrejection"]) addEventListener(type, () => fetch("/fault"))</script>{tag}`;
    shop.html = `<iframe sandbox="allow-scripts" src="/framed?aff=A"></iframe>`;
    const counted = shop.requested("/api/v1/track/click");
    await open("/");
    await counted;
    await settle();

    expect(landings()).toEqual([shop.url("/framed?aff=A")]);
    expect(shop.paths).not.toContain("/fault");
    expect(await tab.cookies()).toEqual([]);
  });

  test("under a strict content security policy the click counts", async () => {
    const collector = `http://track.shop.localhost:${shop.port}`;
    shop.headers = {
      "Content-Security-Policy": `default-src 'none'; script-src ${collector}; connect-src 'self' ${collector}`,
    };
    await open("/?aff=A");

    expect(landings()).toEqual([shop.url("/?aff=A")]);
    expect(await tab.evaluate(`affitor.getClickId()`)).toBe(id(1));
  });
});
