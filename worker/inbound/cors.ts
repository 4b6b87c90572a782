/** CORS for the endpoints that any page may call with credentials: the exact Origin, never `*` (CONTRACTS 1). */

const PREFLIGHT_SECONDS = 86_400;

/** Headers for an answer to `request`; `Vary` also where no Origin came, or a shared cache would mix the two. */
export function corsHeaders(request: Request): Headers {
  const headers = new Headers({ Vary: "Origin" });
  const origin = request.headers.get("Origin");
  if (origin) {
    headers.set("Access-Control-Allow-Origin", origin);
    headers.set("Access-Control-Allow-Credentials", "true");
  }
  return headers;
}

/** Answers OPTIONS. @param methods as they stand in Allow. */
export function preflight(request: Request, methods: string): Response {
  const headers = corsHeaders(request);
  headers.set("Allow", methods);
  headers.set("Access-Control-Allow-Methods", methods);
  headers.set("Access-Control-Allow-Headers", "Content-Type, Idempotency-Key");
  headers.set("Access-Control-Max-Age", String(PREFLIGHT_SECONDS));
  return new Response(null, { status: 204, headers });
}

/** Answers any other method: nothing is counted. */
export function methodNotAllowed(request: Request, methods: string): Response {
  const headers = corsHeaders(request);
  headers.set("Allow", methods);
  return Response.json({ error: `Method not allowed: use ${methods}` }, { status: 405, headers });
}
