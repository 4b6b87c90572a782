import { readJson } from "./read-json.ts";

/** @returns the JSON object that a body is; undefined for anything else, so also for one that was cut off */
export function readObject(body: string): Record<string, unknown> | undefined {
  const value = readJson(body);
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
