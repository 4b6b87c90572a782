/** What is looked at: period, comparison, zone, program. All of it in the address, so that a link says it all. */

import { comparable, comparing, now, ownZone, period, rangeName, timeZone } from "../address/period.ts";
import { dayOf, RANGES } from "../address/period-of.ts";
import { setQuery } from "../address/route.ts";
import { Switch } from "./field.tsx";

const ALL_ZONES = Intl.supportedValuesOf("timeZone");
const USUAL_DAYS_MS = 29 * 86_400_000;

export function PeriodBar({ compare = false }: { compare?: boolean }) {
  const zone = timeZone.value;
  const { from, to } = period.value;
  const days = {
    from: dayOf(from ?? now.value - USUAL_DAYS_MS, zone),
    to: dayOf((to ?? now.value + 1) - 1, zone),
  };
  const choose = (name: string) =>
    setQuery({
      from: null,
      to: null,
      cursor: null,
      ...(name === "custom" ? { range: null, ...days } : { range: name }),
    });
  const day = (name: "from" | "to", label: string) => (
    <input
      type="date"
      aria-label={label}
      value={days[name]}
      onChange={(event) => {
        const { value } = event.currentTarget;
        if (value) setQuery({ ...days, [name]: value, range: null, cursor: null });
      }}
    />
  );
  return (
    <div class="bar">
      <label>
        <span class="unseen">Period</span>
        <select value={rangeName.value} onChange={(event) => choose(event.currentTarget.value)}>
          {Object.entries(RANGES).map(([name, { label }]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
          <option value="custom">Chosen days…</option>
        </select>
      </label>
      {rangeName.value === "custom" && (
        <span class="days">
          {day("from", "From")}
          <span aria-hidden="true">–</span>
          {day("to", "To")}
        </span>
      )}
      <label>
        <span class="unseen">Time zone</span>
        <select value={zone} onChange={(event) => setQuery({ tz: event.currentTarget.value, cursor: null })}>
          {zones(zone).map((name) => (
            <option key={name} value={name}>
              {name.replaceAll("_", " ")}
            </option>
          ))}
        </select>
      </label>
      {compare && comparable.value && (
        <Switch
          label="Compare with the period before"
          on={comparing.value}
          onChange={(on) => setQuery({ compare: on ? "previous" : null })}
        />
      )}
    </div>
  );
}

/** One's own and UTC first. */
function zones(shown: string): string[] {
  return [...new Set([ownZone, "UTC", shown, ...ALL_ZONES])];
}
