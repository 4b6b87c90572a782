import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { call, SHOP } from "./support/call.ts";

afterEach(() => vi.restoreAllMocks());

test.each(["/", "/nothing", "/programs/1/2", "/programs/", "/links/1/rotate-key", "/programsx"])(
  "there is nothing at %s",
  async (path) => {
    const { status, body } = await call("GET", path);
    expect(status).toBe(404);
    expect(body).toEqual({ error: "Not found" });
  },
);

test.each([
  ["DELETE", "/programs", "GET, HEAD, POST"],
  ["DELETE", "/programs/1", "GET, HEAD, PATCH"],
  ["PUT", "/links/1", "GET, HEAD, PATCH"],
  ["POST", "/clicks", "GET, HEAD"],
  ["GET", "/partners/1/rotate-key", "POST"],
  ["PATCH", "/session", "DELETE, GET, HEAD, POST"],
])("%s %s is refused with the methods that are allowed", async (method, path, allow) => {
  const answer = await call(method, path);
  expect(answer.status).toBe(405);
  expect(answer.headers.get("Allow")).toBe(allow);
  expect(answer.body).toEqual({ error: "Method not allowed" });
});

test("HEAD answers as GET does, without the body", async () => {
  const answer = await call("HEAD", "/programs");
  expect(answer.status).toBe(200);
  expect(answer.text).toBe("");
});

test("an unexpected failure is logged, and told without its reasons", async () => {
  const logged = vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(env.DB, "prepare").mockImplementation(() => {
    throw new Error("D1 is down");
  });
  const answer = await call("POST", "/programs", { ...SHOP, name: "a name that no log may hold" });
  expect(answer.status).toBe(500);
  expect(answer.body).toEqual({
    error:
      "Something went wrong here; it was logged. Try again, and look into the collector's log if it stays so.",
  });
  expect(answer.headers.get("Cache-Control")).toBe("no-store");
  expect(logged).toHaveBeenCalledOnce();
  expect(String(logged.mock.calls[0])).toContain("D1 is down");
  expect(String(logged.mock.calls[0])).not.toContain("no log may hold");
});
