import { type Failure, invalid } from "../failure.ts";
import { EVENT_ID_LENGTH } from "./affitor-schema.ts";

/** @returns the caller's Idempotency-Key (ours), undefined where there is none, a failure where it is too long. */
export function eventKey(request: Request): string | undefined | Failure {
  const key = request.headers.get("Idempotency-Key") || undefined;
  return key && key.length > EVENT_ID_LENGTH
    ? invalid("Idempotency-Key", `Idempotency-Key must have at most ${EVENT_ID_LENGTH} characters`)
    : key;
}
