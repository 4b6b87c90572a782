import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { call, callWith, SHOP } from "./support/call.ts";

async function domainsOf(programId: number): Promise<unknown[]> {
  const rows = await env.DB.prepare("SELECT domain FROM program_domains WHERE program_id = ? ORDER BY domain")
    .bind(programId)
    .all();
  return rows.results.map((row) => row.domain);
}

test("a program is made with its built-in link and its domains, with sensible defaults", async () => {
  const { status, body } = await call("POST", "/programs", SHOP);
  expect(status).toBe(201);
  expect(body).toEqual({
    id: expect.any(Number),
    ...SHOP,
    cookie_window_days: 60,
    attribution_model: "last_click",
    status: "active",
    honor_gpc: true,
    everflow: null,
    avantlink: null,
    clicks: 0,
    unique_clicks: 0,
    bot_clicks: 0,
    last_clicked: null,
    created_at: expect.any(Number),
    updated_at: body.created_at,
  });
  expect(Math.abs(Date.now() - body.created_at)).toBeLessThan(60_000);
  const links = await env.DB.prepare("SELECT * FROM referral_links WHERE program_id = ?").bind(body.id).all();
  expect(links.results).toMatchObject([
    {
      kind: "avantlink",
      code: "avantlink",
      partner_id: null,
      destination_url: SHOP.landing_url,
      status: "active",
    },
  ]);
  expect(await domainsOf(body.id)).toEqual(["shop.example"]);
  expect((await call("GET", `/programs/${body.id}`)).body).toEqual(body);
});

test("a program can be made with its own id and all its settings", async () => {
  const everything = {
    id: 4711,
    name: "Acme",
    domains: ["acme.example", "shop.localhost"],
    landing_url: "http://shop.localhost:8788/?a=1#b",
    cookie_window_days: 3650,
    attribution_model: "first_click",
    status: "inactive",
    honor_gpc: false,
    everflow: {
      enabled: false,
      tracking_domain: "https://www.acme-trk.example",
      advertiser_id: 7,
      click_id_param: "sub4",
      forward_visitor_headers: false,
      api_key_secret: "EVERFLOW_API_KEY",
    },
    avantlink: {
      enabled: false,
      merchant_id: "0f8fad5b-d9cb-469f-a165-70867728950e",
      base_url: "https://s2s.network.example",
    },
  };
  const { status, body } = await call("POST", "/programs", everything);
  expect(status).toBe(201);
  expect(body).toMatchObject(everything);
  const row = await env.DB.prepare("SELECT * FROM programs WHERE id = 4711").first();
  expect(row).toMatchObject({
    honor_gpc: 0,
    domains: '["acme.example","shop.localhost"]',
    status: "inactive",
  });
  expect(JSON.parse(row!.everflow as string)).toEqual(everything.everflow);
  expect(await domainsOf(4711)).toEqual(["acme.example", "shop.localhost"]);

  const again = await call("POST", "/programs", { ...SHOP, id: 4711 });
  expect(again.status).toBe(409);
  expect(again.body).toEqual({ error: "id 4711 is taken by another program", field: "id" });
  expect(await domainsOf(4711)).toEqual(["acme.example", "shop.localhost"]);
});

test("a program without domains gets its landing page's host", async () => {
  const { body } = await call("POST", "/programs", { name: "A", landing_url: "https://www.a.example/x" });
  expect(body.domains).toEqual(["www.a.example"]);
  expect(await domainsOf(body.id)).toEqual(["www.a.example"]);
});

test("domains are kept in lower case, in ASCII and once", async () => {
  const domains = ["Shop.Example", "shop.example", " bücher.example ", "localhost"];
  const { body } = await call("POST", "/programs", { ...SHOP, domains });
  expect(body.domains).toEqual(["shop.example", "xn--bcher-kva.example", "localhost"]);
  expect(await domainsOf(body.id)).toEqual(["localhost", "shop.example", "xn--bcher-kva.example"]);
});

const EVERFLOW = { tracking_domain: "https://www.acme-trk.example" };

