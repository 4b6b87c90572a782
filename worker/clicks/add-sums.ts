/** The statements that add the sums of a batch. Each takes them as one JSON array of arrays: [clicks, unique, bots, last, ...key]. */

import { OTHER } from "./derive.ts";

export const ADD_TO_LINKS = `
  UPDATE referral_links SET
    clicks = clicks + (d.value ->> 0),
    unique_clicks = unique_clicks + (d.value ->> 1),
    bot_clicks = bot_clicks + (d.value ->> 2),
    last_clicked = coalesce(max(last_clicked, d.value ->> 3), last_clicked, d.value ->> 3)
  FROM json_each(?1) d WHERE referral_links.id = d.value ->> 4`;

/**
 * A new hour goes on from where the hour before it stood when the statement began: a SELECT that reads the table that
 * is inserted into is run to its end first. What the batch itself has for earlier hours comes with ADD_TO_LATER_HOURS.
 */
export const ADD_TO_LINK_HOURS = `
  INSERT INTO link_hours (link_id, hour, clicks, unique_clicks, bot_clicks,
    clicks_so_far, unique_clicks_so_far, bot_clicks_so_far)
  SELECT n.value ->> 4, n.value ->> 5, n.value ->> 0, n.value ->> 1, n.value ->> 2,
    coalesce(h.clicks_so_far, 0) + (n.value ->> 0),
    coalesce(h.unique_clicks_so_far, 0) + (n.value ->> 1),
    coalesce(h.bot_clicks_so_far, 0) + (n.value ->> 2)
  FROM json_each(?1) n LEFT JOIN link_hours h ON h.link_id = n.value ->> 4
    AND h.hour = (SELECT MAX(hour) FROM link_hours WHERE link_id = n.value ->> 4 AND hour < n.value ->> 5)
  WHERE true
  ON CONFLICT (link_id, hour) DO UPDATE SET
    clicks = clicks + excluded.clicks,
    unique_clicks = unique_clicks + excluded.unique_clicks,
    bot_clicks = bot_clicks + excluded.bot_clicks,
    clicks_so_far = clicks_so_far + excluded.clicks,
    unique_clicks_so_far = unique_clicks_so_far + excluded.unique_clicks,
    bot_clicks_so_far = bot_clicks_so_far + excluded.bot_clicks`;

/** Almost always none: a click is recorded within its hour, or as the next one begins. */
export const ADD_TO_LATER_HOURS = `
  UPDATE link_hours SET
    clicks_so_far = clicks_so_far + (n.value ->> 0),
    unique_clicks_so_far = unique_clicks_so_far + (n.value ->> 1),
    bot_clicks_so_far = bot_clicks_so_far + (n.value ->> 2)
  FROM json_each(?1) n
  WHERE link_hours.link_id = n.value ->> 4 AND link_hours.hour > n.value ->> 5 AND link_hours.hour <= n.value ->> 6`;

export const ADD_TO_PROGRAM_HOURS = `
  INSERT INTO program_hours (clicks, unique_clicks, bot_clicks, program_id, hour)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 4, value ->> 5 FROM json_each(?1) WHERE true
  ON CONFLICT (program_id, hour) DO UPDATE SET
    clicks = clicks + excluded.clicks,
    unique_clicks = unique_clicks + excluded.unique_clicks,
    bot_clicks = bot_clicks + excluded.bot_clicks`;

/** @param owner the column that says whose days they are. @param most values of a day; those that come later are OTHER. */
export function addToDimensions(table: string, owner: string, most: number): string {
  const ofTheDay = `SELECT 1 FROM ${table} d WHERE d.${owner} = n.value ->> 4 AND d.dimension = n.value ->> 5
      AND d.day = n.value ->> 6`;
  return `
  INSERT INTO ${table} (clicks, unique_clicks, ${owner}, dimension, day, value)
  SELECT n.value ->> 0, n.value ->> 1, n.value ->> 4, n.value ->> 5, n.value ->> 6, CASE
    WHEN EXISTS (${ofTheDay} AND d.value = n.value ->> 7) THEN n.value ->> 7
    WHEN EXISTS (${ofTheDay} LIMIT 1 OFFSET ${most - 1}) THEN '${OTHER}'
    ELSE n.value ->> 7 END
  FROM json_each(?1) n WHERE true
  ON CONFLICT (${owner}, dimension, day, value) DO UPDATE SET
    clicks = clicks + excluded.clicks,
    unique_clicks = unique_clicks + excluded.unique_clicks`;
}

export const ADD_TO_METRICS = `
  INSERT INTO partner_program_metrics (clicks, unique_clicks, bot_clicks, last_clicked, program_id, partner_id)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?1) WHERE true
  ON CONFLICT (program_id, partner_id) DO UPDATE SET
    clicks = clicks + excluded.clicks,
    unique_clicks = unique_clicks + excluded.unique_clicks,
    bot_clicks = bot_clicks + excluded.bot_clicks,
    last_clicked = coalesce(max(last_clicked, excluded.last_clicked), last_clicked, excluded.last_clicked)`;
