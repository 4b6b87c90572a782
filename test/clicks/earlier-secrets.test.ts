import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { earlierSecrets } from "../../worker/earlier-secrets.ts";
import { clickSecrets } from "../../worker/env.ts";

const [A, B] = ["a-secret-of-thirty-two-characters-1", "a-secret-of-thirty-two-characters-2"] as const;
const NINE = Array.from({ length: 9 }, (_, n) => `a-secret-of-thirty-two-characters-${n}`);

test.each([
  ["nothing", undefined, []],
  ["an empty text", "", []],
  ["blanks", " \n", []],
  ["one", A, [A]],
  ["two, newest first", `${B} ${A}`, [B, A]],
  ["two on lines of their own", `\n${B}\r\n\t${A}\n`, [B, A]],
  ["eight", NINE.slice(1).join(" "), NINE.slice(1)],
  // It was a good CLICK_ID_SECRET, and an only earlier secret before there could be several.
  [
    "a phrase with blanks, alone",
    "the quick brown fox and the lazy dog",
    ["the quick brown fox and the lazy dog"],
  ],
])("earlier secrets: %s", (_, value, secrets) => {
  expect(earlierSecrets(value)).toEqual({ secrets });
});

test.each([
  ["a short one", "too-short", "holds a secret of 9 characters: each needs 32 or more"],
  ["a short one among others", `${A} too-short`, "holds a secret of 9 characters: each needs 32 or more"],
  ["nine", NINE.join(" "), "holds 9 secrets: it takes 8 or fewer"],
])("CLICK_ID_SECRET_PREVIOUS with %s is refused by name, and not repeated", (_, value, words) => {
  const read = () => clickSecrets({ ...env, CLICK_ID_SECRET_PREVIOUS: value });
  expect(read).toThrow(`CLICK_ID_SECRET_PREVIOUS ${words}`);
  expect(read).toThrow("Set it with: npx wrangler secret put CLICK_ID_SECRET_PREVIOUS");
  expect(read).not.toThrow("too-short");
  expect(read).not.toThrow("a-secret-of");
});
