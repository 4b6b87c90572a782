/** The management API (CONTRACTS 7): /api/admin/*. */

import { Hono } from "hono";
import type { Env } from "../env.ts";

export const admin = new Hono<{ Bindings: Env }>();
