import { expect, test } from "vitest";
import { formatClickId } from "../../worker/click.ts";
import { ClickIdSigner } from "../../worker/clicks/click-id.ts";

const AT = 1_795_221_396_411;
const OLD = "the-secret-of-last-year-forty-characters";
const NEW = "the-secret-of-this-year-forty-characters";
const NEWEST = "the-secret-of-next-year-forty-characters";
const signer = (clickIdSecret: string, ...clickIdSecretsPrevious: string[]) =>
  new ClickIdSigner({ clickIdSecret, clickIdSecretsPrevious });

async function mint(secret: string, programId = 1) {
  return formatClickId(await signer(secret).mint(programId, AT), AT);
}

test("an id is 32 hexadecimal characters that begin with the time, so that ids sort by it", async () => {
  const id = await signer(NEW).mint(1, AT);
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(Number.parseInt(id.slice(0, 8), 16)).toBe(Math.floor(AT / 1000));
});

test("a thousand ids of one millisecond differ", async () => {
  const minter = signer(NEW);
  const ids = await Promise.all(Array.from({ length: 1000 }, () => minter.mint(1, AT)));
  expect(new Set(ids).size).toBe(1000);
});

test("an id is known again by its signature", async () => {
  const clickId = await mint(NEW);
  expect(await signer(NEW).verify(clickId, 1)).toEqual({ id: clickId.split("_")[1], at: AT });
});

test("ids are known as long as their secret is among the earlier ones, however often it was rotated", async () => {
  const clickId = await mint(OLD);
  expect(await signer(NEW, OLD).verify(clickId, 1)).toBeDefined();
  expect(await signer(NEWEST, NEW, OLD).verify(clickId, 1)).toBeDefined();
  expect(await signer(NEWEST, NEW).verify(clickId, 1)).toBeUndefined();
});

test("another program's id is foreign", async () => {
  expect(await signer(NEW).verify(await mint(NEW, 2), 1)).toBeUndefined();
});

test("every altered digit is noticed", async () => {
  const clickId = await mint(NEW);
  const check = signer(NEW);
  for (let i = "cust_".length; i < clickId.length; i++) {
    if (clickId[i] === "_") continue;
    const altered = clickId.slice(0, i) + (clickId[i] === "1" ? "2" : "1") + clickId.slice(i + 1);
    expect(await check.verify(altered, 1), altered).toBeUndefined();
  }
});

test.each([
  "",
  "cust_",
  "cust_42_1715000000000",
  `cust_${"g".repeat(32)}_${AT}`,
  `cust_${"0".repeat(32)}_${"9".repeat(400)}`,
  `x_cust_${"0".repeat(32)}_${AT}`,
])("%o is no id of ours", async (text) => {
  expect(await signer(NEW).verify(text, 1)).toBeUndefined();
});
