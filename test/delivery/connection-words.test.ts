import { expect, test, vi } from "vitest";
import { connectionWords } from "../../worker/delivery/connection-words.ts";

// "Why dead" had a line for every click: each had a reference of its own.
test("a host that cannot be reached is one reason, however often; the references are in the log", () => {
  const logged = vi.spyOn(console, "warn").mockImplementation(() => {});
  const words = ["efc3s2k9", "0a1b2c3d"].map((reference) =>
    connectionWords(new Error(`internal error; reference = ${reference}`)),
  );
  expect(new Set(words)).toEqual(new Set(["the host could not be found or reached"]));
  expect(String(logged.mock.calls)).toMatch(/efc3s2k9.*0a1b2c3d/);
  logged.mockRestore();
});

test("other failures keep their words, without secrets", () => {
  const logged = vi.spyOn(console, "warn").mockImplementation(() => {});
  expect(connectionWords(new Error("Network connection lost."))).toBe("Network connection lost.");
  expect(connectionWords("refused a-key", ["a-key"])).toBe("refused [secret]");
  connectionWords(new Error("internal error; reference = a-key"), ["a-key"]);
  expect(String(logged.mock.calls)).not.toContain("a-key");
  logged.mockRestore();
});
