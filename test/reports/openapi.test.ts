/** The documentation: every endpoint is in it, and every example in it is called. */
import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { z } from "zod";
import type { Env } from "../../worker/env.ts";
import { EVERFLOW_PARAMS, everflowParams } from "../../worker/inbound/everflow-query.ts";
import collector, { app } from "../../worker/index.ts";
import { partnerKeyHash } from "../../worker/partner-key.ts";
import { TIMEZONES } from "../../worker/reports/everflow/timezones.ts";
import type { Caller, Example, Operation } from "../../worker/reports/openapi/operation.ts";
import { operations } from "../../worker/reports/openapi/operations.ts";
import { CHROME, MERCHANT } from "../support/program.ts";
import { call, ORIGIN } from "./support/call.ts";
import { clockAt } from "./support/clock.ts";
import { API, answerAsEverflow } from "./support/own-everflow.ts";
import { insert, insertClick } from "./support/rows.ts";
import { EXAMPLE_1, EXAMPLE_2, EXAMPLE_3, EXAMPLE_CLICK, EXAMPLE_CLICK_BY_ID } from "./support/seed-002.ts";

const PARTNER_KEY = "cfp_a-partner-of-the-documentation";
const TIMES = { created_at: 0, updated_at: 0 };

/** What the examples speak of: program 1, its partners 1 and 2, its links from 2 on. */
beforeAll(async () => {
  await insert("programs", { id: 1, name: "The shop", landing_url: "https://shop.example/", ...TIMES });
  const { status } = await call("PATCH", "/programs/1", {
    domains: ["shop.example", "yoursite.com", "store.example.com"],
    everflow: {
      tracking_domain: "https://www.acme-trk.example",
      api_base: API,
      api_key_secret: "EVERFLOW_API_KEY",
    },
    avantlink: { merchant_id: MERCHANT },
  });
  expect(status).toBe(200);
  const api_key_hash = await partnerKeyHash(PARTNER_KEY);
  await insert("partners", { id: 1, name: "Trail Blog", api_key_hash, ...TIMES });
  await insert("partners", { id: 2, name: "Gear Weekly", api_key_hash: "another", ...TIMES });
  const link = { program_id: 1, destination_url: "https://shop.example/", ...TIMES };
  await insert("referral_links", { ...link, id: 1, kind: "avantlink", code: "avantlink" });
  for (const [id, code, offer_id, affiliate_id] of [
    [2, "PARTNER123", 2101, 411],
    [3, "SEED1", 6, 7],
    [4, "SEED0", 123, 266],
  ] as const) {
    await insert("referral_links", {
      ...link,
      id,
      code,
      partner_id: 1,
      everflow: JSON.stringify({ offer_id, affiliate_id }),
      everflow_offer_id: offer_id,
      everflow_affiliate_id: affiliate_id,
    });
  }
  await insert("deliveries", {
    event_id: "d746e9ab66914764b6a0cf6ab25d0cdf",
    network: "everflow",
    program_id: 1,
    state: "dead",
    lane: 0,
    attempts: JSON.stringify([{ at: 1_661_970_239_000, duration_ms: 40, status: 503, words: "busy" }]),
    next_attempt_at: 0,
    give_up_at: 0,
  });
  const at = 1_661_970_238_000;
  await insertClick(
    { at, link_id: 2, program_id: 1, partner_id: 1 },
    { id: "d746e9ab66914764b6a0cf6ab25d0cdf", customer_id: "d746e9ab66914764b6a0cf6ab25d0cdf" },
  );
});
afterEach(() => vi.restoreAllMocks());

const KEYS: Record<Caller, Record<string, string>> = {
  anyone: {},
  reader: { Authorization: `Bearer ${env.ADMIN_TOKEN}` },
  manager: { Authorization: `Bearer ${env.ADMIN_TOKEN}` },
  partner: { "X-Eflow-API-Key": PARTNER_KEY },
  management: { "X-Eflow-API-Key": env.ADMIN_TOKEN },
};

