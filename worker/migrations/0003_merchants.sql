-- A click in AvantLink's dialect names its program by the merchant: POST /merchants/{merchant_id}/tracking/click.
-- Programs are written by managers only, so no click costs a row here.
CREATE INDEX programs_merchant ON programs (avantlink ->> '$.merchant_id');
