import { expect, test } from "vitest";
import { deviceOf } from "../../worker/clicks/derive.ts";

// Chromebooks and all X11 desktops but Linux had no device type: Bowser names no platform for them.
test.each([
  ["a Chromebook", "X11; CrOS x86_64 14541.0.0", "PC", "Chrome OS"],
  ["a Chromebook on ARM", "X11; CrOS aarch64 16002.51.0", "PC", "Chrome OS"],
  ["FreeBSD", "X11; FreeBSD amd64", "PC", ""],
  ["OpenBSD", "X11; OpenBSD amd64", "PC", ""],
  ["Solaris", "X11; U; SunOS sun4u", "PC", ""],
  ["Linux", "X11; Linux x86_64", "PC", "Linux"],
  ["a television on X11", "SMART-TV; X11; Linux i686", "TV", "Linux"],
  ["something that does not tell", "Unheard-Of", "", ""],
])("the device of %s (%s)", (_, system, device_type, os) => {
  const userAgent = `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36`;
  expect(deviceOf(userAgent)).toMatchObject({ is_bot: false, device_type, os });
});

test("a bot on an X11 desktop is a bot", () => {
  const userAgent = "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) HeadlessChrome/140.0.0.0 Safari/537.36";
  expect(deviceOf(userAgent)).toMatchObject({ is_bot: true, device_type: "Bot" });
});