function request({ method, path, caller, body }: Operation, example: Example): Request {
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(example.path![name]!));
  const query = example.query ? `?${new URLSearchParams(example.query)}` : "";
  return new Request(`${ORIGIN}${filled}${query}`, {
    method: method.toUpperCase(),
    headers: {
      "User-Agent": CHROME,
      ...KEYS[caller],
      ...(example.body !== undefined && { "Content-Type": body?.types?.[0] ?? "application/json" }),
    },
    ...(example.body !== undefined && {
      body:
        typeof example.body === "string"
          ? example.body
          : JSON.stringify(example.body).replace("<ADMIN_TOKEN>", env.ADMIN_TOKEN),
    }),
    redirect: "manual",
  });
}

/** A courier that would set out has nobody to call, and outlives the test. */
const ASLEEP = {
  getByName: () => ({ wakeNow: async () => undefined }),
} as unknown as Env["COURIER"];

const EXAMPLES = operations.flatMap((operation) =>
  operation.examples.map((example) => {
    const title = `${operation.method.toUpperCase()} ${operation.path}: ${example.name}`;
    return [title, operation, example] as const;
  }),
);

test.each(EXAMPLES)("%s", async (_, operation, example) => {
  // Those that say a day say one in January 2026.
  clockAt(Date.UTC(2026, 0, 20));
  answerAsEverflow(({ url }) =>
    url.endsWith("/offers/clicks")
      ? Response.json({ url: "https://www.acme-trk.example/ABC123/DEF456/" })
      : Response.json({ clicks: [] }),
  );
  const bindings = { ...env, ...(operation.path.includes("/retry") && { COURIER: ASLEEP }) };
  const response = await collector.fetch(request(operation, example), bindings, createExecutionContext());
  const text = await response.text();
  expect(`${response.status} ${response.status === example.status ? "" : text}`).toBe(`${example.status} `);
  const answer = operation.answers.find(({ status }) => status === example.status)!;
  expect(answer).toBeDefined();
  if (!answer.schema) return;
  if (example.answer !== undefined) expect(answer.schema.safeParse(example.answer).error).toBeUndefined();
  const body = JSON.parse(text);
  expect(answer.schema.safeParse(body).error).toBeUndefined();
  if (example.answer === undefined) return;
  // A refusal is told in these words; of a success the fields and their types are the example's.
  if (example.status >= 400) expect(body).toEqual(example.answer);
  else expect(shape(body)).toEqual(shape(example.answer));
});

