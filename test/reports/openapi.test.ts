/** The documentation: every endpoint is in it, and every example in it is called. */
import { createExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Env } from "../../worker/env.ts";
import { EVERFLOW_PARAMS, everflowParams } from "../../worker/inbound/everflow-query.ts";
import collector from "../../worker/index.ts";
import { partnerKeyHash } from "../../worker/partner-key.ts";
import { admin } from "../../worker/reports/admin.ts";
import { everflowClicks } from "../../worker/reports/everflow/clicks.ts";
import { everflowMeta } from "../../worker/reports/everflow/meta.ts";
import type { Caller, Example, Operation } from "../../worker/reports/openapi/operation.ts";
import { operations } from "../../worker/reports/openapi/operations.ts";
import { CHROME, MERCHANT } from "../support/program.ts";
import { call, ORIGIN } from "./support/call.ts";
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
  test("has every endpoint of the collector, and no other", () => {
    const mounted = (app: { routes: { method: string; path: string }[] }, at: string) =>
      app.routes
        .filter(({ method }) => method !== "ALL")
        .map(({ method, path }) => `${method} ${at}${path.replace(/:\w+/g, "{}")}`);
    const known = [
      // Of worker/index.ts itself.
      "POST /api/v1/track/click",
      "GET /c/{}",
      "GET /clk",
      "GET /sdk/click",
      "POST /v1/networks/tracking/offers/clicks",
      "POST /merchants/{}/tracking/click",
      ...mounted(everflowClicks, "/v1/affiliates/reporting"),
      ...mounted(everflowMeta, "/v1/meta"),
      ...mounted(admin, "/api/admin"),
    ];
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

test("the document has every parameter that a click's dialect keeps", () => {
  const values = (path: string, names: string[]) => {
    const operation = operations.find((each) => each.path === path)!;
    expect(operation.parameters!.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
  };
  const everflow = Object.keys(
    everflowParams(new URLSearchParams(EVERFLOW_PARAMS.map((name) => [name, "1"]))),
  );
  expect(everflow).toEqual(EVERFLOW_PARAMS);
  const own = everflow.filter((name) => name !== "traffic_source_id");
  values("/clk", ["oid", "affid", ...own, "Idempotency-Key"]);
  values("/sdk/click", ["oid", "affid", ...own, "__cc", "__rf", "_ef_transaction_id"]);
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

async function get(path: string) {
  const response = await exports.default.fetch(new Request(`${ORIGIN}${path}`));
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
