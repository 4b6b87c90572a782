import { z } from "zod";
import { instant } from "../../schemas/fields.ts";
import { SignIn } from "../../schemas/session.ts";
import { type Operation, Refused, refusals } from "../operation.ts";

const path = "/api/admin/session";

export const session: Operation[] = [
  {
    method: "post",
    path,
    tag: "Management",
    summary: "Sign in to the dashboard",
    caller: "anyone",
    body: { schema: SignIn },
    answers: [
      { status: 200, description: "The cookie is set", schema: z.object({ expires_at: instant }) },
      ...refusals(400),
    ],
    examples: [
      { name: "Sign in", body: { token: "<ADMIN_TOKEN>" }, status: 200 },
      { name: "A wrong token", body: { token: "wrong" }, status: 401, answer: { error: "Unauthorized" } },
    ],
  },
  {
    method: "get",
    path,
    tag: "Management",
    summary: "Until when the session lasts",
    caller: "manager",
    answers: [
      {
        status: 200,
        description: "null for a call with the token",
        schema: z.object({ expires_at: instant.nullable() }),
      },
      ...refusals(),
    ],
    examples: [{ name: "With the token", status: 200, answer: { expires_at: null } }],
  },
  {
    method: "delete",
    path,
    tag: "Management",
    summary: "Sign out",
    caller: "anyone",
    answers: [
      { status: 204, description: "The cookie is gone" },
      { status: 403, description: "Not from the collector's own pages", schema: Refused },
    ],
    examples: [{ name: "Sign out", status: 204 }],
  },
];