describe("the document", () => {
  test("has every endpoint of the collector, and no other", async () => {
    const known: string[] = [];
    for (const { method, path } of app.routes) {
      if (PAGES.includes(path)) continue;
      const methods = method === "ALL" ? await methodsAt(path) : [method];
      known.push(...methods.map((each) => `${each} ${path.replace(/:\w+|\*/g, "{}")}`));
    }
    const written = operations.map(
      ({ method, path }) => `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, "{}")}`,
    );
    expect(written.toSorted()).toEqual([...new Set(known)].toSorted());
  });

  test("is OpenAPI 3.1 whose references all lead somewhere", async () => {
    const { status, body } = await get("/openapi.json");
    expect(status).toBe(200);
    const document = JSON.parse(body);
    expect(document.openapi).toBe("3.1.0");
    const references = [...body.matchAll(/"\$ref":"([^"]*)"/g)].map(([, reference]) => reference!);
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) {
      expect(reference).toMatch(/^#\/components\/schemas\/\w+$/);
      expect(document.components.schemas[reference.split("/").at(-1)!]).toBeDefined();
    }
    expect(body).not.toContain("$defs");
    const ids = Object.values<Record<string, { operationId: string }>>(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(operations.length);
    for (const [path, methods] of Object.entries<
      Record<string, { parameters?: { name: string; in: string }[] }>
    >(document.paths)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters = [] } of Object.values(methods)) {
        expect(parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name)).toEqual(
          names,
        );
      }
    }
  });

  test("has the seeds' examples, and says what a request may leave out that an answer never does", async () => {
    const { paths, components } = JSON.parse((await get("/openapi.json")).body);
    const tracked = paths["/api/v1/track/click"].post;
    expect(tracked.requestBody.content["application/json"].examples["A visitor lands"].value).toMatchObject({
      affiliate_url: "https://yoursite.com/pricing?aff=PARTNER123",
      page_title: "Pricing — YourSite",
    });
    expect(tracked.responses[200].content["application/json"].examples["A visitor lands"].value).toEqual({
      success: true,
      click_id: "cust_42_1715000000000",
      partner_code: "PARTNER123",
      cookie_window_days: 60,
    });
    const report = paths["/v1/affiliates/reporting/clicks/stream"].post;
    const [one, two, three] = [EXAMPLE_1, EXAMPLE_2, EXAMPLE_3].map((text) => JSON.parse(text));
    const asked = Object.values<{ value: unknown }>(report.requestBody.content["application/json"].examples);
    expect(asked.slice(0, 3).map(({ value }) => value)).toEqual([one, two, three]);
    const told = (operation: typeof report) =>
      Object.values<{ value: unknown }>(operation.responses[200].content["application/json"].examples)[0]!
        .value;
    expect(told(report)).toEqual({ clicks: [EXAMPLE_CLICK] });
    const byId = paths["/v1/affiliates/reporting/clicks/{transaction_id}"].get;
    expect(told(byId)).toEqual(EXAMPLE_CLICK_BY_ID);
    expect(components.schemas.ClicksRequest.properties.timezone_id.enum).toEqual(
      Object.keys(TIMEZONES).map(Number),
    );
    expect(components.schemas.NewProgram.required).toEqual(["name", "landing_url"]);
    expect(components.schemas.EverflowSettings.required).toContain("click_id_param");
    expect(components.schemas.EverflowSettingsInput.required).toEqual(["tracking_domain"]);
    expect(JSON.stringify(components.schemas.NewProgram)).toContain("EverflowSettingsInput");
    expect(paths["/api/admin/stats"].get.parameters).toContainEqual(
      expect.objectContaining({ name: "interval", in: "query", required: false }),
    );
    expect(paths["/v1/affiliates/reporting/clicks/stream"].post.security).toEqual([{ partnerKey: [] }]);
  });
});

