-- What a delivery was sent to Everflow with, of the last attempt that it may have taken: a link's offer and affiliate can
-- be corrected later, and what was sent stands in the report of the affiliate that it was sent with. NULL for what was
-- sent before this, and to other networks. In no index, so that settling costs no row more.
ALTER TABLE deliveries ADD COLUMN sent_offer_id INTEGER;
ALTER TABLE deliveries ADD COLUMN sent_affiliate_id INTEGER;
