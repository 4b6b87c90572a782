import { expect, test } from "vitest";
import { CannotStart } from "../../scripts/cannot-start.ts";
import { readSettings } from "../../scripts/settings.ts";

test("nothing needs to be set", () => {
  expect(readSettings({})).toEqual({
    port: 8787,
    dataDir: ".clickferry",
    demo: true,
    allowLoopbackNetworks: true,
    adminToken: undefined,
    clickIdSecret: undefined,
    clickIdSecretPrevious: undefined,
    retentionDays: undefined,
    everflowKeys: {},
  });
});

test("what is set to nothing counts as not set", () => {
  const secrets = { ADMIN_TOKEN: "", CLICK_ID_SECRET: "", CLICK_ID_SECRET_PREVIOUS: "" };
  const empty = { PORT: "", CLICKFERRY_DATA: "", CLICKFERRY_DEMO: "", RETENTION_DAYS: "", ...secrets };
  expect(readSettings(empty)).toEqual(readSettings({}));
});

test("everything can be set", () => {
  const clickIdSecret = "a-secret-of-thirty-two-characters";
  const set = {
    PORT: "9000",
    CLICKFERRY_DATA: "/var/lib/clickferry",
    CLICKFERRY_DEMO: "0",
    ADMIN_TOKEN: "sixteen-letters!",
    CLICK_ID_SECRET: clickIdSecret,
    CLICK_ID_SECRET_PREVIOUS: `${clickIdSecret}-before ${clickIdSecret}-long-before`,
    RETENTION_DAYS: "0",
    EVERFLOW_API_KEY: "the network's",
    EVERFLOW_API_KEY_411: "an affiliate's",
    EVERFLOW_API_KEY_412: "",
    EVERFLOW_API_KEYS: "no name of one",
  };
  expect(readSettings(set)).toEqual({
    port: 9000,
    dataDir: "/var/lib/clickferry",
    demo: false,
    allowLoopbackNetworks: false,
    adminToken: "sixteen-letters!",
    clickIdSecret,
    clickIdSecretPrevious: `${clickIdSecret}-before ${clickIdSecret}-long-before`,
    retentionDays: "0",
    everflowKeys: { EVERFLOW_API_KEY: "the network's", EVERFLOW_API_KEY_411: "an affiliate's" },
  });
});

// Shop and networks take the next three ports, so the last three are not for the collector.
test.for(["eighty", "0", "65533", "80.5", "-1", "8e3", " "])("PORT=%s is refused by name", (value) => {
  const refused = new CannotStart(`PORT is "${value}": it must be a whole number from 1 to 65532.`);
  expect(() => readSettings({ PORT: value })).toThrow(refused);
});

test("without the demo, networks on this machine have to be allowed", () => {
  const allowed = { CLICKFERRY_DEMO: "0", ALLOW_LOOPBACK_NETWORKS: "1" };
  expect(readSettings(allowed)).toMatchObject({ demo: false, allowLoopbackNetworks: true });
});

test.for([
  { name: "ADMIN_TOKEN", value: "fifteen-letters", needs: 16 },
  { name: "CLICK_ID_SECRET", value: "thirty-one-characters-are-a-few", needs: 32 },
])("a short $name is refused by name, and not repeated", ({ name, value, needs }) => {
  const refused = `${name} has ${value.length} characters: it needs ${needs} or more. Leave it out to have one made.`;
  expect(() => readSettings({ [name]: value })).toThrow(new CannotStart(refused));
});

test("a short secret among the earlier ones is refused by name, and not repeated", () => {
  const several = "a-secret-of-thirty-two-characters thirty-one-characters-are-a-few";
  const refused =
    "CLICK_ID_SECRET_PREVIOUS holds a secret of 31 characters: each needs 32 or more, and blanks separate them. Leave it out unless the secret was changed.";
  expect(() => readSettings({ CLICK_ID_SECRET_PREVIOUS: several })).toThrow(new CannotStart(refused));
});

// It went into the Authorization header of the demo's first request, which threw a stack at whoever started it.
test.for(["a token with blanks", "einschlüsselwort", "tab\tin-the-middle", "line-feed-at-the-end\n"])(
  "an ADMIN_TOKEN that no header carries is refused by name, and not repeated: %j",
  (value) => {
    const refused =
      "ADMIN_TOKEN holds a blank or a character that is not printable ASCII, and a header cannot carry it. Leave it out to have one made.";
    expect(() => readSettings({ ADMIN_TOKEN: value })).toThrow(new CannotStart(refused));
  },
);

// "false" brought the demo up.
test.for(["false", "no", "2", " 0"])("CLICKFERRY_DEMO=%s is refused by name", (value) => {
  const refused = new CannotStart(`CLICKFERRY_DEMO is "${value}": it must be 0 or 1.`);
  expect(() => readSettings({ CLICKFERRY_DEMO: value })).toThrow(refused);
});

test.for(["14", "-1", "90.5", "ninety", " 90"])("RETENTION_DAYS=%s is refused by name", (value) => {
  const refused = `RETENTION_DAYS is "${value}": it must be a whole number of at least 15, or 0 to keep clicks for ever.`;
  expect(() => readSettings({ RETENTION_DAYS: value })).toThrow(new CannotStart(refused));
});
