/** Issue 5's tracking links, GET /c/{code}; docs/conformance/tracking-link.md lists the clauses. */
import { env, runInDurableObject, SELF } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import { trackClick } from "../../worker/inbound/affitor.ts";
import {
  CHROME,
  COLLECTOR,
  events,
  linkRow,
  owedTo,
  postClick,
  recordAll,
  rowsStored,
  seedLink,
  seedNetworks,
  seedProgram,
} from "../support/program.ts";

const DESTINATION = "https://www.shop.example/pricing?plan=pro%20max&flag#plans";
const PREVIEW = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)";

beforeAll(async () => {
  await seedProgram([{ code: "PARTNER123", everflow: { offer_id: 6, affiliate_id: 7 } }]);
  await seedNetworks();
});

/** Opens a link as a browser does that someone clicked in. */
function open(path: string, headers: Record<string, string> = {}, init: object = {}) {
  return SELF.fetch(`${COLLECTOR}/c/${path}`, {
    redirect: "manual",
    headers: {
      "User-Agent": CHROME,
      "Sec-Fetch-Dest": "document",
      Referer: "https://blog.example/",
      ...headers,
    },
    ...init,
  });
}

const locationOf = (response: Response) => new URL(response.headers.get("Location")!);
const paramsOf = (url: URL) => Object.fromEntries(url.searchParams);
const clicksOf = async (code: string) => {
  await recordAll();
  const { clicks, bot_clicks } = await linkRow(code);
  return Number(clicks) + Number(bot_clicks);
};

async function recorded(click_id: string) {
  await recordAll();
  return events("customer_id = ?", click_id.split("_")[1]);
}

/** A link as the management call makes it. */
async function generated(offer_id: number, params: object): Promise<URL> {
  const response = await SELF.fetch(`${COLLECTOR}/v1/networks/tracking/offers/clicks`, {
    method: "POST",
    headers: { "X-Eflow-API-Key": env.ADMIN_TOKEN },
    body: JSON.stringify({ network_offer_id: offer_id, network_affiliate_id: 7, ...params }),
  });
  return new URL(((await response.json()) as { url: string }).url);
}
const pathOf = (url: URL) => url.pathname.slice("/c/".length) + url.search;

