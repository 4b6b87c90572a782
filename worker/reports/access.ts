/**
 * Cloudflare Access: checks the application token that it puts into every call it lets through
 * (developers.cloudflare.com/cloudflare-one, "Validate JWTs"). The keys are read from the team's domain, in bounds of
 * time and size, and kept ten minutes; Access changes them every six weeks.
 */

import { JOSEError } from "jose/errors";
import { createRemoteJWKSet, customFetch } from "jose/jwks/remote";
import { jwtVerify } from "jose/jwt/verify";
import { readUpTo } from "../delivery/read-up-to.ts";
import type { AccessSettings } from "../settings.ts";

const CERTS_TIMEOUT_MS = 5_000;
/** Two keys and their certificates are some 10 KB. */
const CERTS_LIMIT_BYTES = 64 * 1024;
/** After a failure the keys are not asked for again so soon, however many tokens come. */
const FAILURE_PAUSE_MS = 10_000;
/** Between Cloudflare's clocks. */
const CLOCK_TOLERANCE_SECONDS = 10;

export type Verified =
  | { outcome: "genuine" /** Unix ms. */; expires_at: number }
  /** Not a token of this application, or no longer. */
  | { outcome: "refused" }
  /** Nothing can be said of the token. */
  | { outcome: "no-keys"; reason: string };

interface Options {
  timeout_ms?: number;
  /** Unix ms. */
  now?: () => number;
}

const verifiers = new WeakMap<AccessSettings, AccessVerifier>();

/** One for the settings of an isolate: it holds the keys. */
export function accessVerifier(settings: AccessSettings): AccessVerifier {
  let known = verifiers.get(settings);
  if (!known) {
    known = new AccessVerifier(settings);
    verifiers.set(settings, known);
  }
  return known;
}

export class AccessVerifier {
  readonly #settings: AccessSettings;
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;
  readonly #now: () => number;
  #failed: { reason: string; until: number } | undefined;

  constructor(settings: AccessSettings, { timeout_ms = CERTS_TIMEOUT_MS, now = Date.now }: Options = {}) {
    this.#settings = settings;
    this.#now = now;
    this.#keys = createRemoteJWKSet(new URL("/cdn-cgi/access/certs", settings.issuer), {
      timeoutDuration: timeout_ms,
      [customFetch]: (url, init) => this.#certs(url, init),
    });
  }

  /** @param now unix ms. */
  async verify(token: string, now: number): Promise<Verified> {
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        issuer: this.#settings.issuer,
        audience: this.#settings.audience,
        algorithms: ["RS256"],
        requiredClaims: ["exp"],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(now),
      });
      return { outcome: "genuine", expires_at: Math.floor(payload.exp! * 1000) };
    } catch (error) {
      if (error instanceof NoKeys) return { outcome: "no-keys", reason: error.message };
      if (error instanceof JOSEError) return { outcome: "refused" };
      throw error;
    }
  }

  async #certs(url: string, init: RequestInit): Promise<Response> {
    const now = this.#now();
    if (this.#failed && now < this.#failed.until) throw new NoKeys(this.#failed.reason);
    const reason = await readCerts(url, init).catch(failure);
    if (reason instanceof Response) {
      this.#failed = undefined;
      return reason;
    }
    this.#failed = { reason: `${url}: ${reason}`, until: now + FAILURE_PAUSE_MS };
    throw new NoKeys(this.#failed.reason);
  }
}

class NoKeys extends Error {}

/** @returns the keys as an answer that is known to hold some, or why there are none. */
async function readCerts(url: string, init: RequestInit): Promise<Response | string> {
  const response = await fetch(url, init);
  if (response.status !== 200) {
    await response.body?.cancel();
    return `answered ${response.status}`;
  }
  const text = await readUpTo(response, CERTS_LIMIT_BYTES);
  const { keys } = JSON.parse(text) as { keys?: unknown };
  return Array.isArray(keys) ? new Response(text) : "the answer holds no keys";
}

function failure(error: unknown): string {
  if (error instanceof SyntaxError) return "the answer is no JSON of the usual size";
  return error instanceof Error ? error.message : String(error);
}
