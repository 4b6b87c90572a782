import { readFile } from "node:fs/promises";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import {
  accessibilityFaults,
  type DashboardDemo,
  openDashboardDemo,
  signedIn,
  type Watched,
  watchedPage,
} from "../support/node/dashboard.ts";

interface Link {
  id: number;
  code: string;
  status: string;
  destination_url: string;
  partner_name: string;
  everflow: Record<string, unknown> | null;
  everflow_tracking_url: string | null;
}

let demo: DashboardDemo;
let context: BrowserContext;
let watched: Watched;
let page: Page;
let shop: string;

beforeAll(async () => {
  demo = await openDashboardDemo();
  shop = `http://shop.localhost:${demo.shop.port}`;
  context = await signedIn(demo, {
    viewport: { width: 1280, height: 900 },
    permissions: ["clipboard-read", "clipboard-write"],
    acceptDownloads: true,
  });
  context.setDefaultTimeout(10_000);
  watched = await watchedPage(context);
  page = watched.page;
});
beforeEach(async () => {
  await page.goto(`${demo.url}/dashboard/`);
  await page.getByRole("link", { name: "TRAILBLOG" }).waitFor();
});
afterEach(() => page.unrouteAll());
afterAll(() => demo.close());

async function stored(code: string): Promise<Link> {
  const { data } = await demo.api.get<{ data: Link[] }>(`/links?q=${encodeURIComponent(code)}`);
  return data.find((link) => link.code === code)!;
}

async function panel(button: string, name: string): Promise<Locator> {
  await page.getByRole("button", { name: button, exact: true }).click();
  const dialog = page.getByRole("dialog", { name });
  await dialog.waitFor();
  return dialog;
}

async function saved(click: Promise<void>, code: string): Promise<string> {
  const download = page.waitForEvent("download");
  await click;
  const file = await download;
  expect(file.suggestedFilename()).toBe(code);
  return await readFile(await file.path(), "utf8");
}

/** Waits until it has. */
const hasFocus = (field: Locator) => field.and(page.locator(":focus")).waitFor();
const clipboard = () => page.evaluate(() => navigator.clipboard.readText());

test("a new link is checked as it is typed, made, and stands in the list", async () => {
  const dialog = await panel("New link", "New link");
  await dialog.getByLabel("Partner").fill("nobody of that name");
  await dialog.getByRole("textbox", { name: "Code", exact: true }).fill("AvantLink");
  await dialog.getByText("Choose a partner from the list.").waitFor();
  await dialog.getByLabel("Destination").fill("shop.localhost/pricing");
  await dialog.getByText("This code is reserved. Choose another one.").waitFor();
  await dialog.getByLabel("Offer ID").fill("12a");
  await dialog.getByText("It must be a whole address").waitFor();
  await dialog.getByLabel("Destination").fill("https://elsewhere.example/");
  await dialog.getByText("It must be on the program's own hosts: shop.localhost.").waitFor();
  await dialog.getByRole("button", { name: "Make link" }).click();
  await dialog.getByText("Everflow's number: a whole number from 1.").nth(1).waitFor();
  // What is wrong first has the focus.
  await hasFocus(dialog.getByLabel("Partner"));
  expect(await accessibilityFaults(page)).toEqual([]);

  await dialog.getByLabel("Partner").fill("Gear Weekly");
  await dialog.getByText(/Partner \d+ is chosen/).waitFor();
  await dialog.getByRole("textbox", { name: "Code", exact: true }).fill("<b>SPRING & co</b>");
  await dialog.getByLabel("Destination").fill(`${shop}/sale`);
  await dialog.getByLabel("Offer ID").fill("2101");
  await dialog.getByLabel("Affiliate ID").fill("977");
  await dialog.getByText("Parameters that every click carries").click();
  await dialog.getByLabel("creative_id").fill("31");
  await dialog.getByLabel("sub1").fill("news letter");
  expect(await dialog.locator(".error").count()).toBe(0);
  await dialog.getByRole("button", { name: "Make link" }).click();
  await page.getByText("<b>SPRING & co</b> is made").waitFor();
  await page.getByRole("link", { name: "<b>SPRING & co</b>" }).waitFor();
  expect(await stored("<b>SPRING & co</b>")).toMatchObject({
    status: "active",
    destination_url: `${shop}/sale`,
    partner_name: "Gear Weekly",
    everflow: { offer_id: 2101, affiliate_id: 977, creative_id: 31, sub1: "news letter" },
  });
  await hasFocus(page.getByRole("button", { name: "New link" }));
});

