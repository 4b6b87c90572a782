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

/** A session ran out or was ended while it was used: the next view is the sign-in, which leads back here. */
export function signedOut(): void {
  session.value = null;
}
