import type { Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  accessibilityFaults,
  type DashboardDemo,
  openDashboardDemo,
  signedIn,
  type Watched,
  watchedPage,
} from "../support/node/dashboard.ts";

const HOSTILE = `<img src=x onerror="document.title='owned'"> & Söhne`;

let demo: DashboardDemo;
let watched: Watched;
let page: Page;

beforeAll(async () => {
  demo = await openDashboardDemo();
  const context = await signedIn(demo);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  watched = await watchedPage(context);
  page = watched.page;
});
afterAll(async () => {
  expect(watched.faults).toEqual([]);
  expect([...watched.hosts]).toEqual([new URL(demo.url).host]);
  await demo.close();
});

const at = (path: string) => page.goto(`${demo.url}/dashboard${path}`);
const button = (name: string) => page.getByRole("button", { name, exact: true });
const panel = () => page.getByRole("dialog");
const row = (name: string) => page.getByRole("row").filter({ hasText: name });
/** @returns what stands at a field as its fault. */
const faultOf = (label: string) =>
  panel()
    .getByLabel(label)
    .evaluate((control) => document.getElementById(`${control.id}-error`)?.textContent ?? "");

describe("programs", () => {
  beforeEach(() => at("/setup"));

  test("what is typed is checked when the field is left, and leads to the first fault when it is sent", async () => {
    await button("New program").click();
    await panel().getByLabel("Landing page").fill("shop.example");
    expect(await faultOf("Landing page")).toBe("");
    await panel().getByLabel("Landing page").blur();
    expect(await faultOf("Landing page")).toMatch(/whole address/);
    await panel().getByLabel("Landing page").fill("https://shop.example/");
    await panel().getByText("whole address").waitFor({ state: "detached" });

    await panel().getByLabel("Cookie window, days").fill("4000");
    await panel().getByLabel("Hosts").fill("shop.example\nhttps://shop.example");
    await panel().getByLabel("Clicks of links with an offer are owed to Everflow").check();
    await panel().getByLabel("Secret of the API key").fill("sk-live-123");
    await panel().getByLabel("Clicks that bring an avad are owed to AvantLink").check();
    await panel().getByLabel("Merchant ID").fill("42");
    await button("Make program").click();
    expect(await faultOf("Name")).toBe("Enter a name.");
    expect(await faultOf("Hosts")).toMatch(/"https:\/\/shop.example" must be a host name/);
    expect(await faultOf("Cookie window, days")).toMatch(/from 1 to 3650/);
    expect(await faultOf("Tracking domain")).toMatch(/must be an origin/);
    expect(await faultOf("Secret of the API key")).toMatch(/never the key itself/);
    expect(await faultOf("Merchant ID")).toMatch(/must be a UUID/);
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.id))
      .toBe(await panel().getByLabel("Name").getAttribute("id"));
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test("what only the API can refuse is said at its field", async () => {
    await button("New program").click();
    await panel().getByLabel("Name").fill(HOSTILE);
    await panel().getByLabel("Landing page").fill("https://kettles.example/start");
    await panel().getByLabel("Hosts").fill("kettles.example, co.uk");
    await button("Make program").click();
    await panel().getByText('"co.uk" must not be a public suffix').waitFor();
    expect(await faultOf("Hosts")).toMatch(/co.uk/);

    await panel().getByLabel("Hosts").fill("kettles.example");
    await panel().getByLabel("Clicks of links with an offer are owed to Everflow").check();
    await panel().getByLabel("Tracking domain").fill("https://www.kettles-trk.example");
    await panel().getByLabel("Secret of the API key").fill("ADMIN_TOKEN");
    await button("Make program").click();
    await panel().getByText("It must not be a binding of the collector itself").waitFor();
    expect(await faultOf("Secret of the API key")).toMatch(/must not be a binding/);

    // With everything right it is made, and leads on to its script.
    await panel().getByLabel("Secret of the API key").fill("");
    await button("Make program").click();
    await page.getByRole("heading", { name: "Put this tag into every page" }).waitFor();
    const made = (await programs()).find(({ name }) => name === HOSTILE)!;
    expect(made).toMatchObject({
      landing_url: "https://kettles.example/start",
      domains: ["kettles.example"],
      cookie_window_days: 60,
      everflow: { tracking_domain: "https://www.kettles-trk.example", click_id_param: "sub5", enabled: true },
      avantlink: null,
    });
    await page
      .getByText(`<script async src="${demo.url}/tracker.js" data-program="${made.id}"></script>`)
      .waitFor();
    expect(new URL(page.url()).search).toBe(`?program=${made.id}`);
    expect(await page.title()).not.toBe("owned");
  });

  test("a network is switched off and keeps its settings, is taken away, and the rest stays as it was", async () => {
    const before = await program();
    await button(`Edit ${before.name}`).click();
    const sends = () => panel().getByLabel("Send clicks");
    await sends().first().uncheck();
    await panel().getByLabel("Clicks that bring an avad are owed to AvantLink").uncheck();
    expect(await accessibilityFaults(page)).toEqual([]);
    await button("Save").click();
    await row(before.name).getByText("Everflow (off)", { exact: true }).waitFor();
    expect(await program()).toEqual({
      ...before,
      everflow: { ...before.everflow, enabled: false },
      avantlink: null,
      updated_at: expect.any(Number),
    });

    await button(`Edit ${before.name}`).click();
    await sends().check();
    await panel().getByLabel("Clicks that bring an avad are owed to AvantLink").check();
    await panel().getByLabel("Merchant ID").fill(String(before.avantlink!.merchant_id));
    await panel()
      .getByLabel("Host, if not https://client.avantlink.com")
      .fill(String(before.avantlink!.base_url));
    await button("Save").click();
    await row(before.name).getByText("Everflow, AvantLink", { exact: true }).waitFor();
    expect(await program()).toEqual({ ...before, updated_at: expect.any(Number) });
  });

  test("emptied hosts are the landing page's own again", async () => {
    const { id } = await demo.api.post<{ id: number }>("/programs", {
      name: "Two hosts",
      landing_url: "https://www.two.example/",
      domains: ["one.example", "two.example"],
    });
    await page.reload();
    await button("Edit Two hosts").click();
    await panel().getByLabel("Hosts").fill("");
    await button("Save").click();
    await page.getByText("Two hosts is changed.").waitFor();
    expect((await demo.api.get<Program>(`/programs/${id}`)).domains).toEqual(["www.two.example"]);
  });
});

