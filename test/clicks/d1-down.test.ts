/** D1 is down: its tables are gone for a while. What an isolate has resolved before, it goes on with. */
import { env } from "cloudflare:test";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { trackClick } from "../../worker/inbound/affitor.ts";
import { clk } from "../../worker/inbound/everflow-clk.ts";
import { followTrackingLink } from "../../worker/inbound/tracking-link.ts";
import { CHROME, COLLECTOR, events, linkRow, recordAll, seedLink, seedProgram } from "../support/program.ts";

beforeAll(() => seedProgram([{ code: "KNOWN", everflow: { offer_id: 6, affiliate_id: 7 } }]));

const NAMES = { "User-Agent": CHROME };
/** Each test begins where no link of the one before is fresh any more. */
let now = Date.now();
beforeEach(() => {
  now += 60_000;
});

const track = (code: string, at: number) =>
  trackClick(
    new Request(`${COLLECTOR}/api/v1/track/click`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...NAMES },
      body: JSON.stringify({ affiliate_url: `https://shop.example/?aff=${code}` }),
    }),
    env,
    at,
  );
const open = (code: string, at: number) =>
  followTrackingLink(
    new Request(`${COLLECTOR}/c/${code}`, { headers: { "Sec-Fetch-Dest": "document", ...NAMES } }),
    env,
    at,
  );
const call = (at: number) => clk(new Request(`${COLLECTOR}/clk?oid=6&affid=7`, { headers: NAMES }), env, at);

async function whileDown(what: () => Promise<void>): Promise<void> {
  await env.DB.prepare("ALTER TABLE referral_links RENAME TO away").run();
  try {
    await what();
  } finally {
    await env.DB.prepare("ALTER TABLE away RENAME TO referral_links").run();
  }
}

// Ten seconds into an outage every click was refused, though there was a place to keep it.
test("clicks of every dialect on a link that was resolved before are kept, and recorded when D1 is back", async () => {
  await track("KNOWN", now);
  await call(now);
  await recordAll();
  const before = Number((await linkRow("KNOWN")).clicks);
  await whileDown(async () => {
    for (const later of [11_000, 11_001, 3_600_000]) {
      const answer = await track("KNOWN", now + later);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ success: true, partner_code: "KNOWN" });
      const followed = await open("KNOWN", now + later);
      expect(followed.status).toBe(302);
      expect(followed.headers.get("Location")).toMatch(
        /^https:\/\/shop\.example\/\?aff=KNOWN&cf_click=cust_/,
      );
      const called = await call(now + later);
      expect(await called.json()).toMatchObject({ transaction_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
    }
  });
  await recordAll();
  expect(await linkRow("KNOWN")).toMatchObject({ clicks: before + 9 });
  expect(await events("at > ?", now)).toHaveLength(9);
});

test("a link that this isolate never resolved has no answer, and no click is called kept that is not", async () => {
  await seedLink({ code: "NEVERSEEN" });
  await whileDown(async () => {
    expect((await track("NEVERSEEN", now)).status).toBe(500);
    expect((await open("NEVERSEEN", now)).status).toBe(500);
  });
  await recordAll();
  expect(await linkRow("NEVERSEEN")).toMatchObject({ clicks: 0 });
  expect((await track("NEVERSEEN", now + 1)).status).toBe(200);
});

test("a link switched off during the outage stops as soon as D1 answers again", async () => {
  await seedLink({ code: "OFF" });
  await track("OFF", now);
  await whileDown(async () => {
    await env.DB.prepare("UPDATE away SET status = 'inactive' WHERE code = 'OFF'").run();
    expect(await (await track("OFF", now + 60_000)).json()).toMatchObject({ success: true });
  });
  expect(await (await track("OFF", now + 61_000)).json()).toMatchObject({ success: false });
});