test.each([
  [{ name: undefined }, "name", "name is required"],
  [{ name: "  " }, "name", "name must not be empty"],
  [{ name: "a\nb" }, "name", "name must not contain control characters"],
  [{ name: 7 }, "name", "name must be a string"],
  [{ name: "x".repeat(201) }, "name", "name must be 200 characters or fewer"],
  [{ landing_url: undefined }, "landing_url", "landing_url is required"],
  [{ landing_url: "shop.example" }, "landing_url", "landing_url must be an http or https URL"],
  [{ landing_url: "javascript:alert(1)" }, "landing_url", "landing_url must be an http or https URL"],
  [
    { landing_url: "https://user:pass@shop.example" },
    "landing_url",
    "landing_url must be an http or https URL",
  ],
  [{ domains: "shop.example" }, "domains", "domains must be an array"],
  [{ domains: ["ok.example", "https://shop.example"] }, "domains.1", /^domains\.1 must be a host name/],
  [{ domains: ["shop.example:8080"] }, "domains.0", /^domains\.0 must be a host name/],
  [{ domains: ["shop.example/path"] }, "domains.0", /^domains\.0 must be a host name/],
  [{ domains: ["*.shop.example"] }, "domains.0", /^domains\.0 must be a host name/],
  [{ domains: ["shop..example"] }, "domains.0", /^domains\.0 must be a host name/],
  [{ domains: ["co.uk"] }, "domains.0", "domains.0 must not be a public suffix"],
  [{ domains: Array(101).fill("a.example") }, "domains", "domains must be 100 host names or fewer"],
  [{ cookie_window_days: 0 }, "cookie_window_days", "cookie_window_days must be 1 or more"],
  [{ cookie_window_days: 3651 }, "cookie_window_days", "cookie_window_days must be 3650 or less"],
  [{ cookie_window_days: 1.5 }, "cookie_window_days", "cookie_window_days must be a whole number"],
  [{ cookie_window_days: "60" }, "cookie_window_days", "cookie_window_days must be a number"],
  [
    { attribution_model: "best" },
    "attribution_model",
    "attribution_model must be one of: last_click, first_click",
  ],
  [{ status: "on" }, "status", "status must be one of: active, inactive"],
  [{ honor_gpc: 1 }, "honor_gpc", "honor_gpc must be true or false"],
  [{ id: 0 }, "id", "id must be 1 or more"],
  // SQLite numbers on from the largest id: after this one it guesses, and JavaScript rounds what it finds.
  [{ id: Number.MAX_SAFE_INTEGER }, "id", "id must be 2147483647 or less"],
  [{ id: 2 ** 31 }, "id", "id must be 2147483647 or less"],
  [{ cookie_window: 60 }, "cookie_window", "cookie_window is not a field of this request"],
  [{ everflow: {} }, "everflow.tracking_domain", "everflow.tracking_domain is required"],
  [{ everflow: "x" }, "everflow", "everflow must be an object"],
  [{ everflow: { ...EVERFLOW, key: "s" } }, "everflow.key", "everflow.key is not a field of this request"],
  [
    { everflow: { tracking_domain: "http://trk.example" } },
    "everflow.tracking_domain",
    /must be an https origin/,
  ],
  [{ everflow: { tracking_domain: "https://trk.example/clk" } }, "everflow.tracking_domain", /https origin/],
  [{ everflow: { tracking_domain: "https://u:p@trk.example" } }, "everflow.tracking_domain", /https origin/],
  [
    { everflow: { ...EVERFLOW, click_id_param: "oid" } },
    "everflow.click_id_param",
    /must not be oid or affid$/,
  ],
  [
    { everflow: { ...EVERFLOW, click_id_param: "a&b" } },
    "everflow.click_id_param",
    /must be a parameter's name/,
  ],
  [
    { everflow: { ...EVERFLOW, api_key_secret: "sk-123" } },
    "everflow.api_key_secret",
    /name of a Worker secret/,
  ],
  [
    { everflow: { ...EVERFLOW, api_key_secret: "ADMIN_TOKEN" } },
    "everflow.api_key_secret",
    /collector itself$/,
  ],
  [{ everflow: { ...EVERFLOW, enabled: 1 } }, "everflow.enabled", "everflow.enabled must be true or false"],
  [
    { everflow: { ...EVERFLOW, forward_visitor_headers: null } },
    "everflow.forward_visitor_headers",
    "everflow.forward_visitor_headers must be true or false",
  ],
  [{ everflow: { ...EVERFLOW, advertiser_id: "1" } }, "everflow.advertiser_id", /must be a number$/],
  [{ avantlink: { merchant_id: "12345" } }, "avantlink.merchant_id", "avantlink.merchant_id must be a UUID"],
])("a program with %j is refused, naming %s", async (fault, field, error) => {
  const before = await env.DB.prepare("SELECT COUNT(*) n FROM programs").first("n");
  const { status, body } = await call("POST", "/programs", { ...SHOP, ...fault });
  expect(body).toEqual({ error: typeof error === "string" ? error : expect.stringMatching(error), field });
  expect(status).toBe(400);
  expect(await env.DB.prepare("SELECT COUNT(*) n FROM programs").first("n")).toBe(before);
});

