/** Why the first click does not come: a real page for every fault, and clicks as they are recorded. */
import { createExecutionContext, env } from "cloudflare:test";
import { beforeAll, describe, expect, test } from "vitest";
import collector from "../../worker/index.ts";
import { postClick, recordAll } from "../support/program.ts";
import { call, callWith, ORIGIN, SHOP } from "./support/call.ts";
import { insertClick } from "./support/rows.ts";

const HOST = "t.shop.example";
let program_id: number;
let number = 0;
let pinned: { tag: string; path: string; integrity: string };

beforeAll(async () => {
  ({ program_id } = await program());
  const { pinned_tag } = (await call("GET", `/programs/${program_id}/snippet`)).body;
  const [, path, integrity] = /src="https:\/\/[^/]+(\/[^"]+)" integrity="([^"]+)"/.exec(pinned_tag)!;
  pinned = { tag: pinned_tag, path: path!, integrity: integrity! };
});

async function program(domains = ["shop.example", "127.0.0.1"]) {
  const { body } = await call("POST", "/programs", { ...SHOP, domains });
  const partner = await call("POST", "/partners", { name: "A partner" });
  const link = { program_id: body.id, partner_id: partner.body.id, code: `CHECK${++number}` };
  const made = await call("POST", "/links", { ...link, destination_url: "https://shop.example/sale?x=1" });
  return { program_id: body.id, partner_id: partner.body.id, link_id: made.body.id, code: link.code };
}

/** The address of a page that answers so. */
function page(body: string | undefined, more: Record<string, string | string[]> = {}): string {
  const asked = new URLSearchParams(body === undefined ? {} : { body });
  for (const [name, values] of Object.entries(more)) {
    for (const value of [values].flat()) asked.append(name, value);
  }
  return `${env.PAGES}/?${asked}`;
}

interface Step {
  step: string;
  state: string;
  words: string;
  hint?: string;
}

/** The step of the program with this landing page. */
async function step(name: string, landing_url: string, query = ""): Promise<Step> {
  // Past the check of addresses that a caller gives: some of these are older than it.
  await env.DB.prepare("UPDATE programs SET landing_url = ? WHERE id = ?")
    .bind(landing_url, program_id)
    .run();
  const { status, body } = await call("GET", `/programs/${program_id}/setup-check${query}`);
  expect(status).toBe(200);
  expect(body.steps.map(({ step }: Step) => step)).toEqual(["page", "script", "csp", "click", "cookie"]);
  const found = body.steps.find(({ step }: Step) => step === name);
  if (found.state === "problem") expect(found.hint).toMatch(/./);
  return found;
}

const tag = (attributes = `data-program="${program_id}"`, src = `${ORIGIN}/tracker.js`) =>
  `<!doctype html><title>Shop</title><script async src="${src}" ${attributes}></script>`;

