type WorkerEnv = import("../../worker/env.ts").Env;
type Migrations = import("cloudflare:test").D1Migration[];

declare namespace Cloudflare {
  /** Types `exports` of "cloudflare:workers". */
  interface GlobalProps {
    mainModule: typeof import("../../worker/index.ts");
  }
  interface Env extends WorkerEnv {
    // Optional, so that what takes the Worker's own Env can be given this one.
    MIGRATIONS?: Migrations;
    /** JSON; see support/node/sandbox-setup.ts. */
    SANDBOXES?: string;
    /** Origin; see support/node/pages.ts. */
    PAGES?: string;
  }
}
