/** What is looked at: period, comparison, zone, program. All of it in the address, so that a link says it all. */

import { useRef } from "preact/hooks";
import { comparable, comparing, now, ownZone, period, rangeName, timeZone } from "../address/period.ts";
import { dayOf, isDay, RANGES } from "../address/period-of.ts";
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
          <Day name="from" label="From" days={days} />
          <span aria-hidden="true">–</span>
          <Day name="to" label="To" days={days} />
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

interface DayProps {
  name: "from" | "to";
  label: string;
  days: { from: string; to: string };
}

/**
 * Looked at when it is picked. Typed, it is another day with every key ("0002" on the way to "2026"), so not before the
 * field is left or Enter is pressed.
 */
function Day({ name, label, days }: DayProps) {
  /** What the field has by now, once a key was pressed in it. */
  const typed = useRef<string>();
  const take = ({ currentTarget: field }: { currentTarget: HTMLInputElement }) => {
    const { value } = field;
    typed.current = undefined;
    if (value === days[name]) return;
    if (!isDay(value)) {
      field.value = days[name];
      return;
    }
    const next = { ...days, [name]: value };
    // A first day after the last takes it along, and the other way round: who sets one may not have come to the other.
    if (next.from > next.to) next.from = next.to = value;
    setQuery({ ...next, range: null, cursor: null });
  };
  return (
    <input
      type="date"
      aria-label={label}
      max="2099-12-31"
      value={typed.current ?? days[name]}
      onKeyDown={(event) => {
        if (event.key === "Enter") take(event);
        else typed.current = event.currentTarget.value;
      }}
      onInput={(event) => {
        if (typed.current === undefined) take(event);
        else typed.current = event.currentTarget.value;
      }}
      onBlur={take}
    />
  );
}

/** One's own and UTC first. */
function zones(shown: string): string[] {
  return [...new Set([ownZone, "UTC", shown, ...ALL_ZONES])];
}
