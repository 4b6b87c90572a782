/** The page to read the document: HTML alone, no script, nothing loaded. Pure. */

import type { Example, Operation } from "./operation.ts";
import { TAGS } from "./operation.ts";

export const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --link: #0b62c4 }
@media (prefers-color-scheme: dark) { :root { --link: #7db4ff } }
* { box-sizing: border-box }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem 1.25rem 4rem }
a { color: var(--link) }
h2 { margin-top: 3rem }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .5rem 0 }
details > :not(summary) { margin-inline: 1rem }
summary { cursor: pointer; padding: .5rem 1rem }
summary b { font: 600 .8rem ui-monospace, monospace; display: inline-block; min-width: 3.5rem }
code, pre { font: .85rem/1.45 ui-monospace, monospace }
summary code { overflow-wrap: anywhere; margin-inline-end: .5rem }
pre { background: var(--soft); padding: .75rem; overflow-x: auto; border-radius: .3rem }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { text-align: start; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
details > [id] { scroll-margin-top: 5rem }
:target { outline: 2px solid var(--link) }
`;

const CALLERS = {
  anyone: "Anyone may call it.",
  manager:
    "A manager may call it: <code>Authorization: Bearer $ADMIN_TOKEN</code>, the dashboard's session, or Cloudflare Access.",
  reader:
    "A manager may call it: <code>Authorization: Bearer $ADMIN_TOKEN</code>, the dashboard's session, or Cloudflare Access. A partner's session may, too, and sees its own links alone.",
  partner: "A partner may call it: <code>X-Eflow-API-Key</code> with the partner's key.",
  management: "A manager may call it: <code>X-Eflow-API-Key</code> with the management key.",
};

type Json = Record<string, unknown>;

/** @param document as {@link openapi} makes it of the same operations. @param origin the collector's, as asked. */
export function docsPage(operations: readonly Operation[], document: Json, origin: string): string {
  const sections = Object.entries(TAGS).map(([tag, about]) => {
    const own = operations.filter((operation) => operation.tag === tag);
    return `<h2 id="${slug(tag)}">${text(tag)}</h2>\n<p>${text(about)}</p>\n${own
      .map((operation) => section(operation, document, origin))
      .join("\n")}`;
  });
  const schemas = (document.components as { schemas: Record<string, Json> }).schemas;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Clickferry API</title>
<style>${STYLE}</style>
<h1>Clickferry API</h1>
<p>Every endpoint of this collector. The same as <a href="openapi.json">OpenAPI 3.1</a>.</p>
<nav><ul>${Object.keys(TAGS)
    .map((tag) => `<li><a href="#${slug(tag)}">${text(tag)}</a>`)
    .join("")}<li><a href="#schemas">Schemas</a></ul></nav>
${sections.join("\n")}
<h2 id="schemas">Schemas</h2>
${Object.entries(schemas)
  .map(([name, schema]) => row(name, `<code>${text(name)}</code>`, pretty(schema)))
  .join("\n")}
</html>
`;
}

/** The id is on what the row holds: a browser opens a row for a link to something in it, not for one to the row itself. */
function row(id: string, summary: string, content: string): string {
  return `<details><summary>${summary}</summary><div id="${text(id)}">${content}</div></details>`;
}

function section(operation: Operation, document: Json, origin: string): string {
  const { method, path, summary, description, caller, examples } = operation;
  const described = (document.paths as Record<string, Record<string, Json>>)[path]![method]!;
  const parameters = (described.parameters ?? []) as Json[];
  const responses = described.responses as Record<string, Json>;
  const title = `<b>${method.toUpperCase()}</b> <code>${text(path)}</code> ${text(summary)}`;
  const all = `
${description ? `<p>${text(description)}</p>` : ""}
<p>${CALLERS[caller]}</p>
${parameters.length > 0 ? `<h4>Parameters</h4>${parameterTable(parameters)}` : ""}
${described.requestBody ? `<h4>Body</h4>${content(described.requestBody as Json)}` : ""}
<h4>Answers</h4>
<table><tbody>${Object.entries(responses)
    .map(
      ([status, response]) =>
        `<tr><th>${status}<td>${text(String(response.description))}${headersOf(response)}<td>${schemaOf(response)}`,
    )
    .join("")}</tbody></table>
<h4>Examples</h4>
${examples.map((example) => exampleOf(operation, example, origin)).join("\n")}
`;
  return row(String(described.operationId), title, all);
}

