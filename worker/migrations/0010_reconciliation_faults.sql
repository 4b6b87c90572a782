-- Affiliates whose clicks could not be read when they were last asked for, and why.
CREATE TABLE reconciliation_faults (
  program_id   INTEGER NOT NULL,
  affiliate_id INTEGER NOT NULL,                     -- Everflow's
  error        TEXT NOT NULL,                        -- without keys
  at           INTEGER NOT NULL,                     -- unix ms
  PRIMARY KEY (program_id, affiliate_id)
) WITHOUT ROWID;
