import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { adminToken } from "../../worker/env.ts";

test.for(["a token with blanks", "einschlüsselwort", "line-feed-at-the-end\n"])(
  "an ADMIN_TOKEN that no header carries is named, and not repeated: %j",
  (token) => {
    const fault =
      "ADMIN_TOKEN holds a blank or a character that is not printable ASCII. Set it with: npx wrangler secret put ADMIN_TOKEN";
    expect(() => adminToken({ ...env, ADMIN_TOKEN: token })).toThrow(new Error(fault));
  },
);

test("an ADMIN_TOKEN of every other sign is taken", () => {
  const token = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
  expect(adminToken({ ...env, ADMIN_TOKEN: token })).toBe(token);
});