test("what the API refuses stands at its field, also in what was folded, and the rest stays typed", async () => {
  const dialog = await panel("New link", "New link");
  await dialog.getByLabel("Partner").fill("Trail Blog");
  await dialog.getByText(/Partner \d+ is chosen/).waitFor();
  await dialog.getByRole("textbox", { name: "Code", exact: true }).fill("TRAILBLOG");
  await dialog.getByRole("button", { name: "Make link" }).click();
  const code = dialog.locator(".field", { has: page.getByLabel("Code", { exact: true }) });
  await code.getByText("code is taken by another link").waitFor();
  await hasFocus(dialog.getByRole("textbox", { name: "Code", exact: true }));
  expect(await dialog.getByRole("textbox", { name: "Code", exact: true }).getAttribute("aria-invalid")).toBe(
    "true",
  );

  await dialog.getByRole("textbox", { name: "Code", exact: true }).fill("OTHER");
  expect(await code.locator(".error").count()).toBe(0);
  await dialog.getByLabel("Offer ID").fill("2101");
  await dialog.getByLabel("Affiliate ID").fill("5");
  const more = dialog.getByText("Parameters that every click carries");
  await more.click();
  await dialog.getByLabel("sub2").fill("x".repeat(501));
  await more.click();
  await dialog.getByRole("button", { name: "Make link" }).click();
  await dialog.getByText("everflow.sub2 must be 500 characters or fewer").waitFor();

  const broken = { status: 500, contentType: "application/json", body: '{"error":"The database is busy"}' };
  await page.route(/\/api\/admin\/links$/, (route) => route.fulfill(broken));
  await dialog.getByLabel("sub2").fill("x");
  await dialog.getByRole("button", { name: "Make link" }).click();
  await dialog.getByRole("alert").getByText("The database is busy").waitFor();
  expect(await dialog.getByRole("textbox", { name: "Code", exact: true }).inputValue()).toBe("OTHER");
  expect(await stored("OTHER")).toBeUndefined();
  expect(watched.faults.splice(0)).toEqual([expect.stringContaining("500")]);
});

test("a link is edited: what was not changed is not sent, and its code cannot be changed", async () => {
  const dialog = await panel("Edit SUMMITDEALS", "Edit SUMMITDEALS");
  expect(await dialog.getByRole("textbox", { name: "Code", exact: true }).isDisabled()).toBe(true);
  expect(await dialog.getByText("It cannot be changed later.").count()).toBe(0);
  await dialog.getByLabel("Destination").fill(`${shop}/new`);
  const sent = page.waitForRequest((request) => request.method() === "PATCH");
  await dialog.getByRole("button", { name: "Save" }).click();
  expect((await sent).postDataJSON()).toEqual({ destination_url: `${shop}/new` });
  await page.getByText("SUMMITDEALS is changed.").waitFor();
  expect((await stored("SUMMITDEALS")).destination_url).toBe(`${shop}/new`);
});

test("Escape closes a panel, the focus stays in it before and goes back after", async () => {
  for (const close of ["Escape", "Cancel"]) {
    const dialog = await panel("Edit TRAILBLOG", "Edit TRAILBLOG");
    await hasFocus(dialog.getByLabel("Destination"));
    for (let i = 0; i < 14; i++) {
      await page.keyboard.press("Tab");
      expect(await page.evaluate(() => document.activeElement!.closest("dialog, body")!.localName)).not.toBe(
        "main",
      );
    }
    if (close === "Escape") await page.keyboard.press("Escape");
    else await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
    await hasFocus(page.getByRole("button", { name: "Edit TRAILBLOG" }));
  }
});

test("a link is copied from its row; where the browser forbids it, its address is shown", async () => {
  await page.getByRole("button", { name: "Copy the link of TRAILBLOG" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  expect(await clipboard()).toBe(`${shop}/?aff=TRAILBLOG`);
  await page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error("forbidden"));
  });
  await page.getByRole("button", { name: "Copy the link of GEARWEEKLY" }).click();
  await page.getByText(`It is: ${shop}/product?aff=GEARWEEKLY`).waitFor();
  await page.getByRole("button", { name: "Close" }).click();
});

