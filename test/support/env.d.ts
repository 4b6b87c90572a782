type WorkerEnv = import("../../worker/env.ts").Env;
type Migrations = import("cloudflare:test").D1Migration[];

declare namespace Cloudflare {
  /** Types `exports` of "cloudflare:workers". */
  interface GlobalProps {
    mainModule: typeof import("../../worker/index.ts");
  }
  interface Env extends WorkerEnv {
    MIGRATIONS: Migrations;
  }
}