test.each([
  "DB",
  "INTAKE",
  "COURIER",
  "LIVE",
  "ASSETS",
  "CLICK_ID_SECRET",
  "CLICK_ID_SECRET_PREVIOUS",
  "INTAKE_SHARDS",
  "COURIERS_PER_NETWORK",
  "DELIVERY_TIMEOUT_MS",
  "DELIVERY_HOURS",
  "ALLOW_LOOPBACK_NETWORKS",
  "TRACKER_ALIASES",
])("a network's key is not the collector's own %s, for a new program or an old one", async (name) => {
  const made = (await call("POST", "/programs", SHOP)).body;
  const everflow = { ...EVERFLOW, api_key_secret: name };
  const field = "everflow.api_key_secret";
  const refused = {
    status: 400,
    body: { error: `${field} must not be a binding of the collector itself`, field },
  };
  expect(await call("POST", "/programs", { ...SHOP, everflow })).toMatchObject(refused);
  expect(await call("PATCH", `/programs/${made.id}`, { everflow })).toMatchObject(refused);
  expect((await call("GET", `/programs/${made.id}`)).body).toEqual(made);
});

const MERCHANT = { merchant_id: "0f8fad5b-d9cb-469f-a165-70867728950e" };
/** One merchant has one active program. */
beforeEach(() => env.DB.prepare("UPDATE programs SET avantlink = NULL").run());

// The second one stopped all of the merchant's server-to-server clicks: nobody knew whose they were.
describe("a merchant of AvantLink's has one active program:", () => {
  const refused = (id: number) => ({
    status: 409,
    body: {
      error: `avantlink.merchant_id is that of program ${id}, which is active`,
      field: "avantlink.merchant_id",
    },
  });

  test("another is not made, and may be made inactive", async () => {
    const given = { ...SHOP, avantlink: MERCHANT };
    const { id } = (await call("POST", "/programs", given)).body;
    const count = () => env.DB.prepare("SELECT COUNT(*) AS n FROM programs").first("n");
    const before = await count();
    const shouted = { merchant_id: MERCHANT.merchant_id.toUpperCase() };
    expect(await call("POST", "/programs", { ...given, avantlink: shouted })).toMatchObject(refused(id));
    expect(await count()).toBe(before);
    const next = await call("POST", "/programs", { ...given, status: "inactive" });
    expect(next.status).toBe(201);
    // The old one gives way to it, and may not come back.
    const path = `/programs/${next.body.id}`;
    expect(await call("PATCH", path, { status: "active" })).toMatchObject(refused(id));
    expect((await call("GET", path)).body).toMatchObject({ status: "inactive" });
    expect((await call("PATCH", `/programs/${id}`, { status: "inactive" })).status).toBe(200);
    expect((await call("PATCH", path, { status: "active" })).status).toBe(200);
    expect(await call("PATCH", `/programs/${id}`, { status: "active" })).toMatchObject(refused(next.body.id));
  });

  test("another is not given its merchant", async () => {
    const { id } = (await call("POST", "/programs", { ...SHOP, avantlink: MERCHANT })).body;
    const other = (await call("POST", "/programs", SHOP)).body;
    const path = `/programs/${other.id}`;
    expect(await call("PATCH", path, { name: "Another", avantlink: MERCHANT })).toMatchObject(refused(id));
    expect((await call("GET", path)).body).toEqual(other);
    expect((await call("PATCH", path, { status: "inactive", avantlink: MERCHANT })).status).toBe(200);
  });

  test("two that are there already can be changed, and one of them taken out of the way", async () => {
    const { id } = (await call("POST", "/programs", { ...SHOP, avantlink: MERCHANT })).body;
    const other = (await call("POST", "/programs", SHOP)).body;
    await env.DB.prepare("UPDATE programs SET avantlink = ? WHERE id = ?")
      .bind(JSON.stringify(MERCHANT), other.id)
      .run();
    for (const change of [{ name: "A" }, { avantlink: { ...MERCHANT, enabled: false } }, { avantlink: null }])
      expect((await call("PATCH", `/programs/${other.id}`, change)).status).toBe(200);
    expect((await call("PATCH", `/programs/${id}`, { status: "active" })).status).toBe(200);
  });
});

