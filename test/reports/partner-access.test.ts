/** A partner signs in with its own key and sees its own links and clicks, and nothing else. */
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { operations } from "../../worker/reports/openapi/operations.ts";
import { partnerMay } from "../../worker/reports/partner-access.ts";
import { call, ORIGIN, programAndPartner } from "./support/call.ts";
import { insert, insertClick, insertDay, insertHour } from "./support/rows.ts";

const AT = Date.UTC(2026, 0, 12, 10);
const PERIOD = "from=2026-01-12&to=2026-01-13";
const OWN_PAGE = { Origin: ORIGIN, "Sec-Fetch-Site": "same-origin" };

interface Signed {
  id: number;
  name: string;
  api_key: string;
  link_id: number;
  cookie: string;
}

let program_id: number;
let ours: Signed;
let theirs: Signed;

/** Both have one link in the same program; ours has 3 clicks by German visitors, theirs 5 by French ones. */
beforeAll(async () => {
  const made = await programAndPartner();
  program_id = made.program_id;
  ours = await partnerWithClicks("Trail Blog", "OURS", 3, "DE");
  theirs = await partnerWithClicks("Gear Weekly", "THEIRS", 5, "FR");
});

async function partnerWithClicks(
  name: string,
  code: string,
  clicks: number,
  country: string,
): Promise<Signed> {
  const { id, api_key } = (await call("POST", "/partners", { name })).body;
  const given = { program_id, partner_id: id, code, destination_url: "https://shop.example/" };
  const link_id = (await call("POST", "/links", given)).body.id;
  for (let i = 0; i < clicks; i++) {
    await insertClick({ at: AT + i * 1000, link_id, program_id, partner_id: id }, { country });
  }
  await insertHour(link_id, AT, [clicks, clicks, 0]);
  await insert("link_dimension_days", {
    link_id,
    day: Math.floor(AT / 86_400_000),
    dimension: "country",
    value: country,
    clicks,
    unique_clicks: clicks,
  });
  return { id, name, api_key, link_id, cookie: await signIn(api_key) };
}

async function signIn(token: string): Promise<string> {
  const { status, headers } = await call("POST", "/session", { token }, {});
  expect(status).toBe(200);
  return headers.get("Set-Cookie")!.split(";")[0]!;
}

const as = (who: Signed, method: string, path: string, body?: unknown) =>
  call(method, path, body, { Cookie: who.cookie, ...OWN_PAGE });

describe("signing in", () => {
  test("with its key a partner is told who it is, and gets a cookie that does not hold the key", async () => {
    const answer = await call("POST", "/session", { token: ours.api_key }, {});
    const partner = { id: ours.id, name: "Trail Blog" };
    expect(answer.body).toEqual({ role: "partner", partner, expires_at: expect.any(Number) });
    const cookie = answer.headers.get("Set-Cookie")!;
    expect(cookie).toMatch(/; Max-Age=43200; Path=\/api\/admin; HttpOnly; SameSite=Strict; Secure$/);
    expect(cookie).not.toContain(ours.api_key);
    const hash = await env.DB.prepare("SELECT api_key_hash h FROM partners WHERE id = ?")
      .bind(ours.id)
      .first("h");
    expect(cookie).not.toContain(hash);
    const session = await call("GET", "/session", undefined, { Cookie: cookie.split(";")[0]! });
    expect(session.body).toEqual({ ...answer.body, by: "session" });
  });

  test("the hash that is stored of a key signs nobody in", async () => {
    const hash = await env.DB.prepare("SELECT api_key_hash h FROM partners WHERE id = ?")
      .bind(ours.id)
      .first("h");
    expect((await call("POST", "/session", { token: hash }, {})).status).toBe(401);
  });

  test("a partner's key is no bearer token", async () => {
    const answer = await call("GET", "/links", undefined, { Authorization: `Bearer ${ours.api_key}` });
    expect(answer.status).toBe(401);
  });

  test("one partner's session cannot be made another's, nor an admin's", async () => {
    for (const who of [String(theirs.id), "admin", "999999"]) {
      const cookie = ours.cookie.replace(/\.\d+\./, `.${who}.`);
      expect(cookie).not.toBe(ours.cookie);
      expect((await call("GET", "/links", undefined, { Cookie: cookie })).status).toBe(401);
    }
  });

  test("a rotated key ends the partner's sessions, and no other's", async () => {
    const made = (await call("POST", "/partners", { name: "Rotated" })).body;
    const before = { Cookie: await signIn(made.api_key) };
    expect((await call("GET", "/links", undefined, before)).status).toBe(200);
    const { api_key } = (await call("POST", `/partners/${made.id}/rotate-key`)).body;
    expect((await call("GET", "/links", undefined, before)).status).toBe(401);
    expect((await call("POST", "/session", { token: made.api_key }, {})).status).toBe(401);
    expect((await call("GET", "/links", undefined, { Cookie: await signIn(api_key) })).status).toBe(200);
    expect((await as(ours, "GET", "/links")).status).toBe(200);
  });

  test("signing out removes a partner's cookie", async () => {
    const answer = await as(ours, "DELETE", "/session");
    expect(answer.status).toBe(204);
    expect(answer.headers.get("Set-Cookie")).toMatch(/^clickferry_session=; Max-Age=0/);
  });
});

