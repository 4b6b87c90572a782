import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { connectionOf } from "../../worker/delivery/connection.ts";

test("each earlier secret is kept out of what is shown, wherever it stands alone", () => {
  const [newer, older] = [
    "the-secret-of-last-year-forty-characters",
    "the-secret-before-it-forty-characters",
  ];
  const given = { settings: {}, link_everflow: null };
  const rotated = { ...env, CLICK_ID_SECRET_PREVIOUS: `${newer} ${older}` };
  expect(connectionOf("avantlink", given, rotated)).toMatchObject({
    secrets: expect.arrayContaining([env.ADMIN_TOKEN, env.CLICK_ID_SECRET, newer, older]),
  });
});
