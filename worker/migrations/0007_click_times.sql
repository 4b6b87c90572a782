-- A click's way has times: `at` is when it was answered. Unix ms, NULL for clicks that were recorded before.
ALTER TABLE affiliate_click_events ADD COLUMN kept_at INTEGER;     -- the Intake's write of it
ALTER TABLE affiliate_click_events ADD COLUMN recorded_at INTEGER; -- the batch that brought it into D1