test("a network is on, and told of the visitor, unless its settings say otherwise", async () => {
  const given = { ...SHOP, everflow: EVERFLOW, avantlink: MERCHANT };
  const { body } = await call("POST", "/programs", given);
  expect(body.everflow).toEqual({
    ...EVERFLOW,
    enabled: true,
    click_id_param: "sub5",
    forward_visitor_headers: true,
  });
  expect(body.avantlink).toEqual({ ...MERCHANT, enabled: true });

  const off = { everflow: { ...EVERFLOW, enabled: false }, avantlink: { ...MERCHANT, enabled: false } };
  expect((await call("PATCH", `/programs/${body.id}`, off)).body).toMatchObject(off);
  const row = await env.DB.prepare("SELECT everflow, avantlink FROM programs WHERE id = ?")
    .bind(body.id)
    .first<Record<string, string>>();
  expect(JSON.parse(row!.everflow!)).toMatchObject({ enabled: false, forward_visitor_headers: true });
  expect(JSON.parse(row!.avantlink!)).toMatchObject({ enabled: false });
});

test("settings that were saved before a network could be switched off are shown as what they mean", async () => {
  const { body } = await call("POST", "/programs", SHOP);
  await env.DB.prepare("UPDATE programs SET everflow = ?, avantlink = ? WHERE id = ?")
    .bind(JSON.stringify(EVERFLOW), JSON.stringify(MERCHANT), body.id)
    .run();
  expect((await call("GET", `/programs/${body.id}`)).body).toMatchObject({
    everflow: { ...EVERFLOW, enabled: true, forward_visitor_headers: true },
    avantlink: { ...MERCHANT, enabled: true },
  });
});

// The kinds of address are test/networks/target.test.ts; here, that a program cannot be saved with one of them.
test.each([
  ["https://10.1.2.3", "must be a public address: 10.1.2.3 is on a private network"],
  ["https://169.254.169.254", "must be a public address: 169.254.169.254 is link-local"],
  ["https://metadata.internal", "must be a public address: metadata.internal is on a private network"],
  ["https://trk.example:8443", "must use port 443, not 8443"],
  ["https://trk", "must be a public address: trk is no full host name"],
])("a network may not be at %s, for a new program or an old one", async (target, words) => {
  const made = (await call("POST", "/programs", { ...SHOP, everflow: EVERFLOW, avantlink: MERCHANT })).body;
  const count = await env.DB.prepare("SELECT COUNT(*) n FROM programs").first("n");
  for (const [field, change] of Object.entries({
    "everflow.tracking_domain": { everflow: { tracking_domain: target } },
    "everflow.api_base": { everflow: { ...EVERFLOW, api_base: target } },
    "avantlink.base_url": { avantlink: { ...MERCHANT, base_url: target } },
  })) {
    const error = expect.stringMatching(new RegExp(`^${RegExp.escape(`${field} ${words}`)}`));
    const fresh = await call("POST", "/programs", { ...SHOP, ...change });
    expect(fresh).toMatchObject({ status: 400, body: { error, field } });
    const changed = await call("PATCH", `/programs/${made.id}`, { name: "New name", ...change });
    expect(changed).toMatchObject({ status: 400, body: { error, field } });
  }
  expect((await call("GET", `/programs/${made.id}`)).body).toEqual(made);
  expect(await env.DB.prepare("SELECT COUNT(*) n FROM programs").first("n")).toBe(count);
});

