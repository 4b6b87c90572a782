/** Opens the sandbox networks for the tests that run inside workerd; the Worker reaches them over real sockets. */
import type { TestProject } from "vitest/node";
import { openSandboxes } from "../../../scripts/sandbox/sandboxes.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The settings that point a program and its links at the sandboxes, as JSON. */
    sandboxes: string;
    /** Opens the sandbox Everflow's click report for the link's affiliate. */
    sandbox_key: string;
  }
}

export default async function setup(project: TestProject) {
  const sandboxes = await openSandboxes();
  const { everflow, avantlink, program } = sandboxes;
  project.provide(
    "sandboxes",
    JSON.stringify({ everflow: everflow.url, avantlink: avantlink.url, program, link: sandboxes.link(0) }),
  );
  project.provide("sandbox_key", sandboxes.affiliateKey);
  return sandboxes.close;
}