describe("a partner sees its own", () => {
  const links = (answer: { body: { data: { id: number }[] } }) => answer.body.data.map(({ id }) => id);
  const clicked = (answer: { body: { data: { link_id: number }[] } }) => [
    ...new Set(answer.body.data.map(({ link_id }) => link_id)),
  ];

  test("links, whatever partner or program it asks for", async () => {
    expect(links(await as(ours, "GET", "/links"))).toEqual([ours.link_id]);
    expect(links(await as(theirs, "GET", "/links"))).toEqual([theirs.link_id]);
    for (const filter of [
      `partner_id=${theirs.id}`,
      `program_id=${program_id}`,
      "q=e",
      `sort=-clicks&${PERIOD}`,
    ]) {
      const answer = await as(ours, "GET", `/links?${filter}`);
      expect([filter, ...links(answer)]).toEqual([filter, ours.link_id]);
      expect(answer.text).not.toContain("THEIRS");
    }
    const csv = await as(ours, "GET", "/links?format=csv");
    expect(csv.text).toContain("OURS");
    expect(csv.text).not.toContain("THEIRS");
  });

  test("a link, and another's is not there", async () => {
    expect((await as(ours, "GET", `/links/${ours.link_id}`)).body).toMatchObject({ code: "OURS" });
    const foreign = await as(ours, "GET", `/links/${theirs.link_id}`);
    expect(foreign.status).toBe(404);
    expect(foreign.text).toBe((await as(ours, "GET", "/links/999999")).text);
    expect((await call("GET", `/links/${theirs.link_id}`)).status).toBe(200);
  });

  test("clicks, whatever partner or program it asks for", async () => {
    for (const filter of [
      "",
      `partner_id=${theirs.id}`,
      `program_id=${program_id}`,
      `link_id=${ours.link_id}`,
    ]) {
      const answer = await as(ours, "GET", `/clicks?${filter}`);
      expect([filter, answer.body.data.length, ...clicked(answer)]).toEqual([filter, 3, ours.link_id]);
    }
    expect((await as(theirs, "GET", "/clicks")).body.data).toHaveLength(5);
    const first = await as(ours, "GET", "/clicks?limit=1");
    const rest = await as(ours, "GET", `/clicks?cursor=${first.body.next_cursor}`);
    expect([...clicked(rest), rest.body.data.length]).toEqual([ours.link_id, 2]);
  });

  test("clicks without personal data, as JSON and as CSV, while a manager sees it", async () => {
    const given = { link_id: ours.link_id, program_id, partner_id: ours.id };
    const params = {
      user_id: "jane.doe@example.com",
      user_ids: '["customer 4711"]',
      visitor_ids: '["jane@example.com"]',
      sub1: "jane%40example.com",
      sub2: "+49 170 1234567",
      gclid: "Cj0K",
    };
    const told = {
      affiliate_url: "https://jane:secret@shop.example/?aff=OURS&email=jane%40example.com&phone=5551234567",
      page_url: "https://shop.example/hello/jane@example.com?size=4#/x?first_name=Jane&tab=2",
      referrer_url: "https://mail.example/?q=jane@example.com&box=in",
      page_title: "Hello jane@example.com",
      session_id: "jane@example.com",
      event_id: "order jane@example.com",
      user_agent: "Bot (jane@example.com)",
      params: JSON.stringify(params),
    };
    const id = await insertClick({ at: AT - 1000, ...given }, { ...told, ip: "198.51.100.7" });
    const found = (answer: { body: { data: { id: string }[] } }) =>
      answer.body.data.find((click) => click.id === id);
    const own = await as(ours, "GET", "/clicks");
    expect(found(own)).toMatchObject({
      affiliate_url: "https://shop.example/?aff=OURS",
      page_url: "https://shop.example/hello/redacted?size=4#/x?tab=2",
      referrer_url: "https://mail.example/?box=in",
      page_title: "Hello redacted",
      session_id: "redacted",
      event_id: "order redacted",
      user_agent: "Bot (redacted)",
      ip: "198.51.100.7",
    });
    expect((found(own) as unknown as { params: object }).params).toEqual({ gclid: "Cj0K" });
    const csv = await as(ours, "GET", "/clicks?format=csv");
    expect(csv.text).toContain("redacted");
    for (const { text } of [own, csv]) expect(text).not.toMatch(/jane|4711|secret|5551234567/i);
    expect(found(await call("GET", `/clicks?link_id=${ours.link_id}`))).toMatchObject({ ...told, params });
    await env.DB.prepare("DELETE FROM affiliate_click_events WHERE id = ?").bind(id).run();
  });

  test("clicks over time", async () => {
    for (const filter of [
      "",
      `&partner_id=${theirs.id}`,
      `&program_id=${program_id}`,
      `&link_id=${ours.link_id}`,
    ]) {
      const answer = await as(ours, "GET", `/stats?${PERIOD}${filter}`);
      expect([filter, answer.body.totals.clicks]).toEqual([filter, 3]);
    }
    expect((await as(theirs, "GET", `/stats?${PERIOD}`)).body.totals.clicks).toBe(5);
    expect((await call("GET", `/stats?${PERIOD}`)).body.totals.clicks).toBe(8);
  });

  test("where its visitors come from", async () => {
    for (const filter of [
      "",
      `&partner_id=${theirs.id}`,
      `&program_id=${program_id}`,
      `&link_id=${ours.link_id}`,
    ]) {
      const answer = await as(ours, "GET", `/breakdown?by=country${filter}`);
      expect(answer.body.data).toEqual([{ value: "DE", clicks: 3, unique_clicks: 3 }]);
      expect(answer.body.totals).toEqual({ values: 1, clicks: 3, unique_clicks: 3 });
    }
    expect((await as(theirs, "GET", "/breakdown?by=country")).body.data).toEqual([
      { value: "FR", clicks: 5, unique_clicks: 5 },
    ]);
  });

  test("landing pages without the e-mail addresses in them", async () => {
    await insertDay(ours.link_id, "2026-01-12", "landing_page", { "shop.example/hi/jane@example.com": 2 });
    const asked = `/breakdown?by=landing_page&link_id=${ours.link_id}`;
    const [own] = (await as(ours, "GET", asked)).body.data;
    expect(own).toEqual({ value: "shop.example/hi/redacted", clicks: 2, unique_clicks: 1 });
    expect((await call("GET", asked)).text).toContain("jane@example.com");
  });

  test.each(["/clicks?", `/stats?${PERIOD}&`, "/breakdown?by=country&"])(
    "and nothing of another's link: %s",
    async (path) => {
      const foreign = await as(ours, "GET", `${path}link_id=${theirs.link_id}`);
      expect(foreign.status).toBe(404);
      expect(foreign.body).toEqual({ error: "Link not found" });
      expect((await as(ours, "GET", `${path}link_id=999999`)).text).toBe(foreign.text);
      expect((await call("GET", `${path}link_id=${theirs.link_id}`)).status).toBe(200);
    },
  );
});

