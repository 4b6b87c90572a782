/** What is looked at: period, comparison, zone, program. All of it in the address, so that a link says it all. */

import { useState } from "preact/hooks";
import {
  comparing,
  dayOf,
  now,
  ownZone,
  period,
  RANGES,
  type RangeName,
  rangeName,
  timeZone,
} from "../address/period.ts";
import { setQuery } from "../address/route.ts";
import { Switch } from "./field.tsx";

export function PeriodBar({ compare = false }: { compare?: boolean }) {
  const [custom, setCustom] = useState(false);
  const zone = timeZone.value;
  const shown = custom ? "custom" : rangeName.value;
  const choose = (name: string) => {
    setCustom(name === "custom");
    if (name !== "custom") setQuery({ range: name, from: null, to: null, cursor: null });
  };
  const { from, to } = period.value;
  return (
    <div class="period-bar">
      <label>
        <span class="unseen">Period</span>
        <select value={shown} onChange={(event) => choose(event.currentTarget.value as RangeName)}>
          {Object.entries(RANGES).map(([name, { label }]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
          <option value="custom">Chosen days…</option>
        </select>
      </label>
      {shown === "custom" && (
        <span class="days">
          <Day label="From" name="from" value={from === undefined ? "" : dayOf(from, zone)} />
          <span aria-hidden="true">–</span>
          <Day label="To" name="to" value={dayOf((to ?? now.value) - 1, zone)} />
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
      {compare && rangeName.value !== "all" && (
        <Switch
          label="Compare with before"
          on={comparing.value}
          onChange={(on) => setQuery({ compare: on ? "previous" : null }, "replace")}
        />
      )}
    </div>
  );
}

function Day({ label, name, value }: { label: string; name: "from" | "to"; value: string }) {
  return (
    <input
      type="date"
      aria-label={label}
      value={value}
      onChange={(event) => {
        const { value: day } = event.currentTarget;
        if (day) setQuery({ [name]: day, range: null, cursor: null });
      }}
    />
  );
}

/** One's own and UTC first. */
function zones(shown: string): string[] {
  return [...new Set([ownZone, "UTC", shown, ...Intl.supportedValuesOf("timeZone")])];
}
