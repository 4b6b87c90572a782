import type { ComponentChildren } from "preact";

/** Names and what they are; those without a value are left out. */
export function Facts({ facts }: { facts: ReadonlyArray<[name: string, value: ComponentChildren]> }) {
  const known = facts.filter(
    ([, value]) => value !== null && value !== undefined && value !== "" && value !== false,
  );
  return (
    <dl class="facts">
      {known.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
