/** A delivery whose answer never came, where Everflow can be asked whether it arrived. Against the sandbox, as courier.test.ts. */
import { env, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { received, sandboxes, tell } from "../support/sandboxes.ts";
import {
  clickIdOf,
  courier,
  delivery,
  due,
  EVERFLOW,
  EVERFLOW_WITH_KEY,
  owedClick,
  run,
  setProgram,
  TIMEOUT_MS,
  useSandboxes,
} from "./support/courier.ts";

const REPORT = "/v1/affiliates/reporting/clicks/stream";
const FOUND = "found in Everflow's click report";

useSandboxes(EVERFLOW_WITH_KEY);

/** A click that was sent and not answered; Everflow has it or not. It is due again. */
async function unanswered(taken: boolean) {
  await tell("everflow", { mode: "hang", taken, times: 1 });
  const click = await owedClick();
  await run("everflow");
  expect(await delivery(click)).toMatchObject({ state: "pending", attempts: [{ status: null }] });
  await due(click);
  return click;
}

async function reportsAsked(): Promise<number> {
  const answer = await fetch(`${sandboxes.everflow}/_sandbox/received`);
  const all = ((await answer.json()) as { received: { url: string }[] }).received;
  return all.filter(({ url }) => url === REPORT).length;
}

test("is delivered without being sent again where Everflow has it, with Everflow's transaction id", async () => {
  const click = await unanswered(true);
  expect(await run("everflow")).toBeNull();
  const row = await delivery(click);
  expect(row).toMatchObject({
    state: "delivered",
    reason: FOUND,
    reference: expect.stringMatching(/^[0-9a-f]{32}$/),
    attempts: [{ status: null }],
  });
  expect(await received("everflow", clickIdOf(click))).toHaveLength(1);
  // It is the id of Everflow's own row.
  const theirs = await fetch(`${sandboxes.everflow}/v1/affiliates/reporting/clicks/${row.reference}`, {
    headers: { "X-Eflow-API-Key": (env as unknown as Record<string, string>).SANDBOX_EVERFLOW_KEY! },
  });
  expect(await theirs.json()).toMatchObject({ sub5: clickIdOf(click), error_code: 0 });
});

test("is sent again at once where Everflow does not have it", async () => {
  const click = await unanswered(false);
  const asked = await reportsAsked();
  expect(await run("everflow")).toBeNull();
  expect(await delivery(click)).toMatchObject({
    state: "delivered",
    reason: "error_code 0",
    attempts: [{ status: null }, { status: 200 }],
  });
  expect(await received("everflow", clickIdOf(click))).toHaveLength(2);
  expect(await reportsAsked()).toBe(asked + 1);
});

test("is asked about anew each time that its answer does not come", async () => {
  const click = await unanswered(false);
  await tell("everflow", { mode: "hang", taken: true, times: 1, path: "/clk" });
  await run("everflow");
  expect(await delivery(click)).toMatchObject({ state: "pending", attempts: [{}, { status: null }] });
  await due(click);
  await run("everflow");
  expect(await delivery(click)).toMatchObject({ state: "delivered", reason: FOUND, attempts: [{}, {}] });
  expect(await received("everflow", clickIdOf(click))).toHaveLength(2);
});

test("and that was under way at a kill, which left no trace of it, is asked about too", async () => {
  const click = await owedClick();
  const { offer_id, affiliate_id } = sandboxes.link;
  await (
    await fetch(`${sandboxes.everflow}/clk?oid=${offer_id}&affid=${affiliate_id}&sub5=${clickIdOf(click)}`)
  ).text();
  await runInDurableObject(courier("everflow"), (_, state) => state.storage.kv.put("claimed", [click.id]));
  await evictDurableObject(courier("everflow"));
  await run("everflow");
  expect(await delivery(click)).toMatchObject({ state: "delivered", reason: FOUND, attempts: [] });
  expect(await received("everflow", clickIdOf(click))).toHaveLength(1);
  const left = await runInDurableObject(courier("everflow"), (_, { storage }) => storage.kv.get("claimed"));
  expect(left).toBeUndefined();
});

test("is not asked about where it was answered", async () => {
  await tell("everflow", { mode: "status", status: 503, times: 1 });
  const click = await owedClick();
  await run("everflow");
  const asked = await reportsAsked();
  await due(click);
  await run("everflow");
  expect(await delivery(click)).toMatchObject({
    state: "delivered",
    attempts: [{ status: 503 }, { status: 200 }],
  });
  expect(await reportsAsked()).toBe(asked);
});

describe("is sent again without being asked about", () => {
  test.each([
    ["without a key", EVERFLOW],
    ["with a key that is not set", { ...EVERFLOW, api_key_secret: "NOT_SET" }],
  ])("%s", async (_, everflow) => {
    await setProgram({ everflow });
    const click = await unanswered(true);
    const asked = await reportsAsked();
    await run("everflow");
    await setProgram({ everflow: EVERFLOW_WITH_KEY });
    expect(await delivery(click)).toMatchObject({ state: "delivered", attempts: [{}, { status: 200 }] });
    expect(await received("everflow", clickIdOf(click))).toHaveLength(2);
    expect(await reportsAsked()).toBe(asked);
  });
});

describe("when the report", () => {
  beforeEach(() => void vi.spyOn(console, "warn").mockImplementation(() => undefined));
  afterEach(() => void vi.restoreAllMocks());

  test.each([
    ["fails", { mode: "status", status: 500 }],
    ["resets the connection", { mode: "reset" }],
    ["is no report", { mode: "not_json" }],
    ["hangs", { mode: "hang" }],
  ])("%s, it is sent again, and others were not kept waiting", async (_, failure) => {
    const click = await unanswered(false);
    await tell("everflow", { ...failure, path: REPORT });
    const others = [await owedClick(), await owedClick()];
    expect(await run("everflow")).toBeNull();
    const row = await delivery(click);
    expect(row).toMatchObject({ state: "delivered", attempts: [{ status: null }, { status: 200 }] });
    for (const other of others) {
      const { state, attempts } = await delivery(other);
      expect(state).toBe("delivered");
      // The report took its whole time limit; who waited for it would have come after that.
      if (failure.mode === "hang")
        expect(row.attempts[1]!.at - attempts[0]!.at).toBeGreaterThan(TIMEOUT_MS / 2);
    }
  });

  test("hangs, a click that is recorded meanwhile is delivered meanwhile", async () => {
    const click = await unanswered(false);
    await tell("everflow", { mode: "hang", path: REPORT });
    const running = run("everflow");
    const fresh = await owedClick();
    await courier("everflow").wake({ program_id: 1, network: "everflow", courier: 0 });
    await running;
    const [first] = (await delivery(fresh)).attempts;
    const again = (await delivery(click)).attempts[1];
    expect(again!.at - first!.at).toBeGreaterThan(TIMEOUT_MS / 2);
  });
});
