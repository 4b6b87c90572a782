import { expect, test } from "vitest";
import type { ReferralLink } from "../../worker/click.ts";
import { ClickSealer } from "../../worker/clicks/click-seal.ts";

const SECRET = "a-secret-for-tests-of-forty-characters-00";
const NEW_SECRET = "another-secret-of-forty-characters-000000";
/** 2026-07-30T12:00:00Z */
const NOW = 1_785_412_800_000;
const HOUR_MS = 3_600_000;

const link = (code: string, program = 1) => ({ code, program: { id: program } }) as ReferralLink;
const sealer = (clickIdSecret: string, ...clickIdSecretsPrevious: string[]) =>
  new ClickSealer({ clickIdSecret, clickIdSecretsPrevious });

/** A click as it is answered: the first 4 bytes of its own id are its time. */
function click(at: number) {
  const transaction_id =
    Math.floor(at / 1000)
      .toString(16)
      .padStart(8, "0") + "5e".repeat(12);
  return { transaction_id, click_id: `cust_${"c".repeat(32)}_${NOW - 90 * 24 * HOUR_MS}` };
}

async function sealed(at = NOW) {
  const { transaction_id, click_id } = click(at);
  return { click_id, seal: await sealer(SECRET).seal({ transaction_id, click_id }, link("A")) };
}

test("a seal opens to the click that it was made for", async () => {
  expect(await sealer(SECRET).open(await sealed(), link("A"), NOW + HOUR_MS)).toEqual(click(NOW));
});

test("a seal holds for a day, and not for a click that is yet to come", async () => {
  const open = async (at: number) =>
    (await sealer(SECRET).open(await sealed(at), link("A"), NOW)) !== undefined;
  expect(await open(NOW - 23 * HOUR_MS)).toBe(true);
  expect(await open(NOW - 25 * HOUR_MS)).toBe(false);
  expect(await open(NOW + HOUR_MS)).toBe(false);
});

test("a seal is of its link and its program", async () => {
  expect(await sealer(SECRET).open(await sealed(), link("B"), NOW)).toBeUndefined();
  expect(await sealer(SECRET).open(await sealed(), link("A", 2), NOW)).toBeUndefined();
});

test("a seal outlives the rotation of the secret, and not its removal", async () => {
  expect(await sealer(NEW_SECRET, SECRET).open(await sealed(), link("A"), NOW)).toEqual(click(NOW));
  expect(await sealer(NEW_SECRET).open(await sealed(), link("A"), NOW)).toBeUndefined();
});
