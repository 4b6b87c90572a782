import type { AdminApp, AdminContext } from "./context.ts";
import { MOUNT } from "./context.ts";
import { refuse } from "./refusal.ts";

/** The last route of all: 405 with Allow where the path is known by another method, 404 elsewhere. */
export function nothingHere(app: AdminApp) {
  let known: { method: string; pattern: RegExp }[] | undefined;
  return (c: AdminContext): Response => {
    known ??= app.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => ({ method, pattern: new RegExp(`^${path.replaceAll(/:\w+/g, "[^/]+")}$`) }));
    const path = c.req.path.slice(MOUNT.length);
    const methods = new Set(known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
    if (methods.size === 0) return refuse(c, { kind: "not-found", error: "Not found" });
    if (methods.has("GET")) methods.add("HEAD");
    return refuse(c, { kind: "wrong-method", allow: [...methods].sort() });
  };
}