describe("everything else is refused", () => {
  const MANAGEMENT = operations.filter(({ path }) => path.startsWith("/api/admin"));
  const CASES = MANAGEMENT.filter(({ caller }) => caller !== "anyone").map(
    ({ method, path, caller }) => [method.toUpperCase(), path.replace("/api/admin", ""), caller] as const,
  );

  test.each(CASES)("%s %s, which is a %s's", async (method, path, caller) => {
    const filled = path.replace(/\{\w+\}/g, String(ours.link_id));
    const { status, body } = await as(ours, method, filled, method === "GET" ? undefined : {});
    if (caller === "reader") expect([200, 400, 426]).toContain(status);
    else {
      expect(body).toEqual({ error: "A partner may read its own links and clicks, and nothing else" });
      expect(status).toBe(403);
    }
    expect(partnerMay(method, filled)).toBe(caller === "reader");
  });

  test("what does not exist, and what is only written otherwise", async () => {
    for (const path of [
      "/nothing",
      "/programs/",
      "//programs",
      "/links/new",
      "/links/1/",
      "/%70rograms",
      "/",
    ]) {
      expect([path, (await as(ours, "GET", path)).status]).toEqual([path, 403]);
    }
    expect((await as(ours, "HEAD", "/programs")).status).toBe(403);
    expect((await as(ours, "HEAD", "/links")).status).toBe(200);
    expect((await as(ours, "PUT", "/links")).status).toBe(403);
  });

  test("and changes nothing", async () => {
    const before = (await call("GET", `/links/${ours.link_id}`)).text;
    await as(ours, "PATCH", `/links/${ours.link_id}`, { status: "inactive" });
    expect((await call("GET", `/links/${ours.link_id}`)).text).toBe(before);
  });
});
