/** The script tag of a program, as its merchant pastes it. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { call, callWith, ORIGIN, programAndPartner } from "./support/call.ts";

test("a program's tag names this collector and the program", async () => {
  const { program_id } = await programAndPartner();
  const { status, body } = await call("GET", `/programs/${program_id}/snippet`);
  expect(status).toBe(200);
  expect(body).toEqual({
    tag: `<script async src="${ORIGIN}/tracker.js" data-program="${program_id}"></script>`,
    pinned_tag: expect.stringMatching(
      new RegExp(
        `^<script async src="${ORIGIN}/tracker\\.[0-9a-f]{8}\\.js" integrity="sha384-[\\w+/]{64}" crossorigin="anonymous" data-program="${program_id}"></script>$`,
      ),
    ),
    collector: ORIGIN,
  });
});

test("the pinned tag is that of the file which is served under its name", async () => {
  const { program_id } = await programAndPartner();
  const { pinned_tag } = (await call("GET", `/programs/${program_id}/snippet`)).body;
  const [, path, integrity] = /src="https:\/\/t\.shop\.example(\/tracker\.\w+\.js)" integrity="([^"]+)"/.exec(
    pinned_tag,
  )!;
  const served = await env.ASSETS.fetch(`${ORIGIN}${path}`);
  expect(served.status).toBe(200);
  const hash = await crypto.subtle.digest("SHA-384", await served.arrayBuffer());
  expect(integrity).toBe(`sha384-${btoa(String.fromCharCode(...new Uint8Array(hash)))}`);
});

test("where the tracker is not built there is no pinned tag", async () => {
  const { program_id } = await programAndPartner();
  const ASSETS = { fetch: async () => new Response("", { status: 404 }) } as unknown as Fetcher;
  const { status, body } = await callWith({ ASSETS }, "GET", `/programs/${program_id}/snippet`);
  expect(status).toBe(200);
  expect(body.pinned_tag).toBeNull();
  expect(body.tag).toContain("/tracker.js");
});

test("a program that is not there has no tag", async () => {
  expect(await call("GET", "/programs/999999/snippet")).toMatchObject({
    status: 404,
    body: { error: "Program not found" },
  });
});
