/**
 * Tokens are judged under a limit of wrong ones for each address. While an address is blocked no token from it is
 * judged, not even the right one: otherwise the limit would stop nobody who guesses, only make them read the answers.
 */

import { addressBlock } from "./address-block.ts";
import type { Env } from "./env.ts";

export type Judged<T> =
  | { outcome: "right"; value: T }
  | { outcome: "wrong" }
  | { outcome: "too-many"; retry_after_seconds: number };

/** @returns what the token opens; undefined for a wrong one. */
type Judge<T> = () => Promise<T | undefined>;

const REMEMBERED = 1000;
/** Address → until when it is blocked (unix ms), as far as this isolate has been told. */
const blocked = new Map<string, number>();

/** For a sign-in, which is rare: asks the address's object before, so that no number of tries at once is too many. */
export async function judgeSignIn<T>(
  request: Request,
  env: Env,
  now: number,
  judge: Judge<T>,
): Promise<Judged<T>> {
  const address = addressOf(request);
  const known = blockedUntil(address, now);
  if (known !== undefined) return tooMany(known, now);
  const limit = env.SIGN_IN_LIMIT.getByName(address);
  const { allowed, blocked_until } = await limit.take(now);
  const value = allowed ? await judge() : undefined;
  if (value !== undefined) {
    await limit.giveBack(now);
    return { outcome: "right", value };
  }
  if (blocked_until !== null) remember(address, blocked_until);
  return allowed ? { outcome: "wrong" } : tooMany(blocked_until!, now);
}

/**
 * For a token that comes with every call: a right one costs nothing but a look into memory. A wrong one is counted
 * after it was judged, and an isolate that was not yet told of a block learns of it by the next wrong one.
 */
export async function judgeBearer<T>(
  request: Request,
  env: Env,
  now: number,
  judge: Judge<T>,
): Promise<Judged<T>> {
  const address = addressOf(request);
  const known = blockedUntil(address, now);
  if (known !== undefined) return tooMany(known, now);
  const value = await judge();
  if (value !== undefined) return { outcome: "right", value };
  const { allowed, blocked_until } = await env.SIGN_IN_LIMIT.getByName(address).take(now);
  if (blocked_until !== null) remember(address, blocked_until);
  return allowed ? { outcome: "wrong" } : tooMany(blocked_until!, now);
}

function addressOf(request: Request): string {
  return addressBlock(request.headers.get("CF-Connecting-IP"));
}

function blockedUntil(address: string, now: number): number | undefined {
  const until = blocked.get(address);
  if (until === undefined || now < until) return until;
  blocked.delete(address);
  return undefined;
}

/** The oldest is forgotten: its object still knows. */
function remember(address: string, until: number): void {
  if (blocked.size >= REMEMBERED) blocked.delete(blocked.keys().next().value!);
  blocked.set(address, until);
}

function tooMany(until: number, now: number): { outcome: "too-many"; retry_after_seconds: number } {
  return { outcome: "too-many", retry_after_seconds: Math.ceil((until - now) / 1000) };
}
