import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { call, programAndPartner } from "./support/call.ts";

let ids: { program_id: number; partner_id: number };
let made = 0;

beforeAll(async () => {
  const { program_id, partner_id } = await programAndPartner();
  ids = { program_id, partner_id };
});

function link(more: object = {}) {
  return { ...ids, code: `CODE${++made}`, destination_url: "https://shop.example/p", ...more };
}

test("a link is made active, with nothing counted", async () => {
  const given = link();
  const { status, body } = await call("POST", "/links", given);
  expect(status).toBe(201);
  expect(body).toEqual({
    id: expect.any(Number),
    kind: "partner",
    ...given,
    partner_name: "A partner",
    status: "active",
    everflow: null,
    everflow_tracking_url: null,
    clicks: 0,
    unique_clicks: 0,
    bot_clicks: 0,
    last_clicked: null,
    created_at: expect.any(Number),
    updated_at: body.created_at,
  });
  const row = await env.DB.prepare("SELECT * FROM referral_links WHERE id = ?").bind(body.id).first();
  expect(row).toMatchObject({
    ...given,
    kind: "partner",
    status: "active",
    clicks: 0,
    everflow_offer_id: null,
  });
  expect((await call("GET", `/links/${body.id}`)).body).toEqual(body);
});

test("a link keeps its Everflow settings, and Everflow's ids find it", async () => {
  const everflow = {
    offer_id: 12,
    affiliate_id: 34,
    sub1: "a",
    sub5: "é",
    source_id: "s",
    creative_id: 5,
    uid: 6,
    coupon_code: "C",
  };
  const { body } = await call("POST", "/links", link({ everflow }));
  expect(body.everflow).toEqual(everflow);
  const row = await env.DB.prepare(
    "SELECT id FROM referral_links WHERE everflow_offer_id = 12 AND everflow_affiliate_id = 34",
  ).first("id");
  expect(row).toBe(body.id);

  const other = await call("POST", "/links", link({ everflow: { offer_id: 12, affiliate_id: 34 } }));
  expect(other.status).toBe(409);
  expect(other.body).toEqual({
    error: "everflow offer_id and affiliate_id are those of another link",
    field: "everflow",
  });
  expect((await call("POST", "/links", link({ everflow: { offer_id: 12, affiliate_id: 35 } }))).status).toBe(
    201,
  );
});

test("a code is trimmed and is unique over all programs, in its exact spelling", async () => {
  const first = await call("POST", "/links", link({ code: "  Summer Sale/ä  " }));
  expect(first.body.code).toBe("Summer Sale/ä");
  const elsewhere = await programAndPartner();
  const { program_id, partner_id } = elsewhere;
  const again = await call("POST", "/links", link({ program_id, partner_id, code: "Summer Sale/ä" }));
  expect(again.status).toBe(409);
  expect(again.body).toEqual({ error: "code is taken by another link", field: "code" });
  expect((await call("POST", "/links", link({ code: "summer sale/ä" }))).status).toBe(201);
});

