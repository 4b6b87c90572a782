import { z } from "zod";
import { identifier, instant } from "./fields.ts";

export const SignIn = z
  .strictObject({
    token: z
      .string()
      .max(1024)
      .meta({ description: "The ADMIN_TOKEN of the collector, or a partner's api_key" }),
  })
  .meta({ id: "SignIn" });

const who = {
  role: z.enum(["admin", "partner"]),
  partner: z
    .strictObject({ id: identifier, name: z.string() })
    .nullable()
    .meta({ description: "null for an admin" }),
};

export const SignedIn = z.strictObject({ ...who, expires_at: instant }).meta({ id: "SignedIn" });

export const Identity = z
  .strictObject({
    ...who,
    expires_at: instant
      .nullable()
      .meta({ description: "null for a call with the token, which does not end" }),
    by: z.enum(["session", "bearer", "access"]),
  })
  .meta({ id: "Identity" });
