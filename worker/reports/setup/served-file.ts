/** What this deployment serves to browsers, read from its static assets: the files themselves, not a note of them. */

import type { Env } from "../../env.ts";

/** @returns the bytes of a static asset, or undefined where there is none, as before `npm run build`. */
export async function servedFile(env: Pick<Env, "ASSETS">, path: string): Promise<ArrayBuffer | undefined> {
  // The host matters to nobody: the binding looks at the path alone.
  const response = await env.ASSETS.fetch(new URL(path, "https://assets.invalid"));
  if (response.ok) return response.arrayBuffer();
  await response.body?.cancel();
  return undefined;
}

/** @param algorithm as Subresource Integrity names it. @returns "sha384-…", for a tag's `integrity`. */
export async function integrityOf(
  bytes: ArrayBuffer,
  algorithm: "sha256" | "sha384" | "sha512",
): Promise<string> {
  const hash = await crypto.subtle.digest(algorithm.replace("sha", "SHA-"), bytes);
  return `${algorithm}-${btoa(String.fromCharCode(...new Uint8Array(hash)))}`;
}
