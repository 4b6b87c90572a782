-- How far the deletion of old clicks has come: one row, written as clicks go (worker/clicks/retention.ts).
CREATE TABLE retention (
  id             INTEGER PRIMARY KEY CHECK (id = 1),
  reached        TEXT NOT NULL,                      -- id of the last click that this round has looked at
  round_began_at INTEGER NOT NULL,                   -- unix ms
  gone_before    INTEGER NOT NULL                    -- unix ms: clicks of before may be gone, of after none is
);
INSERT INTO retention VALUES (1, '', 0, 0);
