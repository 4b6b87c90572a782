/** Who is signed in. */

import { signal } from "@preact/signals";

export interface Session {
  role: "admin" | "partner";
  partner: { id: number; name: string } | null;
  /** Unix ms; null where the session is not ours to end (Cloudflare Access). */
  expires_at: number | null;
  by?: "session" | "bearer" | "access";
}

/** undefined: not known yet. null: nobody. */
export const session = signal<Session | null | undefined>(undefined);

/** Whether it ended by itself, which the sign-in explains. */
export const ranOut = signal(false);

/** What is open in this browser beside this page: it has the same cookie. */
const tabs = new BroadcastChannel("clickferry-signed-out");
tabs.onmessage = () => signedOut();

/** The next view is the sign-in, which leads back here. @param how "ran-out": while it was used. */
export function signedOut(how: "by-hand" | "ran-out" = "ran-out"): void {
  // Several calls may find out one after the other.
  if (session.value) ranOut.value = how === "ran-out";
  session.value = null;
  if (how === "by-hand") tabs.postMessage("");
}