function parameterTable(parameters: Json[]): string {
  const rows = parameters.map(
    ({ name, in: place, required, description, schema }) =>
      `<tr><td><code>${text(String(name))}</code><td>${place}${required ? ", required" : ""}<td>${text(
        String(description ?? ""),
      )}<td><code>${text(brief(schema as Json))}</code>`,
  );
  return `<table><thead><tr><th>Name<th>Where<th>Meaning<th>Form</thead><tbody>${rows.join("")}</tbody></table>`;
}

function content(body: Json): string {
  const types = Object.entries(body.content as Record<string, Json>);
  const names = types.map(([type]) => `<code>${text(type)}</code>`).join(" or ");
  return `<p>${names}: ${schemaOf(body)}</p>`;
}

function headersOf({ headers }: Json): string {
  return Object.entries((headers ?? {}) as Record<string, Json>)
    .map(([name, { description }]) => `<br><code>${text(name)}</code>: ${text(String(description))}`)
    .join("");
}

/** A link to the component, or the schema itself. */
function schemaOf(holder: Json): string {
  const [first] = Object.values((holder.content ?? {}) as Record<string, { schema?: Json }>);
  const schema = first?.schema;
  if (!schema) return "";
  const reference = typeof schema.$ref === "string" ? schema.$ref.split("/").at(-1)! : undefined;
  return reference ? `<a href="#${text(reference)}">${text(reference)}</a>` : pretty(schema);
}

function exampleOf(operation: Operation, example: Example, origin: string): string {
  const answer = example.answer === undefined ? "" : `<p>${example.status}</p>${pretty(example.answer)}`;
  return `<p>${text(example.name)}</p><pre>${text(curl(operation, example, origin))}</pre>${answer}`;
}

function curl({ method, path, caller, body }: Operation, example: Example, origin: string): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(example.path?.[name] ?? ""),
  );
  const query = example.query ? `?${new URLSearchParams(example.query)}` : "";
  const lines = [`curl${method === "get" ? "" : ` -X ${method.toUpperCase()}`} '${origin}${filled}${query}'`];
  if (caller === "manager" || caller === "reader") lines.push(`-H "Authorization: Bearer $ADMIN_TOKEN"`);
  if (caller === "partner") lines.push(`-H "X-Eflow-API-Key: $PARTNER_KEY"`);
  if (caller === "management") lines.push(`-H "X-Eflow-API-Key: $ADMIN_TOKEN"`);
  if (body) lines.push(`-H 'Content-Type: ${body.types?.[0] ?? "application/json"}'`);
  if (example.body !== undefined) {
    const plain = typeof example.body === "string";
    const given = plain ? String(example.body) : JSON.stringify(example.body, null, 2);
    // curl's -d takes the line ends out.
    lines.push(`${plain ? "--data-binary" : "-d"} '${given.replaceAll("'", "'\\''")}'`);
  }
  return lines.join(" \\\n  ");
}

function brief({ type, enum: values, format, $ref, minimum, maximum }: Json): string {
  if (typeof $ref === "string") return $ref.split("/").at(-1)!;
  if (Array.isArray(values)) return values.join(" | ");
  const range = minimum === undefined || maximum === undefined ? "" : ` ${minimum}–${maximum}`;
  return `${Array.isArray(type) ? type.join(" | ") : (type ?? "any")}${format ? ` (${format})` : ""}${range}`;
}

function pretty(value: unknown): string {
  return `<pre>${text(JSON.stringify(value, null, 2))}</pre>`;
}

function slug(tag: string): string {
  return tag.toLowerCase().replace(/[^a-z]+/g, "-");
}

function text(value: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
