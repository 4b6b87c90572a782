/** What the documentation says of one endpoint. Schemas are those that validate; examples are called by a test. */

import { z } from "zod";
import { EVENT_ID_LENGTH } from "../../inbound/affitor-schema.ts";

export const TAGS = {
  Clicks: "A visitor's click, as Affitor's tracker reports it.",
  "Tracking links": "Links of the collector itself.",
  "Everflow's dialect": "Calls that Everflow's customers already make, answered by the collector.",
  "AvantLink's dialect": "Calls that AvantLink's merchants already make, answered by the collector.",
  "Click report": "A partner's own clicks, as Everflow reports them.",
  Management: "Programs, partners and links.",
  "Set-up": "From a new program to its first click.",
  Reports: "What was clicked, by whom and when.",
  Networks: "What Everflow and AvantLink were told, and what they say of it.",
} as const;
export type Tag = keyof typeof TAGS;

/**
 * Who may call: a manager (token or session); a reader, who is a manager or a partner with a session, limited to its
 * own links; or the bearer of a key in X-Eflow-API-Key (a partner's, or the management key).
 */
export type Caller = "anyone" | "manager" | "reader" | "partner" | "management";

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  description: string;
  required?: boolean;
  schema?: z.ZodType;
}

export interface Answer {
  status: number;
  description: string;
  /** Of a JSON answer. */
  schema?: z.ZodType;
  /** Of another. */
  type?: string;
  /** Those that say something of their own. */
  headers?: Record<string, { description: string; schema: z.ZodType }>;
}

export interface Example {
  name: string;
  /** Values of the path's parameters. */
  path?: Record<string, string>;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: unknown;
  status: number;
  /** What the source document shows as the answer. */
  answer?: unknown;
}

export interface Operation {
  method: "get" | "post" | "patch" | "delete";
  /** With OpenAPI's {parameters}. */
  path: string;
  tag: Tag;
  summary: string;
  description?: string;
  caller: Caller;
  parameters?: Parameter[];
  /** An object whose members are query parameters. */
  query?: z.ZodType;
  body?: { schema: z.ZodType; types?: string[] };
  answers: Answer[];
  examples: Example[];
}

/** `{"error"}`, with the field where one is to blame. */
export const Refused = z
  .object({ error: z.string(), field: z.string().optional().meta({ description: "Dotted path" }) })
  .meta({ id: "Refused" });

/** Ours, in every dialect of a server. */
export const IDEMPOTENCY_KEY: Parameter = {
  name: "Idempotency-Key",
  in: "header",
  description:
    "A repeat on the same link and endpoint within a day gets the first answer and counts nothing. The words undefined and null are refused.",
  schema: z.string().max(EVENT_ID_LENGTH),
};

export function tooLarge(kib: number, schema: z.ZodType = Refused): Answer {
  return { status: 413, description: `The body is larger than ${kib} KiB`, schema };
}

export function id(description: string): Parameter {
  return { name: "id", in: "path", description, required: true, schema: z.int().min(1) };
}

/** A page of a list. */
export function pageOf<S extends z.ZodType>(schema: S) {
  return z.object({ data: z.array(schema), next_cursor: z.string().nullable() });
}

/** The refusals that every endpoint of the management API may give. */
export function refusals(...statuses: (400 | 404 | 409 | 502)[]): Answer[] {
  return [...statuses, 401 as const, 403 as const, 429 as const].map((status) => ({
    status,
    description: REFUSALS[status],
    schema: Refused,
  }));
}

const REFUSALS = {
  400: "Something in the request is wrong; `field` says what",
  401: "No token or session, or not a valid one",
  403: "A partner's session, for what is not its own to read; or a session's change from another page",
  429: "Too many wrong tokens from this address; Retry-After says when the next is judged, in seconds",
  404: "There is no such thing",
  409: "It cannot be, as things are",
  502: "The network that had to be asked said no, or nothing",
};