test.each([
  [{ code: "" }, "code", "code must not be empty"],
  [{ code: "   " }, "code", "code must not be empty"],
  [{ code: "x".repeat(129) }, "code", "code must be 128 characters or fewer"],
  [{ code: "a\u0000b" }, "code", "code must not contain control characters"],
  [{ code: "a\ud800" }, "code", "code must be valid Unicode"],
  [{ code: "AvantLink" }, "code", "code is reserved: avantlink"],
  [{ code: "." }, "code", "code must not be . or .., which no URL can end with"],
  [{ code: " .. " }, "code", "code must not be . or .., which no URL can end with"],
  [{ code: 12 }, "code", "code must be a string"],
  [{ program_id: 99_999 }, "program_id", "program_id is no program's"],
  [{ program_id: "1" }, "program_id", "program_id must be a number"],
  [{ partner_id: 99_999 }, "partner_id", "partner_id is no partner's"],
  [{ partner_id: null }, "partner_id", "partner_id must be a number"],
  [{ destination_url: "/p" }, "destination_url", "destination_url must be an http or https URL"],
  [{ destination_url: "https://evil.example/" }, "destination_url", /one of the program's domains$/],
  [{ destination_url: "https://notshop.example/" }, "destination_url", /one of the program's domains$/],
  [
    { destination_url: "https://shop.example.evil.example/" },
    "destination_url",
    /one of the program's domains$/,
  ],
  [{ destination_url: "https://shop.example@evil.example/" }, "destination_url", /http or https URL$/],
  [
    { destination_url: "https://evil.example\\@shop.example/" },
    "destination_url",
    /one of the program's domains$/,
  ],
  [{ status: "paused" }, "status", "status must be one of: active, inactive"],
  [{ everflow: { offer_id: 1 } }, "everflow.affiliate_id", "everflow.affiliate_id is required"],
  [{ everflow: { offer_id: 1, affiliate_id: "2" } }, "everflow.affiliate_id", /must be a number$/],
  [{ everflow: { offer_id: 1, affiliate_id: 2, sub6: "x" } }, "everflow.sub6", /not a field/],
  [{ clicks: 5 }, "clicks", "clicks is not a field of this request"],
])("a link with %j is refused, naming %s", async (fault, field, error) => {
  const before = await env.DB.prepare("SELECT COUNT(*) n FROM referral_links").first("n");
  const { status, body } = await call("POST", "/links", link(fault));
  expect(body).toEqual({ error: typeof error === "string" ? error : expect.stringMatching(error), field });
  expect(status).toBe(400);
  expect(await env.DB.prepare("SELECT COUNT(*) n FROM referral_links").first("n")).toBe(before);
});

test.each(["https://shop.example", "http://www.shop.example:8080/a?b#c", "https://SHOP.example/"])(
  "a link may lead to %s",
  async (destination_url) => {
    expect((await call("POST", "/links", link({ destination_url }))).status).toBe(201);
  },
);

test("a link may lead to the landing page's host, also when it is none of the domains", async () => {
  const program = await call("POST", "/programs", {
    name: "P",
    domains: ["a.example"],
    landing_url: "https://land.example/x",
  });
  const fits = link({ program_id: program.body.id, destination_url: "https://www.land.example/" });
  expect((await call("POST", "/links", fits)).status).toBe(201);
});

test("a link can be switched off, sent elsewhere and given other Everflow ids; its counters stay", async () => {
  const { body } = await call("POST", "/links", link({ everflow: { offer_id: 50, affiliate_id: 1 } }));
  await env.DB.prepare(
    "UPDATE referral_links SET clicks = 9, unique_clicks = 7, bot_clicks = 2, last_clicked = 5 WHERE id = ?",
  )
    .bind(body.id)
    .run();
  const change = {
    status: "inactive",
    destination_url: "https://www.shop.example/other",
    everflow: { offer_id: 51, affiliate_id: 2, sub1: "x" },
  };
  const changed = await call("PATCH", `/links/${body.id}`, change);
  expect(changed.status).toBe(200);
  expect(changed.body).toEqual({
    ...body,
    ...change,
    clicks: 9,
    unique_clicks: 7,
    bot_clicks: 2,
    last_clicked: 5,
    updated_at: expect.any(Number),
  });
  const row = await env.DB.prepare("SELECT * FROM referral_links WHERE id = ?").bind(body.id).first();
  expect(row).toMatchObject({ everflow_offer_id: 51, everflow_affiliate_id: 2, status: "inactive" });

  expect((await call("PATCH", `/links/${body.id}`, { everflow: null })).body.everflow).toBeNull();
  const cleared = await env.DB.prepare("SELECT * FROM referral_links WHERE id = ?").bind(body.id).first();
  expect(cleared).toMatchObject({ everflow: null, everflow_offer_id: null, everflow_affiliate_id: null });
});

test("a code of dots that is more than a dot segment is taken", async () => {
  for (const code of ["...", ".a", "%2e", "./"]) {
    expect((await call("POST", "/links", link({ code }))).status).toBe(201);
    const path = `/c/${encodeURIComponent(code)}`;
    expect(new URL(path, "https://track.shop.example").pathname).toBe(path);
  }
});

test("what a link's clicks are counted by cannot be changed: code, program, partner", async () => {
  const { body } = await call("POST", "/links", link());
  for (const change of [{ code: "NEW" }, { program_id: 1 }, { partner_id: 1 }]) {
    const refused = await call("PATCH", `/links/${body.id}`, change);
    expect(refused.status).toBe(400);
    expect(refused.body.field).toBe(Object.keys(change)[0]);
  }
  const foreign = await call("PATCH", `/links/${body.id}`, { destination_url: "https://evil.example" });
  expect(foreign.body.field).toBe("destination_url");
  await call("POST", "/links", link({ everflow: { offer_id: 60, affiliate_id: 1 } }));
  const taken = await call("PATCH", `/links/${body.id}`, { everflow: { offer_id: 60, affiliate_id: 1 } });
  expect(taken.status).toBe(409);
  expect((await call("GET", `/links/${body.id}`)).body).toEqual(body);
});

test("the built-in link can be switched off, and follows its program's landing page", async () => {
  const id = await env.DB.prepare("SELECT id FROM referral_links WHERE kind = 'avantlink' AND program_id = ?")
    .bind(ids.program_id)
    .first<number>("id");
  const off = await call("PATCH", `/links/${id}`, { status: "inactive" });
  expect(off.body).toMatchObject({
    kind: "avantlink",
    code: "avantlink",
    status: "inactive",
    partner_name: null,
  });
  const moved = await call("PATCH", `/links/${id}`, { destination_url: "https://shop.example/else" });
  expect(moved.status).toBe(400);
  expect(moved.body.field).toBe("destination_url");
});

test("there is no link 999999", async () => {
  expect((await call("GET", "/links/999999")).body).toEqual({ error: "Link not found" });
  expect((await call("PATCH", "/links/999999", { status: "active" })).status).toBe(404);
});
