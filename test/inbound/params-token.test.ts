import { expect, test } from "vitest";
import { openParams, sealParams } from "../../worker/inbound/params-token.ts";

const OLD = { clickIdSecret: "a-secret-for-tests-of-forty-characters-00", clickIdSecretsPrevious: [] };
const NEW = { clickIdSecret: "another-secret-of-forty-characters-000000", clickIdSecretsPrevious: [] };
const ROTATED = { ...NEW, clickIdSecretsPrevious: [OLD.clickIdSecret] };
const ROTATED_TWICE = {
  clickIdSecret: "a-third-secret-of-forty-characters-000000",
  clickIdSecretsPrevious: [NEW.clickIdSecret, OLD.clickIdSecret],
};
const PARAMS = { sub1: "a b&c=d", sub2: "é 🏔", uid: "12" };

test("parameters open to what was sealed", async () => {
  expect(await openParams(OLD, await sealParams(OLD, PARAMS, "A"), "A")).toEqual(PARAMS);
  expect(await openParams(OLD, await sealParams(OLD, {}, "A"), "A")).toEqual({});
});

// There was one place for an earlier secret: the second rotation broke the links from before the first.
test("links that are out in the world outlive every rotation of the secret, and not its removal", async () => {
  const token = await sealParams(OLD, PARAMS, "A");
  expect(await openParams(ROTATED_TWICE, token, "A")).toEqual(PARAMS);
  expect(await openParams(ROTATED_TWICE, await sealParams(ROTATED, PARAMS, "A"), "A")).toEqual(PARAMS);
  expect(await openParams(ROTATED, token, "A")).toEqual(PARAMS);
  expect(await openParams(NEW, token, "A")).toBeUndefined();
  expect(await openParams(OLD, await sealParams(ROTATED, PARAMS, "A"), "A")).toBeUndefined();
});

test("not one bit can be altered", async () => {
  const bytes = Uint8Array.fromBase64(await sealParams(OLD, { sub1: "x" }, "A"), { alphabet: "base64url" });
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const altered = bytes.slice();
    altered[bit >> 3]! ^= 1 << (bit & 7);
    const token = altered.toBase64({ alphabet: "base64url", omitPadding: true });
    expect(await openParams(OLD, token, "A")).toBeUndefined();
  }
});
