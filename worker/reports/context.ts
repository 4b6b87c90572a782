import type { Context, Hono } from "hono";
import type { z } from "zod";
import type { Env } from "../env.ts";
import type { Identity as IdentitySchema } from "./schemas/session.ts";

/** Where worker/index.ts mounts the management API; the session cookie is sent to nothing else. */
export const MOUNT = "/api/admin";

/** Who calls, and how that is known. */
export type Identity = z.output<typeof IdentitySchema>;

/** Bindings and variables of every handler under {@link MOUNT}. */
export interface AdminEnv {
  Bindings: Env;
  /** Set by the guard. */
  Variables: { identity: Identity };
}

export type AdminApp = Hono<AdminEnv>;
/** A helper takes the context of any path and any validated input. */
// biome-ignore lint/suspicious/noExplicitAny: Hono's own type for "any input" is any.
export type AdminContext = Context<AdminEnv, any, any>;