describe("the parameters of a click in Everflow's dialect", () => {
  const parameters = (path: string) =>
    operations.find((each) => each.path === path)!.parameters!.filter((each) => each.in === "query");
  const plain = ({ schema }: { schema?: z.ZodType }) => !schema || schema.safeParse("a, b").success;

  test.each(["/clk", "/sdk/click", "/c/{code}"])("of %s are all those that are kept", (path) => {
    const all = new URLSearchParams(EVERFLOW_PARAMS.map((name) => [name, "1"]));
    const kept = Object.keys(everflowParams(all));
    expect(kept).toEqual(EVERFLOW_PARAMS);
    const written = parameters(path).map(({ name }) => name);
    expect(written).toEqual(expect.arrayContaining(kept));
    expect(new Set(written).size).toBe(written.length);
  });

  // /sdk/click was said to want a whole number for uid, and takes any text.
  test.each([
    ["/clk", ["oid", "affid", "uid", "creative_id", "idfa"]],
    ["/sdk/click", ["oid", "affid"]],
  ])("of %s that have a form are refused without it, and no others", async (path, formed) => {
    expect(
      parameters(path)
        .filter((each) => !plain(each))
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(formed.toSorted());
    for (const { name } of parameters(path)) {
      const query = new URLSearchParams({ oid: "123", affid: "266", [name]: "a, b" });
      const { status, body } = await get(`${path}?${query}`);
      expect(`${name} ${status}`).toBe(`${name} ${formed.includes(name) ? 400 : 200}`);
      if (status === 400) expect(JSON.parse(body).error).toContain(`${name} must `);
    }
  });
});

test("the document says of every body that it can be too large, and it can", async () => {
  const { paths } = JSON.parse((await get("/openapi.json")).body);
  const withBody = operations.filter(({ body }) => body);
  expect(withBody.length).toBeGreaterThan(10);
  for (const operation of withBody) {
    const { method, path, examples } = operation;
    const filled = { ...examples[0]!, body: "x".repeat(3 * 1024 * 1024) };
    const response = await collector.fetch(request(operation, filled), env, createExecutionContext());
    expect(`${method} ${path} ${response.status}`).toBe(`${method} ${path} 413`);
    expect(Object.keys(paths[path][method].responses)).toContain("413");
  }
});

test("the document has the headers of answers that mean something", async () => {
  const { paths } = JSON.parse((await get("/openapi.json")).body);
  const headers = (path: string, method: string, status: number) =>
    paths[path][method].responses[status].headers;
  const report = "/v1/affiliates/reporting/clicks";
  for (const answer of [
    headers(`${report}/stream`, "post", 200),
    headers(`${report}/{transaction_id}`, "get", 200),
    headers(`${report}/{transaction_id}`, "get", 404),
  ]) {
    expect(answer["X-Rows-Read"]).toEqual({
      description: expect.any(String),
      schema: expect.objectContaining({ type: "integer", minimum: 0 }),
    });
  }
  expect(headers("/c/{code}", "get", 302).Location.schema).toEqual({ type: "string", format: "uri" });
  expect((await get("/docs")).body).toContain("<code>X-Rows-Read</code>");
});

describe("the page", () => {
  test("is read without a script, and loads nothing", async () => {
    const { status, body, headers } = await get("/docs");
    expect(status).toBe(200);
    expect(headers.get("Content-Type")).toBe("text/html; charset=UTF-8");
    const style = /<style>([\s\S]*?)<\/style>/.exec(body)![1]!;
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
    const base64 = btoa(String.fromCharCode(...new Uint8Array(hash)));
    expect(headers.get("Content-Security-Policy")).toBe(
      `default-src 'none'; style-src 'sha256-${base64}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(body).not.toMatch(/<script|<img|<link|<iframe|\son\w+=|\sstyle=|\ssrc=|@import|url\(/i);
  });

  test("shows every endpoint with its examples, and every link in it leads somewhere", async () => {
    const { body } = await get("/docs");
    for (const { method, path, summary } of operations) {
      const escaped = summary.replaceAll("'", "&#39;");
      expect(body).toContain(`<b>${method.toUpperCase()}</b> <code>${path}</code> ${escaped}</summary>`);
    }
    expect(body).toContain(`curl &#39;${ORIGIN}/clk?oid=2101&amp;affid=411&#39;`);
    const ids = new Set([...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const targets = [...body.matchAll(/href="#([^"]+)"/g)].map(([, target]) => target);
    expect(targets.length).toBeGreaterThan(20);
    for (const target of targets) expect(ids).toContain(target);
  });
});

/** Routes that are no API. */
const PAGES = ["/docs", "/openapi.json", "/dashboard", "/dashboard/*"];

/**
 * What a route for all methods takes, as it tells whoever comes with another. With a star at its end and nothing there
 * it is a middleware.
 */
async function methodsAt(path: string): Promise<string[]> {
  const url = `${ORIGIN}${path.replace(/:\w+|\*/g, "x")}`;
  const headers = { ...KEYS.manager, ...KEYS.partner };
  const request = new Request(url, { method: "PROPFIND", headers });
  const { status, headers: told } = await app.fetch(request, env, createExecutionContext());
  if (status === 404 && path.endsWith("/*")) return [];
  const allowed = told.get("Allow")?.split(", ") ?? [`an answer (${status}) to any method`];
  return allowed.filter((method) => method !== "HEAD" && method !== "OPTIONS");
}

async function get(path: string) {
  const response = await exports.default.fetch(
    new Request(`${ORIGIN}${path}`, { headers: { "User-Agent": CHROME } }),
  );
  return { status: response.status, headers: response.headers, body: await response.text() };
}

/** Paths and types. */
function shape(value: unknown, path = ""): string[] {
  if (Array.isArray(value) || typeof value !== "object" || value === null)
    return [`${path}: ${typeof value}`];
  return Object.entries(value)
    .flatMap(([name, inner]) => shape(inner, `${path}.${name}`))
    .toSorted();
}
