/** A collector whose program has both sandbox networks, and what is on its way to them. */

import { onTestFinished } from "vitest";
import { type AdminApi, adminApi } from "../../../scripts/admin-api.ts";
import { type Collector, openCollector } from "../../../scripts/collector.ts";
import { openSandboxes, type Sandboxes } from "../../../scripts/sandbox/sandboxes.ts";
import { type Demo, seedDemo } from "../../../scripts/seed-demo.ts";
import { tempFolder } from "./temp-folder.ts";

export interface Networked {
  collector: Collector;
  api: AdminApi;
  sandboxes: Sandboxes;
  /** The demo's program and links, as `npm start` makes them. */
  demo: Demo;
  /** Rows of D1. */
  rows<T>(sql: string, ...values: unknown[]): Promise<T[]>;
}

export const secrets = {
  adminToken: "admin-token-for-tests",
  clickIdSecret: "a-secret-for-tests-of-forty-characters-00",
};

/**
 * Ended with the test.
 *
 * @param shopUrl where the demo's links lead
 * @param networks that another collector on the same folder had
 * @param vars over those of wrangler.toml
 */
export async function openNetworked({
  dataDir = tempFolder(),
  shopUrl = "http://shop.localhost",
  networks,
  vars,
}: {
  dataDir?: string;
  shopUrl?: string;
  networks?: Sandboxes;
  vars?: Record<string, string>;
} = {}): Promise<Networked> {
  const sandboxes = networks ?? (await openSandboxes());
  if (!networks) onTestFinished(() => sandboxes.close());
  const bindings = { ALLOW_LOOPBACK_NETWORKS: "1", ...sandboxes.secrets, ...vars };
  const collector = await openCollector({ dataDir, port: 0, ...secrets, bindings });
  onTestFinished(() => collector.close());
  const api = adminApi(collector.url, secrets.adminToken);
  const demo = await seedDemo(api, shopUrl, sandboxes);
  const db = await collector.mf.getD1Database("DB");
  return {
    collector,
    api,
    sandboxes,
    demo,
    rows: async <T>(sql: string, ...values: unknown[]) =>
      (
        await db
          .prepare(sql)
          .bind(...values)
          .all<T>()
      ).results,
  };
}