describe("a visitor who follows the link", () => {
  test("is counted without any script and led to the destination with aff and the click id", async () => {
    await seedLink({ code: "FOLLOWED", destination_url: DESTINATION });
    const response = await open("FOLLOWED");
    expect(response.status).toBe(302);
    const landing = locationOf(response);
    expect(landing.href).toMatch(
      /^https:\/\/www\.shop\.example\/pricing\?plan=pro%20max&flag&aff=FOLLOWED&cf_click=cust_[0-9a-f]{32}_\d{13}&cf_seal=[\w-]{38}#plans$/,
    );
    const [event, ...others] = await recorded(landing.searchParams.get("cf_click")!);
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      dialect: "link",
      program_id: 1,
      partner_id: 1,
      is_unique: 1,
      is_bot: 0,
      user_agent: CHROME,
      referrer_url: "https://blog.example/",
      affiliate_url: "https://www.shop.example/pricing?plan=pro%20max&flag&aff=FOLLOWED#plans",
    });
    expect(await linkRow("FOLLOWED")).toMatchObject({ clicks: 1, unique_clicks: 1, last_clicked: event!.at });
  });

  test("is owed to Everflow as any click", async () => {
    const click = locationOf(await open("PARTNER123")).searchParams.get("cf_click")!;
    const [event] = await recorded(click);
    expect(await owedTo(event!.id)).toEqual({ everflow: null });
  });

  test("takes the given parameters along; the tracking ones are kept for forwarding", async () => {
    await seedLink({ code: "PARAMS", destination_url: "https://shop.example/?sub1=own&plan=pro" });
    const query = "?sub1=a+b&sub6=six&uid=12&gclid=g&avad=77_f3afbe121&utm_source=mail&empty=";
    const landing = locationOf(await open(`PARAMS${query}`));
    const { aff, cf_click, cf_seal, ...params } = paramsOf(landing);
    expect(params).toEqual({
      plan: "pro",
      sub1: "a b",
      sub6: "six",
      uid: "12",
      gclid: "g",
      avad: "77_f3afbe121",
      utm_source: "mail",
      empty: "",
    });
    const [event] = await recorded(cf_click!);
    expect(JSON.parse(String(event!.params))).toEqual({
      sub1: "a b",
      sub6: "six",
      uid: "12",
      gclid: "g",
      avad: "77_f3afbe121",
    });
    expect(await owedTo(event!.id)).toEqual({ avantlink: null });
  });

  test("with a URL beyond its stored length is led on with all of it, and it is kept cut", async () => {
    const landing = locationOf(await open(`PARTNER123?utm_content=${"x".repeat(12_000)}`));
    expect(landing.searchParams.get("utm_content")).toHaveLength(12_000);
    const [event] = await recorded(landing.searchParams.get("cf_click")!);
    expect(event!.affiliate_url).toBe(landing.href.slice(0, 8_192));
  });

  test("cannot bring an aff, a click id or a seal of his own", async () => {
    const landing = locationOf(await open("PARTNER123?aff=OTHER&cf_click=x&cf_seal=y&aff=THIRD"));
    expect(landing.searchParams.getAll("aff")).toEqual(["PARTNER123"]);
    expect(landing.searchParams.getAll("cf_click")).toEqual([expect.stringMatching(/^cust_/)]);
    expect(landing.searchParams.getAll("cf_seal")).toEqual([expect.stringMatching(/^[\w-]{38}$/)]);
  });

  test("gets the first-party cookie where the destination is on the collector's site", async () => {
    const response = await open("PARTNER123");
    const click = locationOf(response).searchParams.get("cf_click");
    expect(response.headers.get("Set-Cookie")).toBe(
      `affitor_click_id=${click}; Max-Age=5184000; Domain=shop.example; Path=/; SameSite=Lax; Secure`,
    );
    const elsewhere = await SELF.fetch("https://go.collector.example/c/PARTNER123", {
      redirect: "manual",
      headers: { "User-Agent": CHROME },
    });
    expect(elsewhere.status).toBe(302);
    expect(elsewhere.headers.get("Set-Cookie")).toBeNull();
  });

  test("with the cookie from before stays the same customer, and the click is another", async () => {
    await seedLink({ code: "AGAIN" });
    const first = await open("AGAIN");
    const Cookie = first.headers.get("Set-Cookie")!.split(";")[0]!;
    const again = await open("AGAIN", { Cookie });
    const click = locationOf(again).searchParams.get("cf_click")!;
    expect(click).toBe(locationOf(first).searchParams.get("cf_click"));
    expect((await recorded(click)).map((event) => event.is_unique)).toEqual([1, 0]);
  });

  test("gets an answer that no cache keeps and that tells the landing page the site he comes from", async () => {
    const { headers } = await open("PARTNER123");
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(headers.get("Referrer-Policy")).toBe("strict-origin-when-cross-origin");
  });

  test("is led on without a click id when the click cannot be kept; the landing page's tracker counts", async () => {
    await seedLink({ code: "NOTKEPT" });
    const intake = env.INTAKE.getByName("xx:0");
    const rename = (from: string, to: string) =>
      runInDurableObject(intake, (_, state) => {
        state.storage.sql.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
      });
    await recordAll();
    await rename("groups", "away");
    const response = await open("NOTKEPT?sub1=x");
    await rename("away", "groups");
    expect([response.status, response.headers.get("Location")]).toEqual([
      302,
      "https://shop.example/?sub1=x&aff=NOTKEPT",
    ]);
    expect(await clicksOf("NOTKEPT")).toBe(0);
  });
});

describe("who is no visitor is redirected without being counted", () => {
  test.each<[string, Record<string, string>, string?]>([
    ["a HEAD", {}, "HEAD"],
    ["a link preview", { "User-Agent": PREVIEW }],
    ["a crawler", { "User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)" }],
    ["a messenger's preview", { "User-Agent": "WhatsApp/2.23.20.0" }],
    ["an HTTP library", { "User-Agent": "curl/8.5.0" }],
    ["what names no user agent", { "User-Agent": "" }],
    ["a page fetched ahead", { "Sec-Purpose": "prefetch;prerender" }],
    ["a page fetched ahead by an older browser", { Purpose: "prefetch" }],
    ["another page's image", { "Sec-Fetch-Dest": "image" }],
    ["another page's hidden frame", { "Sec-Fetch-Dest": "iframe" }],
  ])("%s", async (_, headers, method = "GET") => {
    const before = await rowsStored();
    const response = await open("PARTNER123?sub1=x", headers, { method });
    expect(response.status).toBe(302);
    expect(locationOf(response).href).toBe("https://shop.example/?sub1=x&aff=PARTNER123");
    expect(response.headers.get("Set-Cookie")).toBeNull();
    expect(await rowsStored()).toBe(before);
  });
});