test.each([
  "http://127.0.0.1:9000",
  "http://localhost:9000",
  "http://[::1]:9000",
  "https://sandbox.localhost",
])("a network may be at %s in local mode alone", async (target) => {
  const change = { everflow: { tracking_domain: target }, avantlink: { ...MERCHANT, base_url: target } };
  const local = await callWith({ ALLOW_LOOPBACK_NETWORKS: "1" }, "POST", "/programs", {
    ...SHOP,
    ...change,
  });
  expect(local.status).toBe(201);
  expect(local.body).toMatchObject(change);
  for (const setting of ["0", ""]) {
    const bindings = { ALLOW_LOOPBACK_NETWORKS: setting };
    const refused = await callWith(bindings, "POST", "/programs", { ...SHOP, ...change });
    expect(refused.status).toBe(400);
    expect(refused.body).toEqual({
      error: expect.stringMatching(/^everflow\.tracking_domain must be a public address: .* is this machine/),
      field: "everflow.tracking_domain",
    });
    const name = { name: "Renamed" };
    const renamed = await callWith(bindings, "PATCH", `/programs/${local.body.id}`, name);
    expect(renamed.body).toMatchObject({ ...name, ...change });
  }
});

test("programs are listed", async () => {
  const { body } = await call("POST", "/programs", SHOP);
  const list = await call("GET", "/programs");
  expect(list.status).toBe(200);
  expect(list.body.data).toContainEqual(body);
});

test("a changed program keeps its other settings; domains and the built-in link follow", async () => {
  const made = (await call("POST", "/programs", { ...SHOP, everflow: EVERFLOW })).body;
  const other = (await call("POST", "/programs", SHOP)).body;
  const change = {
    domains: ["new.example", "shop.example"],
    landing_url: "https://new.example/",
    honor_gpc: false,
    everflow: null,
    cookie_window_days: 30,
  };
  const { status, body } = await call("PATCH", `/programs/${made.id}`, change);
  expect(status).toBe(200);
  expect(body).toEqual({ ...made, ...change, updated_at: expect.any(Number) });
  expect(body.updated_at).toBeGreaterThanOrEqual(made.updated_at);
  expect((await call("GET", `/programs/${made.id}`)).body).toEqual(body);
  expect(await domainsOf(made.id)).toEqual(["new.example", "shop.example"]);
  const destinations = await env.DB.prepare(
    "SELECT destination_url FROM referral_links WHERE program_id IN (?, ?) ORDER BY program_id",
  )
    .bind(made.id, other.id)
    .all();
  expect(destinations.results).toEqual([
    { destination_url: "https://new.example/" },
    { destination_url: SHOP.landing_url },
  ]);
  expect(await domainsOf(other.id)).toEqual(["shop.example"]);
});

test("a change is checked like a new program, and an empty one changes nothing", async () => {
  const made = (await call("POST", "/programs", SHOP)).body;
  const refused = await call("PATCH", `/programs/${made.id}`, { name: "New name", status: "off" });
  expect(refused.status).toBe(400);
  expect(refused.body.field).toBe("status");
  expect((await call("PATCH", `/programs/${made.id}`, { id: 9 })).body.field).toBe("id");
  expect((await call("PATCH", `/programs/${made.id}`, {})).body).toEqual(made);
});

test.each(["999999", "0", "-1", "1.5", "abc", "99999999999999999999", "1'--"])(
  "there is no program %s",
  async (id) => {
    const path = `/programs/${encodeURIComponent(id)}`;
    for (const answer of [await call("GET", path), await call("PATCH", path, { name: "x" })]) {
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual({ error: "Program not found" });
    }
  },
);

test.each([
  ["", "body must be JSON"],
  ["{", "body must be JSON"],
  ["[]", "body must be an object"],
  ["null", "body must be an object"],
  ['"x"', "body must be an object"],
])("the body %j is refused", async (text, error) => {
  const answer = await call("POST", "/programs", text);
  expect(answer.status).toBe(400);
  expect(answer.body).toEqual({ error, field: "body" });
});

/** A body that arrives in pieces, so that nobody knows its length. */
function chunks(text: string): ReadableStream {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.subarray(at, at + 1000));
      at += 1000;
      if (at >= bytes.length) controller.close();
    },
  });
}

test.each(["with", "without"])("a body over 64 KiB is refused, %s a length said beforehand", async (said) => {
  const text = JSON.stringify({ ...SHOP, name: "x".repeat(65 * 1024) });
  const answer = await call("POST", "/programs", said === "with" ? text : chunks(text));
  expect(answer.status).toBe(413);
  expect(answer.body).toEqual({ error: "The body is larger than 65536 bytes", field: "body" });
});
