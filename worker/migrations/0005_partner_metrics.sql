-- The list of partners asks for one partner's sums over all programs. A click changes neither column, so only a
-- partner's first click in a program costs a row here.
CREATE INDEX partner_program_metrics_partner ON partner_program_metrics (partner_id);