describe("the tracker on the landing page", () => {
  /** What the tracker posts there. */
  const tracked = async (affiliate_url: string, over: object = {}) => {
    const response = await postClick({
      affiliate_url,
      timezone: "Europe/Berlin",
      additional_data: { event_id: crypto.randomUUID(), program_id: 1 },
      ...over,
    });
    return (await response.json()) as Record<string, unknown>;
  };

  async function followed(code: string, headers: Record<string, string> = {}) {
    const landing = locationOf(await open(code, headers));
    return { landing, click_id: landing.searchParams.get("cf_click")! };
  }

  test("gets the first answer, and nothing is counted twice, however often it is loaded", async () => {
    await seedLink({ code: "ONCE" });
    const { landing, click_id } = await followed("ONCE");
    for (let i = 0; i < 3; i++) {
      expect(await tracked(landing.href)).toEqual({
        success: true,
        click_id,
        partner_code: "ONCE",
        cookie_window_days: 60,
        cookie_set: true,
      });
      await recordAll();
    }
    expect(await recorded(click_id)).toHaveLength(1);
    expect(await linkRow("ONCE")).toMatchObject({ clicks: 1, unique_clicks: 1 });
  });

  test("gets it on another page of the destination's hash router, too", async () => {
    await seedLink({ code: "HASH", destination_url: "https://shop.example/#/pricing" });
    const { landing, click_id } = await followed("HASH");
    landing.hash = "#/checkout";
    expect(await tracked(landing.href)).toMatchObject({ click_id });
    expect(await clicksOf("HASH")).toBe(1);
  });

  test("gets the customer's id where the collector knew the visitor, and the page another", async () => {
    await seedLink({ code: "KNOWN" });
    const { click_id: customer } = await followed("KNOWN");
    const { landing, click_id } = await followed("KNOWN", { Cookie: `affitor_click_id=${customer}` });
    expect(click_id).toBe(customer);
    const other = (await tracked("https://shop.example/?aff=PARTNER123")).click_id;
    expect(await tracked(landing.href, { existing_click_id: other })).toMatchObject({ click_id });
    expect(await clicksOf("KNOWN")).toBe(2);
  });

  test("is not told off when the link was switched off in between", async () => {
    await seedLink({ code: "SWITCHED" });
    const { landing, click_id } = await followed("SWITCHED");
    await env.DB.prepare("UPDATE referral_links SET status = 'inactive' WHERE code = 'SWITCHED'").run();
    // Not by SELF, whose isolate knows the link for ten seconds more: this one has not seen it yet.
    const request = new Request(`${COLLECTOR}/api/v1/track/click`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ affiliate_url: landing.href }),
    });
    const response = await trackClick(request, env, Date.now());
    expect(await response.json()).toMatchObject({ success: true, click_id });
  });

  test.each<[string, (landing: URL) => void]>([
    ["another aff", (landing) => landing.searchParams.set("aff", "PARTNER123")],
    [
      "another click id",
      (landing) => landing.searchParams.set("cf_click", `cust_${"a".repeat(32)}_1715084416123`),
    ],
    ["no seal", (landing) => landing.searchParams.delete("cf_seal")],
    ["no click id", (landing) => landing.searchParams.delete("cf_click")],
    [
      "an altered seal",
      (landing) => {
        const seal = landing.searchParams.get("cf_seal")!;
        const altered = (seal.startsWith("a") ? "b" : "a") + seal.slice(1);
        landing.searchParams.set("cf_seal", altered);
      },
    ],
    ["a seal that is none", (landing) => landing.searchParams.set("cf_seal", "'; DROP TABLE customers; --")],
  ])("counts a landing of %s as a click of its own", async (name, alter) => {
    const code = `OWN ${name}`;
    await seedLink({ code });
    const { landing, click_id } = await followed(encodeURIComponent(code));
    alter(landing);
    const counted = landing.searchParams.get("aff")!;
    const before = await clicksOf(counted);
    expect((await tracked(landing.href)).click_id).not.toBe(click_id);
    expect(await clicksOf(counted)).toBe(before + 1);
  });

  test("counts who came by a redirect that did not", async () => {
    await seedLink({ code: "FALLBACK" });
    const landing = locationOf(await open("FALLBACK", { "Sec-Purpose": "prefetch" }));
    expect(await tracked(landing.href)).toMatchObject({ success: true, partner_code: "FALLBACK" });
    expect(await clicksOf("FALLBACK")).toBe(1);
  });
});

