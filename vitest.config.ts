import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import type { InlineConfig } from "vitest/node";
import Summary from "./test/support/summary.ts";

/** Two cores: two files at a time, each with its browser, its workerd or its load, keep them busy. */
const TWO_AT_A_TIME = { maxWorkers: 2, sequence: { groupOrder: 1 } };
/** What speaks to the sandboxes that play the networks, which all of these share. */
const WITH_SANDBOXES = [
  "test/delivery/{courier,courier-unclear,calls}.test.ts",
  "test/reports/test-click.test.ts",
];

/** Whole processes: npm start and what it is made of, started, killed and started again; npm run seed and deploy. */
const PROCESSES = ["test/scripts/{start,seed,seed-demo,collector,cron,deploy}.test.ts"];

/** Tests of a stage run inside workerd; what needs a browser, a socket or a process runs in Node. */
export default defineConfig({
  test: {
    reporters: ["default", new Summary()],
    projects: [
      inWorkerd({
        name: "workerd",
        include: ["test/{inbound,clicks,delivery,networks,reports}/**/*.test.ts"],
        exclude: WITH_SANDBOXES,
        ...TWO_AT_A_TIME,
      }),
      inWorkerd({
        name: "workerd-sandboxes",
        include: WITH_SANDBOXES,
        // One file after the other: a test tells the sandboxes to fail.
        maxWorkers: 1,
        sequence: { groupOrder: 0 },
      }),
      {
        test: {
          name: "node",
          ...TWO_AT_A_TIME,
          include: [
            "test/{tracker,journey,scripts}/**/*.test.ts",
            "test/dashboard/{sign-in,period,link-draft}.test.ts",
          ],
          exclude: PROCESSES,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // npm run test:start: a minute of them.
        test: {
          name: "start",
          ...TWO_AT_A_TIME,
          include: PROCESSES,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // npm run test:dashboard: every view in every state, for minutes.
        test: {
          name: "dashboard",
          ...TWO_AT_A_TIME,
          include: ["test/dashboard/**/*.test.ts"],
          exclude: ["test/dashboard/{sign-in,period,link-draft}.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});

function inWorkerd(which: InlineConfig): TestProjectInlineConfiguration {
  return {
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
      ...which,
      // Against what hangs alone: hundreds of calls in a test take as long as other work on the machine lets them.
      testTimeout: 60_000,
      hookTimeout: 60_000,
      globalSetup: ["test/support/node/sandbox-setup.ts", "test/support/node/pages.ts"],
      setupFiles: ["test/support/migrate.ts"],
    },
  };
}
