import { raw } from "./sql.ts";

/** SQL, unix ms: clicks of before may have been deleted (worker/clicks/retention.ts), of after none has. */
export const GONE_BEFORE = raw("(SELECT gone_before FROM retention)");