describe("encrypted parameters", () => {
  const PARAMS = { sub1: "a b", sub5: "é", source_id: "newsletter", network_offer_url_id: 12 };
  const KEPT = { sub1: "a b", sub5: "é", source_id: "newsletter", uid: "12" };
  let sealed: URL;

  beforeAll(async () => {
    await seedLink({ code: "SEALED", everflow: { offer_id: 8, affiliate_id: 7 } });
    sealed = await generated(8, { ...PARAMS, is_encrypt_parameters: true });
  });

  test("are read back and kept with the click, and stay unreadable on the landing page", async () => {
    const landing = locationOf(await open(pathOf(sealed)));
    expect([...landing.searchParams.keys()]).toEqual(["cf_params", "aff", "cf_click", "cf_seal"]);
    const [event] = await recorded(landing.searchParams.get("cf_click")!);
    expect(JSON.parse(String(event!.params))).toEqual(KEPT);
  });

  test("win over plain ones that were added to the link", async () => {
    const landing = locationOf(await open(`${pathOf(sealed)}&sub1=mine&sub2=two`));
    const [event] = await recorded(landing.searchParams.get("cf_click")!);
    expect(JSON.parse(String(event!.params))).toEqual({ ...KEPT, sub2: "two" });
  });

  test("are read from the landing page where the redirect did not count", async () => {
    const landing = locationOf(await open(pathOf(sealed), { "Sec-Purpose": "prefetch" }));
    const response = await postClick({ affiliate_url: landing.href });
    const { click_id } = (await response.json()) as { click_id: string };
    expect(JSON.parse(String((await recorded(click_id))[0]!.params))).toEqual(KEPT);
  });

  const token = () => sealed.searchParams.get("cf_params")!;
  test.each<[string, () => string]>([
    ["in their first character, the version", () => `B${token().slice(1)}`],
    [
      "in the middle",
      () => token().replace(/^(.{30})(.)/, (_, head, char) => head + (char === "A" ? "B" : "A")),
    ],
    ["in their last character", () => token().replace(/.$/, (char) => (char === "A" ? "B" : "A"))],
    ["by cutting them off", () => token().slice(0, -4)],
    ["by adding to them", () => `${token()}AAAA`],
    ["to nothing", () => ""],
    ["to what is no such value", () => "<script>alert(1)</script>"],
    ["to a flood", () => "A".repeat(60_000)],
  ])("altered %s are refused with a clear page, and nothing is counted", async (_, alter) => {
    const before = await rowsStored();
    const response = await open(`SEALED?cf_params=${encodeURIComponent(alter())}`);
    const page = await response.text();
    expect(response.status).toBe(400);
    expect(response.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    expect(page).toContain("This link has been altered");
    expect(page).not.toContain("<script");
    expect(await rowsStored()).toBe(before);
  });

  test("of another link are refused", async () => {
    expect((await open(`PARTNER123${sealed.search}`)).status).toBe(400);
  });
});

describe("a link that leads nowhere", () => {
  test.each([
    ["has no such code", "NOSUCH"],
    ["has no code", ""],
    ["has a code in another case", "partner123"],
    ["has a code that cannot be decoded", "%E0%A4%A"],
    ["is the built-in one", "avantlink"],
  ])("because it %s is a 404 page", async (_, path) => {
    const before = await rowsStored();
    const response = await open(path);
    expect([response.status, response.headers.get("Location")]).toEqual([404, null]);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await response.text()).toContain("This link leads nowhere");
    expect(await rowsStored()).toBe(before);
  });

  test("because its partner is gone is a 404 page", async () => {
    await seedLink({ code: "NOPARTNER", partner_id: 99 });
    expect((await open("NOPARTNER")).status).toBe(404);
  });

  test.each(["POST", "PUT", "DELETE"])("is not opened by %s", async (method) => {
    const before = await rowsStored();
    const response = await open("PARTNER123", {}, { method });
    expect([response.status, response.headers.get("Allow")]).toEqual([405, "GET, HEAD"]);
    expect(await rowsStored()).toBe(before);
  });
});

describe("where it leads", () => {
  test("an inactive link leads to the program's landing page, without aff, and nothing is counted", async () => {
    await seedLink({ code: "OFF", status: "inactive", destination_url: DESTINATION });
    const before = await rowsStored();
    const response = await open("OFF?sub1=x");
    expect([response.status, response.headers.get("Location")]).toEqual([302, "https://shop.example/"]);
    expect(response.headers.get("Set-Cookie")).toBeNull();
    expect(await rowsStored()).toBe(before);
  });

  test.each([
    "https://evil.example/",
    "https://notshop.example/",
    "https://shop.example.evil.example/",
    "javascript:alert(1)//shop.example",
    "data:text/html,shop.example",
    "//evil.example",
    "no address at all",
  ])(
    "a destination off the program's hosts is not gone to, but the landing page: %s",
    async (destination_url) => {
      const code = `LOST ${destination_url}`;
      await seedLink({ code, destination_url });
      const landing = locationOf(await open(encodeURIComponent(code)));
      expect(landing.origin + landing.pathname).toBe("https://shop.example/");
      expect(landing.searchParams.get("aff")).toBe(code);
      expect(await clicksOf(code)).toBe(1);
    },
  );

  test.each(["?url=https://evil.example/", "?redirect=//evil.example", "//evil.example", "\\\\evil.example"])(
    "nothing in the call moves it: %s",
    async (rest) => {
      const response = await open(`PARTNER123${rest}`);
      const to = response.headers.get("Location");
      if (to !== null) expect(new URL(to).origin).toBe("https://shop.example");
    },
  );
});