test("its addresses: each can be copied, has a QR code, and the code can be saved as a picture", async () => {
  const dialog = await panel("Share GEARWEEKLY", "Share GEARWEEKLY");
  await dialog.getByRole("button", { name: "Copy the tracking link" }).click();
  await dialog.getByRole("button", { name: "Copied" }).waitFor();
  expect(await clipboard()).toBe(`${demo.url}/c/GEARWEEKLY`);
  await dialog.getByRole("img", { name: `QR code of ${shop}/product?aff=GEARWEEKLY` }).waitFor();
  await dialog.getByRole("combobox", { name: "QR code of" }).selectOption("Tracking link");
  await dialog.getByRole("img", { name: `QR code of ${demo.url}/c/GEARWEEKLY` }).waitFor();
  const svg = await saved(dialog.getByRole("button", { name: "Save as SVG" }).click(), "GEARWEEKLY.svg");
  expect(svg).toMatch(/^<svg .*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(svg).toContain(`QR code of ${demo.url}/c/GEARWEEKLY`);
});

test("an address too long for a QR code says so, and can be copied all the same", async () => {
  const partner = await demo.api.get<{ data: { id: number }[] }>("/partners");
  await demo.api.post("/links", {
    program_id: demo.demo.programId,
    partner_id: partner.data[0]!.id,
    code: "LONG",
    destination_url: `${shop}/${"é".repeat(1_000)}`,
  });
  await page.reload();
  const dialog = await panel("Share LONG", "Share LONG");
  await dialog.getByText("This address is too long for a QR code.").waitFor();
  expect(await dialog.getByRole("button", { name: "Save as SVG" }).count()).toBe(0);
  await dialog.getByRole("button", { name: "Copy the referral link" }).waitFor();
  await dialog.getByRole("combobox", { name: "QR code of" }).selectOption("Tracking link");
  await dialog.getByRole("img", { name: `QR code of ${demo.url}/c/LONG` }).waitFor();
});

test("Everflow makes a tracking link where it is configured; what it says otherwise is seen over the panel", async () => {
  const dialog = await panel("Share TRAILBLOG", "Share TRAILBLOG");
  const create = dialog.getByRole("button", { name: "Create Everflow tracking link" });
  const broken = {
    status: 502,
    contentType: "application/json",
    body: '{"error":"Everflow: no such offer"}',
  };
  await page.route(/everflow-link$/, (route) => route.fulfill(broken));
  await create.click();
  const words = dialog.getByText("Everflow: no such offer");
  await words.waitFor();
  // Nothing lies over it.
  await dialog.locator(".notice").getByRole("button", { name: "Close" }).click();
  await words.waitFor({ state: "detached" });
  await page.unrouteAll();
  await create.click();
  await dialog.getByText("Everflow has made the tracking link.").waitFor();
  const { everflow_tracking_url: url } = await stored("TRAILBLOG");
  expect(url).toContain(demo.sandboxes.everflow.url);
  await dialog.getByText(url!, { exact: true }).waitFor();
  await dialog.getByRole("button", { name: "Copy the everflow tracking link" }).click();
  await dialog.getByRole("button", { name: "Copied" }).waitFor();
  expect(await clipboard()).toBe(url);
  expect(watched.faults.splice(0)).toEqual([expect.stringContaining("502")]);

  // It outlasts a change of the link that is none of Everflow's.
  await page.keyboard.press("Escape");
  const edit = await panel("Edit TRAILBLOG", "Edit TRAILBLOG");
  await edit.getByRole("switch", { name: "Active" }).uncheck();
  await edit.getByRole("button", { name: "Save" }).click();
  await page.getByText("TRAILBLOG is changed.").waitFor();
  expect(await stored("TRAILBLOG")).toMatchObject({ status: "inactive", everflow_tracking_url: url });
});

test("a CSV file is shown as what it would do, with an error for each row, before it does it", async () => {
  const csv = [
    "code,destination_url,partner_name,status",
    `IMPORTED,${shop}/imported,Trail Blog,active`,
    `GEARWEEKLY,${shop}/product,Gear Weekly,inactive`,
    `SUMMITDEALS,,,`,
    `NOBODYS,${shop}/x,Nobody <img src=x>,active`,
    "ELSEWHERE,https://elsewhere.example/,Trail Blog,active",
  ].join("\n");
  const dialog = await panel("Import", "Import links");
  expect(await dialog.getByRole("button", { name: "Preview" }).isDisabled()).toBe(true);
  await dialog
    .getByLabel("CSV file")
    .setInputFiles({ name: "links.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
  await dialog.getByRole("button", { name: "Preview" }).click();
  const preview = dialog.getByRole("region", { name: "Preview" });
  await preview.getByText("1 new, 1 changed, 1 as they are, 2 with errors, which are left out.").waitFor();
  const rows = await preview.getByRole("row").allInnerTexts();
  expect(rows.slice(1).map((row) => row.split(/\s+/).slice(0, 3).join(" "))).toEqual([
    "5 NOBODYS error",
    "6 ELSEWHERE error",
    "2 IMPORTED new",
    "3 GEARWEEKLY changed",
    "4 SUMMITDEALS as",
  ]);
  expect(rows[1]).toContain("partner_name is no partner's");
  expect(rows[2]).toContain("destination_url must be on one of the program's domains");
  expect(await accessibilityFaults(page)).toEqual([]);
  expect(await stored("IMPORTED")).toBeUndefined();

  await dialog.getByRole("button", { name: "Import 2 links" }).click();
  await page.getByText("1 made, 1 changed, 2 left out for their errors.").waitFor();
  await page.getByRole("link", { name: "IMPORTED" }).waitFor();
  expect((await stored("GEARWEEKLY")).status).toBe("inactive");
});

test("columns of a file that nobody reads are named", async () => {
  const dialog = await panel("Import", "Import links");
  await dialog.getByLabel("Or its text").fill("code,destinaton_url,colour\nTRAILBLOG,/new,red");
  await dialog.getByRole("button", { name: "Preview" }).click();
  await dialog.getByText("Columns that are not read: destinaton_url, colour").waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
});

// A preview that came late stood below another text, which was then imported unseen.
test("while a preview is on its way, what it is of cannot be changed", async () => {
  let answer = () => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route(/\/links\/import\?/, async (route) => {
    await held;
    await route.continue();
  });
  const dialog = await panel("Import", "Import links");
  const fields = ["CSV file", "Or its text"].map((name) => dialog.getByLabel(name));
  await fields[1]!.fill("code,status\nTRAILBLOG,active");
  const asked = page.waitForRequest(/\/links\/import\?/);
  await dialog.getByRole("button", { name: "Preview" }).click();
  await asked;
  for (const field of fields) expect(await field.isDisabled()).toBe(true);
  answer();
  await dialog.getByRole("region", { name: "Preview" }).waitFor();
  for (const field of fields) expect(await field.isDisabled()).toBe(false);
});

test("a file that is too large is refused before it is read", async () => {
  const dialog = await panel("Import", "Import links");
  const buffer = Buffer.alloc(2 * 1024 * 1024 + 1, "x");
  await dialog.getByLabel("CSV file").setInputFiles({ name: "links.csv", mimeType: "text/csv", buffer });
  await dialog.getByText("The file is larger than 2 MiB. Divide it.").waitFor();
  expect(await dialog.getByLabel("Or its text").inputValue()).toBe("");
});

test("a file that is none is refused in words, at its field", async () => {
  const dialog = await panel("Import", "Import links");
  await dialog.getByLabel("Or its text").fill("nothing\nof the kind");
  await dialog.getByRole("button", { name: "Preview" }).click();
  await dialog.getByText("The file has no column code in its first row").waitFor();
  expect(await dialog.getByLabel("Or its text").getAttribute("aria-invalid")).toBe("true");
  expect(await accessibilityFaults(page)).toEqual([]);
});

test("the exported list can be opened in a spreadsheet and does nothing there", async () => {
  const partner = await demo.api.get<{ data: { id: number }[] }>("/partners");
  await demo.api.post("/links", {
    program_id: demo.demo.programId,
    partner_id: partner.data[0]!.id,
    code: '=HYPERLINK("http://evil.example")',
    destination_url: `${shop}/`,
  });
  const csv = await saved(page.getByRole("link", { name: "Export" }).click(), "clickferry-links.csv");
  expect(csv).toContain(`"'=HYPERLINK(""http://evil.example"")"`);
  expect(csv.split("\r\n")[0]).toMatch(/^id,kind,code,/);
});

test.each(["light", "dark"] as const)(
  "every panel is accessible in %s, and fits a phone",
  async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width: 360, height: 740 });
    for (const [button, name] of [
      ["New link", "New link"],
      ["Edit TRAILBLOG", "Edit TRAILBLOG"],
      ["Share TRAILBLOG", "Share TRAILBLOG"],
      ["Import", "Import links"],
    ] as const) {
      const dialog = await panel(button, name);
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await dialog.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
      // Its head is at the top, over its whole width.
      expect(await dialog.locator("header").boundingBox()).toMatchObject({ x: 0, y: 0, width: 360 });
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  },
);

test("all the while nothing went wrong, and nobody but the collector was asked", () => {
  expect(watched.faults).toEqual([]);
  expect([...watched.hosts]).toEqual([new URL(demo.url).host]);
});
