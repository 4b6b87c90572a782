type WorkerEnv = import("../../worker/env.ts").Env;
type Migrations = import("cloudflare:test").D1Migration[];

declare namespace Cloudflare {
  interface Env extends WorkerEnv {
    MIGRATIONS: Migrations;
  }
}
