/** When a cron trigger of wrangler.toml is due, in UTC as on Cloudflare. Pure. */

import { CannotStart } from "./cannot-start.ts";

/** Whether it is due in the minute that begins at this time, unix ms. */
export type IsDue = (minute_ms: number) => boolean;

/**
 * Knows a number, any and every nth for minute and hour, and `*` for the days: as much as wrangler.toml uses.
 *
 * @throws {CannotStart} at any other pattern: it would never run here.
 */
export function cronPattern(pattern: string): IsDue {
  const [minute = "", hour = "", ...days] = pattern.trim().split(/\s+/);
  const isMinute = field(minute, 59);
  const isHour = field(hour, 23);
  if (!isMinute || !isHour || days.join(" ") !== "* * *") {
    throw new CannotStart(
      `the cron trigger "${pattern}" of wrangler.toml is none that can run on this machine: of minute and hour a number, * or */n is known, of days and months * alone.`,
    );
  }
  return (minute_ms) => {
    const at = new Date(minute_ms);
    return isMinute(at.getUTCMinutes()) && isHour(at.getUTCHours());
  };
}

function field(text: string, max: number): ((value: number) => boolean) | undefined {
  if (text === "*") return () => true;
  const [, every, only] = /^(?:\*\/([1-9]\d?)|(\d\d?))$/.exec(text) ?? [];
  if (every !== undefined && Number(every) <= max) return (value) => value % Number(every) === 0;
  if (only !== undefined && Number(only) <= max) return (value) => value === Number(only);
  return undefined;
}
