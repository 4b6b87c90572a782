/**
 * Puts "[secret]" in the place of every secret, as it is or as a URL has it, in all texts of a value, member names
 * included. Pure.
 */
export function withoutSecrets<T>(value: T, secrets: readonly string[]): T {
  const hidden = secrets
    .filter((secret) => secret !== "")
    .flatMap((secret) => [secret, encodeURIComponent(secret)]);
  return cleaned(value, hidden) as T;
}

function cleaned(value: unknown, hidden: readonly string[]): unknown {
  if (typeof value === "string")
    return hidden.reduce((text, each) => text.replaceAll(each, "[secret]"), value);
  if (Array.isArray(value)) return value.map((each) => cleaned(each, hidden));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [cleaned(name, hidden), cleaned(each, hidden)]),
  );
}
