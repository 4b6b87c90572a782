import { z } from "zod";

export const SignIn = z
  .strictObject({ token: z.string().max(1024).meta({ description: "The ADMIN_TOKEN of the collector" }) })
  .meta({ id: "SignIn" });
