/** Opens what plays others for the tests that run inside workerd; the Worker reaches it over real sockets. */
import type { TestProject } from "vitest/node";
import { openSandboxes } from "../../../scripts/sandbox/sandboxes.ts";
import { openAccessCerts } from "./access-certs.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The settings that point a program and its links at the sandboxes, as JSON. */
    sandboxes: string;
    accessCerts: string;
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
  const certs = await openAccessCerts();
  project.provide("accessCerts", certs.url);
  return async () => {
    await certs.close();
    await sandboxes.close();
  };
}
