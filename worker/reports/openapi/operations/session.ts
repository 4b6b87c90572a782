import { Identity, SignedIn, SignIn } from "../../schemas/session.ts";
import { type Operation, Refused, refusals } from "../operation.ts";

const path = "/api/admin/session";

export const session: Operation[] = [
  {
    method: "post",
    path,
    tag: "Management",
    summary: "Sign in to the dashboard",
    description:
      "A manager signs in with the ADMIN_TOKEN, a partner with its api_key. The session lasts twelve hours; a changed ADMIN_TOKEN or a rotated key ends it at once. After ten wrong tokens in 15 minutes from an address (IPv6: its /64) no other is judged until they are over, not even the right one.",
    caller: "anyone",
    body: { schema: SignIn },
    answers: [{ status: 200, description: "The cookie is set", schema: SignedIn }, ...refusals(400)],
    examples: [
      { name: "A manager", body: { token: "<ADMIN_TOKEN>" }, status: 200 },
      { name: "A wrong token", body: { token: "wrong" }, status: 401, answer: { error: "Unauthorized" } },
    ],
  },
  {
    method: "get",
    path,
    tag: "Management",
    summary: "Who is signed in, how and until when",
    caller: "reader",
    answers: [{ status: 200, description: "Who calls", schema: Identity }, ...refusals()],
    examples: [
      {
        name: "With the token",
        status: 200,
        answer: { role: "admin", partner: null, expires_at: null, by: "bearer" },
      },
    ],
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
