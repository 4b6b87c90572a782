/** Brings the D1 of a test file to the current schema. */
import { applyD1Migrations, env } from "cloudflare:test";

await applyD1Migrations(env.DB, env.MIGRATIONS ?? []);
