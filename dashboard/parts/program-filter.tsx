import { query, setQuery } from "../address/route.ts";
import { programs } from "../api/programs.ts";

/** Where there is more than one program: which one is looked at, in the address as ?program=. */
export function ProgramFilter() {
  if (programs.value.length < 2) return null;
  return (
    <label>
      <span class="unseen">Program</span>
      <select
        value={query.value.get("program") ?? ""}
        onChange={(event) => setQuery({ program: event.currentTarget.value, cursor: null })}
      >
        <option value="">All programs</option>
        {programs.value.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
