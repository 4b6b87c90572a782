-- What Everflow's own click report says of the clicks that were sent to it, by link and UTC day of the click; and the
-- tracking URL that Everflow made for a link.

ALTER TABLE referral_links ADD COLUMN everflow_tracking_url TEXT;

-- link_id 0: clicks there with a click id of our form and an offer that no link has. An affiliate's key shows its own clicks alone, so a day is
-- written affiliate by affiliate.
CREATE TABLE reconciliation (
  program_id      INTEGER NOT NULL,
  day             INTEGER NOT NULL,                  -- unix days, UTC
  affiliate_id    INTEGER NOT NULL,                  -- Everflow's
  link_id         INTEGER NOT NULL,
  sent            INTEGER NOT NULL,                  -- deliveries that Everflow took, by its answers
  recorded        INTEGER NOT NULL,                  -- of them, those in its report
  missing         INTEGER NOT NULL,                  -- of them, those not in it
  unknown         INTEGER NOT NULL,                  -- rows in it that are no delivery of ours
  duplicates      INTEGER NOT NULL,                  -- rows in it beyond the first of a click
  unclear_arrived INTEGER NOT NULL,                  -- unanswered deliveries that it has: settled as delivered
  unclear_absent  INTEGER NOT NULL,                  -- unanswered deliveries that it does not have
  checked_until   INTEGER NOT NULL,                  -- unix ms: clicks before it were compared
  checked_at      INTEGER NOT NULL,
  PRIMARY KEY (program_id, day, affiliate_id, link_id)
) WITHOUT ROWID;
