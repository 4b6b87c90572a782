import { type Failure, invalid } from "../failure.ts";
import { EVENT_ID_LENGTH, NO_KEY } from "./affitor-schema.ts";

/** @returns the caller's Idempotency-Key (ours), undefined where there is none or an empty one, a failure for others. */
export function eventKey(request: Request): string | undefined | Failure {
  const key = request.headers.get("Idempotency-Key") || undefined;
  if (key && key.length > EVENT_ID_LENGTH)
    return invalid("Idempotency-Key", `Idempotency-Key must have at most ${EVENT_ID_LENGTH} characters`);
  return key && NO_KEY.test(key)
    ? invalid("Idempotency-Key", `Idempotency-Key must be the click's own, not "${key}"`)
    : key;
}
