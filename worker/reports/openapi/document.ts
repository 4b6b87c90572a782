/** The OpenAPI 3.1 document of the operations. Pure. */

import { z } from "zod";
import { MAX_BODY_BYTES } from "../body.ts";
import { Components } from "./components.ts";
import type { Answer, Caller, Example, Operation, Parameter } from "./operation.ts";
import { TAGS, tooLarge } from "./operation.ts";

type Json = Record<string, unknown>;

const SECURITY: Record<Caller, Json[]> = {
  anyone: [],
  manager: [{ adminToken: [] }, { adminSession: [] }, { access: [] }],
  reader: [{ adminToken: [] }, { adminSession: [] }, { access: [] }, { partnerSession: [] }],
  partner: [{ partnerKey: [] }],
  management: [{ managementKey: [] }],
};

const SCHEMES = {
  adminToken: { type: "http", scheme: "bearer", description: "The collector's ADMIN_TOKEN" },
  adminSession: {
    type: "apiKey",
    in: "cookie",
    name: "clickferry_session",
    description: "From POST /api/admin/session; changes things only from the collector's own pages",
  },
  access: {
    type: "apiKey",
    in: "header",
    name: "Cf-Access-Jwt-Assertion",
    description: "Cloudflare Access puts it into every call it lets through, where it is set up",
  },
  partnerSession: {
    type: "apiKey",
    in: "cookie",
    name: "clickferry_session",
    description: "From POST /api/admin/session with a partner's key; limited to the partner's own links",
  },
  partnerKey: {
    type: "apiKey",
    in: "header",
    name: "X-Eflow-API-Key",
    description: "A partner's key: shown when the partner is made, or its key rotated",
  },
  managementKey: {
    type: "apiKey",
    in: "header",
    name: "X-Eflow-API-Key",
    description: "A management key: the collector's ADMIN_TOKEN",
  },
};

export function openapi(operations: readonly Operation[], version: string): Json {
  const components = new Components();
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method]: described(operation, components),
    };
  }
  const { document, schemas } = components.named({ paths });
  return {
    openapi: "3.1.0",
    info: {
      title: "Clickferry",
      version,
      description: "Affiliate click tracker and edge collector. Every example here is called by a test.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "This collector" }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    ...document,
    components: { schemas, securitySchemes: SCHEMES },
  };
}

function described(operation: Operation, components: Components): Json {
  const { method, path, tag, summary, description, caller, body, examples } = operation;
  const parameters = [
    ...(operation.parameters ?? []).map((parameter) => parameterOf(parameter, components)),
    ...(operation.query ? queryParameters(operation.query) : []),
  ];
  return {
    operationId: `${method}${path.replace(/[^a-zA-Z0-9]+(\w?)/g, (_, next: string) => next.toUpperCase())}`,
    tags: [tag],
    summary,
    ...(description && { description }),
    security: SECURITY[caller],
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: requestBody(body, examples, components) }),
    responses: Object.fromEntries(
      withLimit(operation).map((answer) => [String(answer.status), response(answer, examples, components)]),
    ),
  };
}

/** Every body of the management API is read by body(), which has one limit. */
function withLimit({ path, body, answers }: Operation): Answer[] {
  const own = !body || !path.startsWith("/api/admin/") || answers.some(({ status }) => status === 413);
  return own ? answers : [...answers, tooLarge(MAX_BODY_BYTES / 1024)];
}

function parameterOf({ schema, ...parameter }: Parameter, components: Components): Json {
  return { required: false, ...parameter, schema: components.add(schema ?? z.string(), "input") };
}

function queryParameters(query: z.ZodType): Json[] {
  const { $ref, $defs, ...itself } = z.toJSONSchema(query, { io: "input", unrepresentable: "any" });
  // A schema with an id refers to itself by it.
  const schema = $ref ? $defs![$ref.split("/").at(-1)!]! : itself;
  return Object.entries(schema.properties!).map(([name, property]) => {
    const { description, ...rest } = property as Json;
    const required = schema.required?.includes(name) ?? false;
    return { name, in: "query", required, ...(description ? { description } : {}), schema: rest };
  });
}

function requestBody(body: NonNullable<Operation["body"]>, given: Example[], components: Components): Json {
  const schema = components.add(body.schema, "input");
  const examples = Object.fromEntries(
    given.filter(({ body }) => body !== undefined).map(({ name, body }) => [name, { value: body }] as const),
  );
  const types = body.types ?? ["application/json"];
  return {
    required: true,
    content: Object.fromEntries(types.map((type) => [type, { schema, examples }])),
  };
}

function response(answer: Answer, given: Example[], components: Components): Json {
  const { description, headers } = answer;
  const told = Object.entries(headers ?? {}).map(([name, { description, schema }]) => [
    name,
    { description, schema: components.add(schema, "output") },
  ]);
  return {
    description,
    ...(told.length > 0 && { headers: Object.fromEntries(told) }),
    ...answerContent(answer, given, components),
  };
}

function answerContent({ status, schema, type }: Answer, given: Example[], components: Components): Json {
  if (!schema) return type ? { content: { [type]: {} } } : {};
  const shown = given.filter((example) => example.status === status && example.answer !== undefined);
  const examples = Object.fromEntries(shown.map(({ name, answer }) => [name, { value: answer }] as const));
  return {
    content: {
      "application/json": {
        schema: components.add(schema, "output"),
        ...(shown.length > 0 && { examples }),
      },
      ...(type && { [type]: {} }),
    },
  };
}