describe("a test click", () => {
  const open = async (name: string) => {
    await at("/setup");
    await button(`Send a test click of ${name}`).click();
  };

  test("shows word for word what went to either network and what came", async () => {
    await open((await program()).name);
    await button("Send to Everflow").click();
    await panel().getByText("delivered by Everflow in").waitFor();
    const [went, came] = await panel().locator("pre").allTextContents();
    expect(went).toMatch(new RegExp(`^GET ${demo.sandboxes.everflow.url}/clk\\?.*oid=2101.*sub5=cust_`));
    expect(came).toMatch(/^200\n[\s\S]*"error_code":\s*0/);

    await button("Send to AvantLink").click();
    await panel().getByText("delivered by AvantLink in").waitFor();
    const [posted, answered] = await panel().locator("pre").allTextContents();
    expect(posted).toMatch(/^POST .*\/merchants\/[0-9a-f-]{36}\/tracking\/click\n[\s\S]*"visitor_id"/);
    expect(answered).toMatch(/^200\n[\s\S]*"success":\s*true/);
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test("says whether a failure would be tried again, and what a refusal means", async () => {
    await open((await program()).name);
    demo.sandboxes.everflow.fail({ mode: "status", status: 503, times: 1 });
    await button("Send to Everflow").click();
    await panel().getByText("pending by Everflow in").waitFor();
    expect((await panel().locator("pre").allTextContents())[1]).toMatch(/^503/);

    demo.sandboxes.everflow.fail({ mode: "error_code", code: 2, times: 1 });
    await button("Send to Everflow").click();
    await panel().getByText("refused by Everflow in").waitFor();
    await panel()
      .getByText(/offer cap/i)
      .first()
      .waitFor();

    demo.sandboxes.avantlink.fail({ mode: "refuse" });
    await button("Send to AvantLink").click();
    await panel().getByText("No answer.").waitFor();
    demo.sandboxes.avantlink.fail({ mode: "none" });
  });

  test("leads to the links when none has an offer", async () => {
    await demo.api.post("/programs", {
      name: "No offers",
      landing_url: "https://none.example/",
      everflow: { tracking_domain: "https://www.none-trk.example" },
    });
    await open("No offers");
    await button("Send to Everflow").click();
    await panel().getByText("No active link of this program has an Everflow offer").waitFor();
    await panel().getByRole("link", { name: "Give them to one of its links" }).click();
    await page.getByText("There are no referral links yet").waitFor();
  });
});

describe("partners", () => {
  beforeEach(() => at("/setup/partners"));

  test("a key is shown once and signs in; a new one is made after a question and ends the old", async () => {
    await button("New partner").click();
    await button("Make partner").click();
    await panel().getByText("Enter a name.").waitFor();
    await panel().getByLabel("Name").fill(HOSTILE);
    await panel().getByLabel("Name").press("Enter");
    await button("Copy the key").click();
    await button("Copied").waitFor();
    const key = (await panel().locator("code").textContent())!;
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
    expect(await accessibilityFaults(page)).toEqual([]);
    await button("Done").click();
    await row(HOSTILE).waitFor();
    expect(await page.content()).not.toContain(key);
    expect(await signIn(key)).toBe(200);

    await button(`New key for ${HOSTILE}`).click();
    await panel().getByText("stops working at once").waitFor();
    await button("Cancel").click();
    expect(await signIn(key)).toBe(200);
    await button(`New key for ${HOSTILE}`).click();
    await button("Make a new key").click();
    await button("Copy the key").waitFor();
    const next = (await panel().locator("code").textContent())!;
    expect(next).not.toBe(key);
    expect(await signIn(key)).toBe(401);
    expect(await signIn(next)).toBe(200);
    await page.keyboard.press("Escape");
    await panel().waitFor({ state: "detached" });
    expect(await page.title()).not.toBe("owned");
  });

  test("a partner is renamed, and a name that the API refuses is said at the field", async () => {
    await button("Rename Gear Weekly").click();
    await panel().getByLabel("Name").fill("x".repeat(300));
    await button("Rename").click();
    await panel()
      .getByText(/200 characters or fewer/)
      .waitFor();
    expect(await faultOf("Name")).toBe("It must be 200 characters or fewer");
    await panel().getByLabel("Name").fill("Gear Monthly");
    await button("Rename").click();
    await row("Gear Monthly").waitFor();
    await panel().waitFor({ state: "detached" });
    expect(await page.getByText("Gear Weekly").count()).toBe(0);
  });

  test("many partners come in pages, and a search finds one or says that there is none", async () => {
    for (let n = 0; n < 60; n++) await demo.api.post("/partners", { name: `Filler ${n}` });
    await page.reload();
    await page.getByRole("link", { name: "Next page" }).click();
    await row("Filler 59").waitFor();
    await page.getByText("Last page").waitFor();
    await page.getByLabel("Search partners").fill("filler 7");
    await row("Filler 7").waitFor();
    await row("Filler 59").waitFor({ state: "detached" });
    expect(new URL(page.url()).search).toBe("?q=filler+7");
    await page.getByLabel("Search partners").fill("nobody at all");
    await page.getByText("No partner matches").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.goBack();
  });
});

describe("what is loading or cannot be had", () => {
  test.each([
    ["/setup", "/programs?limit=1000", "New program"],
    ["/setup/partners", "/partners?limit=50", "New partner"],
    ["/setup/install", "/programs?limit=1000", "Check the page"],
  ])("%s says so, and is there after another try", async (path, call, there) => {
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const isIt = (url: URL) => url.pathname + url.search === `/api/admin${call}`;
    await page.route(isIt, async (route) => {
      await answered;
      await route.fulfill({ status: 500, json: { error: "The database is away" } });
    });
    await at(path);
    await page.getByRole("status", { name: "Loading" }).first().waitFor();
    answer();
    await page.getByRole("alert").getByText("The database is away").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.unroute(isIt);
    await button("Try again").click();
    await page.getByRole("alert").waitFor({ state: "detached" });
    await button(there).waitFor();
    watched.faults.splice(
      0,
      watched.faults.length,
      ...watched.faults.filter((words) => !/status of 500/.test(words)),
    );
  });
});

interface Program {
  id: number;
  name: string;
  domains: string[];
  everflow: Record<string, unknown> | null;
  avantlink: Record<string, unknown> | null;
}

async function programs(): Promise<Program[]> {
  return (await demo.api.get<{ data: Program[] }>("/programs")).data;
}

function program(): Promise<Program> {
  return demo.api.get<Program>(`/programs/${demo.demo.programId}`);
}

/** @returns the status of a sign-in with a token. */
async function signIn(token: string): Promise<number> {
  const { status } = await fetch(`${demo.collector.url}/api/admin/session`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token }),
  });
  return status;
}