describe("the page", () => {
  test("is fetched, and the time of it is told", async () => {
    expect(await step("page", page(undefined))).toEqual({
      step: "page",
      state: "ok",
      words: `${env.PAGES}/ answered 200`,
    });
    const { body } = await call("GET", `/programs/${program_id}/setup-check`);
    expect(body.checked_at).toBeGreaterThan(1_700_000_000_000);
  });

  test.each([
    [
      "is not there",
      () => page("", { status: "404" }),
      /^http:\/\/127\.0\.0\.1:\d+\/ answered 404$/,
      /landing_url/,
    ],
    ["keeps the collector out", () => page("", { status: "403" }), /answered 403$/, /firewall/],
    [
      "is no HTML",
      () => page("{}", { type: "application/json" }),
      /answered application\/json, which is no HTML$/,
      /landing_url/,
    ],
    [
      "does not answer",
      () => page("", { hang: "1" }),
      /^The page did not answer within 0\.3 s$/,
      /wait for the click/,
    ],
    [
      "cannot be reached",
      () => "http://127.0.0.1:1/",
      /^The page could not be reached: ./,
      /wait for the click/,
    ],
    ["is not https", () => "http://shop.example/", /^The page's address must be an https URL$/, /public/],
    [
      "is private",
      () => "https://10.0.0.7/",
      /^The page's address must be a public address: 10\.0\.0\.7 is on a private network$/,
      /public/,
    ],
    [
      "redirects to a private address",
      () => page("", { status: "302", header: "Location: http://169.254.169.254/" }),
      /^The page redirects; its next address must be a public address: 169/,
      /public/,
    ],
    [
      "redirects to nowhere",
      () => page("", { status: "301", header: "Location: http://[" }),
      /^The page redirects to what is no address$/,
      /public/,
    ],
  ])("%s", async (_, landing, words, hint) => {
    const landing_url = landing();
    const found = await step("page", landing_url);
    expect(found.state).toBe("problem");
    expect(found.words).toMatch(words);
    expect(found.hint).toMatch(hint);
    expect(await step("script", landing_url)).toMatchObject({
      state: "waiting",
      words: "The page could not be read",
    });
  });

  test("is followed through three redirects, and not through four", async () => {
    let address = page(tag());
    for (let i = 0; i < 3; i++) address = page("", { status: "302", header: `Location: ${address}` });
    expect((await step("page", address)).words).toMatch(/answered 200 after 3 redirects$/);
    expect((await step("script", address)).state).toBe("ok");
    address = page("", { status: "307", header: `Location: ${address}` });
    expect((await step("page", address)).words).toBe("The page redirects more than 3 times");
  });

  test("that leads to a host of nobody is a fault, and is looked at all the same", async () => {
    const foreign = page(tag()).replace("127.0.0.1", "localhost");
    const address = page("", { status: "302", header: `Location: ${foreign}` });
    const found = await step("page", address);
    expect(found).toMatchObject({
      state: "problem",
      words: `The page leads after 1 redirect to ${env.PAGES!.replace("127.0.0.1", "localhost")}/, which is on none of the program's domains`,
    });
    expect((await step("script", address)).state).toBe("ok");
  });

  test("on this machine is not called where that is not allowed", async () => {
    await env.DB.prepare("UPDATE programs SET landing_url = ? WHERE id = ?")
      .bind(page(tag()), program_id)
      .run();
    const bindings = { ALLOW_LOOPBACK_NETWORKS: "0" };
    const { body } = await callWith(bindings, "GET", `/programs/${program_id}/setup-check`);
    expect(body.steps[0].words).toBe(
      "The page's address must be a public address: 127.0.0.1 is this machine itself",
    );
  });
});

describe("the script", () => {
  test.each([
    ["plain", () => tag()],
    ["pinned", () => pinned.tag.replace(/data-program="\d+"/, `data-program="${program_id}"`)],
    [
      "by Affitor's names",
      () => tag(`data-affitor-program-id='${program_id}'`, `${ORIGIN}/js/affitor-tracker.js`),
    ],
    ["below a base address", () => `<base href="${ORIGIN}/a/b">${tag(undefined, "/tracker.js")}`],
    [
      "with character references",
      () => tag(undefined, "https:&#47;&#x2f;t.shop.example/tracker.js?a=1&amp;b=2"),
    ],
    [
      "with several hashes of integrity",
      () => tag(`data-program="${program_id}" crossorigin integrity="sha256-no ${pinned.integrity}?x"`),
    ],
    ["after one that is wrong", () => `${tag('data-program="999"')}${tag()}`],
  ])("is found: %s", async (_, body) => {
    const found = await step("script", page(body()));
    expect(found).toEqual({
      step: "script",
      state: "ok",
      words: expect.stringMatching(new RegExp(`^The page has the tag: ${HOST}/\\S+, program ${program_id}$`)),
    });
  });

  test.each([
    [
      "another host",
      () => tag(undefined, "https://t.other.example/tracker.js"),
      "The tag points to another host: t.other.example, and this collector is t.shop.example",
    ],
    [
      "Affitor's own host",
      () => tag('data-affitor-program-id="1"', "https://api.affitor.com/js/affitor-tracker.js"),
      "The tag points to another host: api.affitor.com, and this collector is t.shop.example",
    ],
    [
      "clicks go elsewhere",
      () => tag(`data-program="${program_id}" data-affitor-api-base="https://api.affitor.com"`),
      "data-affitor-api-base sends clicks to another host: api.affitor.com",
    ],
    [
      "another program",
      () => tag(`data-program="${program_id + 1}"`),
      () => `data-program is "${program_id + 1}", and this program is ${program_id}`,
    ],
    ["no program", () => tag(""), "The tag has no data-program"],
    [
      "an old pinned tag",
      () => tag(undefined, `${ORIGIN}/tracker.0badf00d.js`),
      "The tag asks for /tracker.0badf00d.js, the tracker of another deployment",
    ],
    [
      "no such file",
      () => tag(undefined, `${ORIGIN}/trakcer.js`),
      "The tag asks for /trakcer.js, which this collector does not have",
    ],
    [
      "a wrong hash",
      () => tag(`data-program="${program_id}" crossorigin="anonymous" integrity="sha384-${"A".repeat(64)}"`),
      "The tag's integrity is not that of today's script: browsers refuse it",
    ],
    [
      "integrity without CORS",
      () => tag(`data-program="${program_id}" integrity="${pinned.integrity}"`, `${ORIGIN}${pinned.path}`),
      "The tag has integrity and no crossorigin: browsers refuse the script",
    ],
  ])("is wrong: %s", async (_, body, words) => {
    expect(await step("script", page(body()))).toMatchObject({
      state: "problem",
      words: typeof words === "string" ? words : words(),
    });
  });

  test.each([
    ["no tag", "<p>Hello", /^The page's HTML has no tag of the tracker$/, /tag manager/],
    [
      "a tag in a comment",
      `<!-- <script src="${ORIGIN}/tracker.js" data-program="1"></script> -->`,
      /no tag/,
      /tag manager/,
    ],
    [
      "somebody's tracker.js",
      '<script src="https://cdn.example/tracker.js"></script>',
      /no tag/,
      /tag manager/,
    ],
  ])("is waited for: %s", async (_, body, words, hint) => {
    expect(await step("script", page(body))).toMatchObject({
      state: "waiting",
      words: expect.stringMatching(words),
      hint: expect.stringMatching(hint),
    });
  });

  test("is waited for where a consent tool holds it", async () => {
    const found = await step("script", page(tag(`data-program="${program_id}" type="text/plain"`)));
    expect(found).toMatchObject({ state: "waiting", words: expect.stringContaining('"text/plain"') });
  });

  test("over http is refused by an https page, which the words say", async () => {
    const { scriptStep } = await import("../../worker/reports/setup-check/script-step.ts");
    const { readPage } = await import("../../worker/reports/setup-check/read-page.ts");
    const url = new URL("https://shop.example/");
    const read = await readPage(tag(undefined, `http://${HOST}/tracker.js`), url);
    const { found } = await scriptStep(read, url, { url: new URL(ORIGIN), program_id, env });
    expect(found).toMatchObject({
      state: "problem",
      words: "The tag loads the script over http into an https page: browsers block it",
    });
  });

  test("under an alias is the script; a collector that was not built says so", async () => {
    const landing_url = page(tag(undefined, `${ORIGIN}/assets/x.js`));
    expect((await step("script", landing_url)).words).toMatch(/asks for \/assets\/x\.js/);
    const path = `/programs/${program_id}/setup-check`;
    const aliased = await callWith({ TRACKER_ALIASES: "/assets/x.js" }, "GET", path);
    expect(aliased.body.steps[1]).toMatchObject({
      state: "ok",
      words: expect.stringContaining("/assets/x.js"),
    });
    const ASSETS = { fetch: async () => new Response("", { status: 404 }) } as unknown as Fetcher;
    const unbuilt = await callWith({ ASSETS }, "GET", path);
    expect(unbuilt.body.steps[1]).toMatchObject({
      state: "problem",
      words: "This collector serves no tracker: it was deployed without being built",
    });
  });

  test("beyond the first MiB of a page is not seen", async () => {
    expect((await step("script", page(tag(), { size: "1000000" }))).state).toBe("ok");
    expect((await step("script", page(tag(), { size: "2000000" }))).state).toBe("waiting");
  });

  test("all names of one machine are one collector", async () => {
    const local = "http://track.shop.localhost:8787";
    await env.DB.prepare("UPDATE programs SET landing_url = ? WHERE id = ?")
      .bind(page(tag(undefined, `${local}/tracker.js`)), program_id)
      .run();
    const asked = new Request(`http://localhost:8787/api/admin/programs/${program_id}/setup-check`, {
      headers: { Authorization: `Bearer ${env.ADMIN_TOKEN}` },
    });
    const response = await collector.fetch(asked, env, createExecutionContext());
    const { steps } = await response.json<{ steps: Step[] }>();
    expect(steps[1]).toMatchObject({ state: "ok" });
  });
});

describe("the Content-Security-Policy", () => {
  const policy = (value: string) => ({ header: `Content-Security-Policy: ${value}` });
  const meta = (value: string) =>
    `<meta http-equiv="content-security-policy" content="${value.replaceAll("'", "&#39;")}">`;

  test.each([
    ["none", () => page(tag()), "The page has no Content-Security-Policy"],
    [
      "one that allows",
      () => page(tag(), policy(`default-src 'self'; script-src ${ORIGIN}; connect-src ${ORIGIN}`)),
      "The page's Content-Security-Policy allows the script and its call",
    ],
    [
      "a nonce",
      () =>
        page(
          tag(`data-program="${program_id}" nonce="n1"`),
          policy("script-src 'strict-dynamic' 'nonce-n1'"),
        ),
      "The page's Content-Security-Policy allows the script and its call",
    ],
    [
      "one that trusts a tag manager",
      () => page("<p>", policy("script-src 'strict-dynamic' 'nonce-n1'")),
      "The page's Content-Security-Policy allows the script and its call",
    ],
    [
      "one that only reports",
      () => page(tag(), { header: "Content-Security-Policy-Report-Only: default-src 'none'" }),
      "The page has no Content-Security-Policy",
    ],
    [
      "one behind the tag",
      () => page(`${tag()}${meta("script-src 'none'")}`),
      "The page's Content-Security-Policy allows the script and its call",
    ],
  ])("is no hindrance: %s", async (_, landing, words) => {
    expect(await step("csp", landing())).toEqual({ step: "csp", state: "ok", words });
  });

  const PREFIX = "The page's Content-Security-Policy does not let it";
  test.each([
    [
      "script-src",
      () => page(tag(), policy("script-src 'self'")),
      `${PREFIX} load ${ORIGIN}/tracker.js (script-src 'self')`,
      `Add ${ORIGIN} to script-src.`,
    ],
    [
      "connect-src",
      () => page(tag(), policy(`script-src ${ORIGIN}; connect-src 'self' https://api.example`)),
      `${PREFIX} send clicks to ${ORIGIN} (connect-src 'self' https://api.example)`,
      `Add ${ORIGIN} to connect-src.`,
    ],
    [
      "default-src",
      () => page(tag(), policy("default-src 'none'; script-src-elem *")),
      `${PREFIX} send clicks to ${ORIGIN} (default-src 'none')`,
      `Add the directive: connect-src ${ORIGIN};`,
    ],
    [
      "both, in a page without a tag",
      () => page("<p>", policy("default-src 'self' cdn.example")),
      `${PREFIX} load ${ORIGIN}/tracker.js (default-src 'self' cdn.example), nor send clicks to ${ORIGIN} (default-src 'self' cdn.example)`,
      `Add the directive: script-src 'self' cdn.example ${ORIGIN}; Add the directive: connect-src 'self' cdn.example ${ORIGIN};`,
    ],
    [
      "'strict-dynamic'",
      () => page(tag(), policy("script-src 'strict-dynamic' 'nonce-n1'")),
      `${PREFIX} load ${ORIGIN}/tracker.js (script-src 'strict-dynamic' 'nonce-n1')`,
      "script-src has 'strict-dynamic', which looks at no hosts: give the tag the page's nonce.",
    ],
    [
      "the second of two headers",
      () =>
        page(tag(), {
          header: ["Content-Security-Policy: img-src 'self'", "Content-Security-Policy: script-src 'self'"],
        }),
      `${PREFIX} load ${ORIGIN}/tracker.js (script-src 'self')`,
      `Add ${ORIGIN} to script-src.`,
    ],
    [
      "a meta element",
      () => page(`${meta("script-src 'self'")}${tag()}`),
      `${PREFIX} load ${ORIGIN}/tracker.js (script-src 'self')`,
      `Add ${ORIGIN} to script-src.`,
    ],
    [
      "a tag that is wrong as well",
      () => page(tag('data-program="0"'), policy("script-src 'self'")),
      `${PREFIX} load ${ORIGIN}/tracker.js (script-src 'self')`,
      `Add ${ORIGIN} to script-src.`,
    ],
  ])("stands in the way: %s", async (_, landing, words, hint) => {
    expect(await step("csp", landing())).toEqual({ step: "csp", state: "problem", words, hint });
  });
});

describe("the click and its cookie", () => {
  const MINUTE = 60_000;
  const since = Date.UTC(2026, 10, 1);
  let own: Awaited<ReturnType<typeof program>>;

  async function check(from: number | "" = since) {
    const query = from === "" ? "" : `?since=${from}`;
    return (await call("GET", `/programs/${own.program_id}/setup-check${query}`)).body;
  }

  async function fresh(domains?: string[]) {
    own = await program(domains);
    // An address that is not called: no test reaches out.
    await env.DB.prepare("UPDATE programs SET landing_url = 'https://shop.example:444/' WHERE id = ?")
      .bind(own.program_id)
      .run();
  }

  /** As recording leaves it, its link's counter included. */
  async function click(at: number, more: Record<string, unknown> = {}): Promise<string> {
    const id = await insertClick(
      { at, link_id: own.link_id, program_id: own.program_id, partner_id: own.partner_id },
      { page_url: "https://www.shop.example/sale", ip: "203.0.113.9", user_agent: "Browser/1", ...more },
    );
    await env.DB.prepare(
      "UPDATE referral_links SET last_clicked = max(coalesce(last_clicked, 0), ?), bot_clicks = bot_clicks + ? WHERE id = ?",
    )
      .bind(more.is_bot ? 0 : at, more.is_bot ? 1 : 0, own.link_id)
      .run();
    return id;
  }

  test("are waited for, with a link to open", async () => {
    await fresh();
    await click(since - 1);
    const { steps, click: first } = await check();
    expect(first).toBeNull();
    expect(steps[3]).toMatchObject({
      state: "waiting",
      words: "No click since 2026-11-01T00:00:00Z",
      hint: expect.stringContaining(`Open https://shop.example/sale?x=1&aff=${own.code} in a browser`),
    });
    expect(steps[4]).toEqual({
      step: "cookie",
      state: "waiting",
      words:
        "No visitor came twice yet. The collector sets the cookie itself: it is on shop.example's own domain, and Safari keeps it for the whole window",
    });
  });

  test("the first click since then is shown, and where it came from", async () => {
    await fresh();
    const id = await click(since + MINUTE);
    await click(since + 2 * MINUTE, { ip: "203.0.113.10" });
    const { steps, click: first } = await check();
    expect(first).toEqual({ id, at: since + MINUTE, page_url: "https://www.shop.example/sale", test: false });
    expect(steps[3]).toEqual({ step: "click", state: "ok", words: "A click arrived from www.shop.example" });
    expect(steps[4]).toMatchObject({
      state: "waiting",
      words: expect.stringContaining("No visitor came twice yet. The collector sets the cookie itself"),
      hint: expect.stringContaining("once more in the same browser"),
    });
    expect((await check(since + MINUTE + 1)).click.at).toBe(since + 2 * MINUTE);
  });

  test("from a host that is none of the program's is a fault", async () => {
    await fresh();
    await click(since + MINUTE, { page_url: "https://shop.example.evil.example/" });
    expect((await check()).steps[3]).toMatchObject({
      state: "problem",
      words: "A click arrived from shop.example.evil.example, which is none of the program's domains",
    });
  });

  test("of a bot says so; what came in another dialect is not the script's", async () => {
    await fresh();
    await click(since + MINUTE, { dialect: "link" });
    expect((await check()).click).toBeNull();
    await click(since + 2 * MINUTE, { is_bot: 1 });
    expect((await check()).steps[3]).toMatchObject({
      state: "ok",
      words: "A click arrived from www.shop.example, from a bot",
    });
  });

  test("a visitor who comes again with the cookie proves it, also where the first click seen is the second", async () => {
    await fresh();
    const customer_id = await click(since - MINUTE);
    await click(since + MINUTE, { customer_id });
    expect((await check()).steps[4]).toMatchObject({
      state: "ok",
      words: expect.stringMatching(
        /^A visitor came back with the cookie\. The collector sets the cookie itself/,
      ),
    });
    expect((await check(since - 2 * MINUTE)).steps[4].state).toBe("ok");
  });

  test("the same browser as a new visitor has lost the cookie", async () => {
    await fresh();
    await click(since + MINUTE);
    await click(since + 2 * MINUTE, { user_agent: "Browser/2" });
    expect((await check()).steps[4].state).toBe("waiting");
    await click(since + 3 * MINUTE);
    expect((await check()).steps[4]).toMatchObject({
      state: "problem",
      words: expect.stringMatching(/^The same browser came twice, and the second time without the cookie\./),
      hint: expect.stringContaining("consent"),
    });
  });

  test("on another site than the collector the script sets the cookie, for Safari's seven days", async () => {
    await fresh(["other.example"]);
    await click(since + MINUTE, { page_url: "https://www.other.example/" });
    expect((await check()).steps[4]).toMatchObject({
      state: "waiting",
      words: "No visitor came twice yet. The script sets the cookie, which Safari keeps for 7 days",
      hint: "Open a referral link once more in the same browser, to see it come back. For longer, put the collector under www.other.example's own domain; it is t.shop.example.",
    });
    await fresh(["other.example"]);
    await click(since + MINUTE);
    expect((await check()).steps[4].hint).toMatch(
      /For longer, add www\.shop\.example to the program's domains, with the collector under the same domain\.$/,
    );
  });

  test("a page on http and a collector on https are two sites, and that is said", async () => {
    await fresh(["shop.example"]);
    await click(since + MINUTE, { page_url: "http://www.shop.example/" });
    expect((await check()).steps[4]).toMatchObject({
      words: expect.stringContaining("The script sets the cookie"),
      hint: expect.stringMatching(/For longer, serve the page and the collector both over https: /),
    });
  });

  test("a test event is shown as one until a real click comes, whichever was first", async () => {
    await fresh();
    const body = {
      affiliate_url: `https://shop.example/?aff=${own.code}`,
      page_url: "https://www.shop.example/try",
    };
    const answer = await postClick({ ...body, additional_data: { test_mode: true } });
    expect(answer.status).toBe(200);
    const { steps, click: tested } = await check("");
    expect(tested).toEqual({
      id: null,
      at: expect.any(Number),
      page_url: "https://www.shop.example/try",
      test: true,
    });
    expect(steps[3].words).toBe("A test click arrived from www.shop.example");
    expect(steps[4].words).toMatch(/^A test click sets no cookie\./);

    expect((await postClick(body)).status).toBe(200);
    await recordAll();
    expect((await check("")).click).toMatchObject({ test: false, page_url: "https://www.shop.example/try" });
  });
});

test("a check of a program that is not there, and since a time that is none, are refused", async () => {
  expect((await call("GET", "/programs/999999/setup-check")).status).toBe(404);
  expect(await call("GET", `/programs/${program_id}/setup-check?since=soon`)).toMatchObject({
    status: 400,
    body: { field: "since" },
  });
});
