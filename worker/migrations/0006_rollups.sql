-- Sums that do not grow with what they sum over: a year of a million clicks is read in a few thousand rows.

-- How far the link's counters had come at the end of the hour: a period is the difference of two rows, however long it
-- is and however many clicks are in it, and a click costs no row for it. They have no default, so that a Worker of
-- before, which does not know them, cannot leave them wrong: its clicks wait in the Intake until it is replaced.
CREATE TABLE link_hours_so_far (
  link_id              INTEGER NOT NULL,
  hour                 INTEGER NOT NULL,
  clicks               INTEGER NOT NULL,
  unique_clicks        INTEGER NOT NULL,
  bot_clicks           INTEGER NOT NULL,
  clicks_so_far        INTEGER NOT NULL,
  unique_clicks_so_far INTEGER NOT NULL,
  bot_clicks_so_far    INTEGER NOT NULL,
  PRIMARY KEY (link_id, hour)
) WITHOUT ROWID;
INSERT INTO link_hours_so_far
  SELECT link_id, hour, clicks, unique_clicks, bot_clicks,
    SUM(clicks) OVER earlier, SUM(unique_clicks) OVER earlier, SUM(bot_clicks) OVER earlier
  FROM link_hours WINDOW earlier AS (PARTITION BY link_id ORDER BY hour);
DROP TABLE link_hours;
ALTER TABLE link_hours_so_far RENAME TO link_hours;

-- The same sums for a whole program. All clicks of a program are on its links, and a link never changes its program.
CREATE TABLE program_hours (
  program_id    INTEGER NOT NULL,
  hour          INTEGER NOT NULL,
  clicks        INTEGER NOT NULL,
  unique_clicks INTEGER NOT NULL,
  bot_clicks    INTEGER NOT NULL,
  PRIMARY KEY (program_id, hour)
) WITHOUT ROWID;
INSERT INTO program_hours
  SELECT l.program_id, h.hour, SUM(h.clicks), SUM(h.unique_clicks), SUM(h.bot_clicks)
  FROM link_hours h JOIN referral_links l ON l.id = h.link_id GROUP BY l.program_id, h.hour;

-- The dimension before the day: a breakdown reads its own dimension alone, a sixth of what there is. A new dimension,
-- landing_page (host and path of page_url), begins with the first click after this.
CREATE TABLE link_dimension_days_by_dimension (
  link_id       INTEGER NOT NULL,
  dimension     TEXT NOT NULL,
  day           INTEGER NOT NULL,
  value         TEXT NOT NULL,
  clicks        INTEGER NOT NULL,
  unique_clicks INTEGER NOT NULL,
  PRIMARY KEY (link_id, dimension, day, value)
) WITHOUT ROWID;
INSERT INTO link_dimension_days_by_dimension
  SELECT link_id, dimension, day, value, clicks, unique_clicks FROM link_dimension_days ORDER BY link_id, dimension, day;
DROP TABLE link_dimension_days;
ALTER TABLE link_dimension_days_by_dimension RENAME TO link_dimension_days;

CREATE TABLE program_dimension_days (
  program_id    INTEGER NOT NULL,
  dimension     TEXT NOT NULL,
  day           INTEGER NOT NULL,
  value         TEXT NOT NULL,
  clicks        INTEGER NOT NULL,
  unique_clicks INTEGER NOT NULL,
  PRIMARY KEY (program_id, dimension, day, value)
) WITHOUT ROWID;
INSERT INTO program_dimension_days
  SELECT l.program_id, d.dimension, d.day, d.value, SUM(d.clicks), SUM(d.unique_clicks)
  FROM link_dimension_days d JOIN referral_links l ON l.id = d.link_id
  GROUP BY l.program_id, d.dimension, d.day, d.value;
