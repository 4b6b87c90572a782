import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";
import Summary from "./test/support/summary.ts";

/** Tests of a stage run inside workerd; what needs a browser, a socket or a process runs in Node. */
export default defineConfig({
  test: {
    reporters: ["default", new Summary()],
    projects: [
      {
        plugins: [
          cloudflareTest(async ({ inject }) => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                MIGRATIONS: await readD1Migrations("worker/migrations"),
                CLICK_ID_SECRET: "a-secret-for-tests-of-forty-characters-00",
                ADMIN_TOKEN: "admin-token-for-tests",
                INTAKE_SHARDS: "1",
                DELIVERY_TIMEOUT_MS: "300",
                ALLOW_LOOPBACK_NETWORKS: "1",
                SANDBOXES: inject("sandboxes"),
                ACCESS_CERTS: inject("accessCerts"),
                PAGES: inject("pages"),
                SANDBOX_EVERFLOW_KEY: inject("sandbox_key"),
                // A network's key, and the key of its affiliate 411.
                EVERFLOW_API_KEY: "everflow-network-key-for-tests",
                EVERFLOW_API_KEY_411: "everflow-affiliate-key-for-tests",
              },
            },
          })),
        ],
        test: {
          name: "workerd",
          // One file after the other: they share the sandboxes, which a test tells to fail.
          maxWorkers: 1,
          sequence: { groupOrder: 0 },
          include: ["test/{inbound,clicks,delivery,networks,reports}/**/*.test.ts"],
          globalSetup: ["test/support/node/sandbox-setup.ts", "test/support/node/pages.ts"],
          setupFiles: ["test/support/migrate.ts"],
        },
      },
      {
        test: {
          name: "node",
          // Two cores: two files at a time, each with its browser, its workerd or its load, keep them busy.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          include: [
            "test/{tracker,journey,scripts}/**/*.test.ts",
            "test/dashboard/{sign-in,period,link-draft}.test.ts",
          ],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // npm run test:dashboard: every view in every state, for minutes.
        test: {
          name: "dashboard",
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          include: ["test/dashboard/**/*.test.ts"],
          exclude: ["test/dashboard/{sign-in,period,link-draft}.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
