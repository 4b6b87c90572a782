/** Brings the D1 of a test file to the current schema: in one transaction, which takes a tenth of the time of many. */
import { env } from "cloudflare:test";

const statements = (env.MIGRATIONS ?? []).flatMap(({ queries }) => queries);
await env.DB.batch(statements.map((statement) => env.DB.prepare(statement)));
