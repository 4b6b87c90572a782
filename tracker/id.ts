import { attempt } from "./attempt.ts";

const SESSION = "affitor_session_id";

/** 128 random bits in at most 40 digits. Not crypto.randomUUID: plain http has none. */
export function randomId(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join("");
}

/** One for the visit in this tab; where storage is forbidden, for this page. */
export function sessionId(): string {
  const id = attempt(() => sessionStorage.getItem(SESSION)) || randomId();
  attempt(() => sessionStorage.setItem(SESSION, id));
  return id;
}
