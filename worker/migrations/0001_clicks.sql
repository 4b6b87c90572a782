-- The data model of a click: who pays (programs), who is paid (partners), through what (referral_links),
-- who came (customers), when and how (affiliate_click_events), and the sums that managers read.
--
-- Times are unix milliseconds unless a column says otherwise. Identifiers of clicks and customers are 32
-- hexadecimal characters that begin with the time (worker/clicks/click-id.ts), so a primary key on them is
-- also the index by time and is appended to, not scattered over. Tables keyed by text are WITHOUT ROWID: one row
-- written for each insert instead of two.

CREATE TABLE programs (
  id                 INTEGER PRIMARY KEY,
  name               TEXT NOT NULL,
  landing_url        TEXT NOT NULL,
  domains            TEXT NOT NULL DEFAULT '[]',     -- JSON array of host names; program_domains is its index
  cookie_window_days INTEGER NOT NULL DEFAULT 60,
  attribution_model  TEXT NOT NULL DEFAULT 'last_click' CHECK (attribution_model IN ('last_click', 'first_click')),
  status             TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
  honor_gpc          INTEGER NOT NULL DEFAULT 1,
  everflow           TEXT,                           -- JSON settings (CONTRACTS 7); never a key, only a secret's name
  avantlink          TEXT,                           -- JSON settings
  created_at         INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL
);

CREATE TABLE program_domains (
  domain     TEXT NOT NULL,
  program_id INTEGER NOT NULL,
  PRIMARY KEY (domain, program_id)
) WITHOUT ROWID;

CREATE TABLE partners (
  id           INTEGER PRIMARY KEY,
  name         TEXT NOT NULL,
  api_key_hash TEXT NOT NULL UNIQUE,                 -- SHA-256 of the key, in hexadecimal; the key itself is shown once
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL
);

-- No foreign keys: a link whose partner or program is gone still has to be found, to answer
-- "Invalid referral link configuration" instead of "Referral link not found".
CREATE TABLE referral_links (
  id                    INTEGER PRIMARY KEY,
  kind                  TEXT NOT NULL DEFAULT 'partner' CHECK (kind IN ('partner', 'avantlink')),
  code                  TEXT NOT NULL,
  program_id            INTEGER NOT NULL,
  partner_id            INTEGER,                     -- NULL on the built-in link 'avantlink', which is no partner's
  destination_url       TEXT NOT NULL,
  status                TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive')),
  everflow              TEXT,                        -- JSON: offer_id, affiliate_id, sub1…sub5, source_id, …
  everflow_offer_id     INTEGER,                     -- the two that /clk looks a link up by
  everflow_affiliate_id INTEGER,
  clicks                INTEGER NOT NULL DEFAULT 0,  -- human clicks, equal to the rows with is_bot = 0
  unique_clicks         INTEGER NOT NULL DEFAULT 0,  -- of them, customers' first on this link
  bot_clicks            INTEGER NOT NULL DEFAULT 0,
  last_clicked          INTEGER,
  created_at            INTEGER NOT NULL,
  updated_at            INTEGER NOT NULL
);
-- The code in ?aff= is the only credential of the endpoint, so it is unique over all programs.
CREATE UNIQUE INDEX referral_links_code ON referral_links (code) WHERE kind = 'partner';
CREATE UNIQUE INDEX referral_links_avantlink ON referral_links (program_id) WHERE kind = 'avantlink';
CREATE UNIQUE INDEX referral_links_everflow ON referral_links (everflow_offer_id, everflow_affiliate_id)
  WHERE everflow_offer_id IS NOT NULL;
CREATE INDEX referral_links_program ON referral_links (program_id, id);
CREATE INDEX referral_links_partner ON referral_links (partner_id) WHERE partner_id IS NOT NULL;

-- The visitor that clicks belong to; click_id = cust_<id>_<created_at> names it.
CREATE TABLE customers (
  id              TEXT PRIMARY KEY,
  program_id      INTEGER NOT NULL,
  customer_status TEXT NOT NULL DEFAULT 'click',
  link_id         INTEGER NOT NULL,                  -- what the customer is attributed to, by the program's model
  partner_id      INTEGER,
  attributed_at   INTEGER NOT NULL,                  -- time of the click that the attribution comes from
  created_at      INTEGER NOT NULL,
  last_clicked    INTEGER NOT NULL
) WITHOUT ROWID;

-- One row for each click. The first click of a customer has the customer's id as its own.
CREATE TABLE affiliate_click_events (
  id                TEXT PRIMARY KEY,                -- 32 hexadecimal characters: Everflow-shaped transaction_id
  customer_id       TEXT NOT NULL,
  at                INTEGER NOT NULL,
  dialect           TEXT NOT NULL,                   -- affitor | everflow | avantlink
  program_id        INTEGER NOT NULL,
  partner_id        INTEGER,
  link_id           INTEGER NOT NULL,
  is_unique         INTEGER NOT NULL,
  is_bot            INTEGER NOT NULL,
  gpc               INTEGER NOT NULL,                -- the browser sent Sec-GPC: 1
  event_id          TEXT,                            -- the caller's idempotency key
  affiliate_url     TEXT,                            -- what the page told (seed 003)
  page_url          TEXT,
  page_title        TEXT,
  referrer_url      TEXT,
  session_id        TEXT,
  user_agent        TEXT,
  screen_resolution TEXT,
  viewport_size     TEXT,
  language          TEXT,
  timezone          TEXT,
  params            TEXT,                            -- JSON: avad, gclid, sub1…, as the landing URL had them
  ip                TEXT,                            -- what the edge saw: request.cf and headers
  continent         TEXT,
  country           TEXT,                            -- ISO 3166-1 alpha-2
  region            TEXT,
  region_code       TEXT,
  city              TEXT,
  postal_code       TEXT,
  dma               INTEGER,
  geo_timezone      TEXT,
  asn               INTEGER,
  as_organization   TEXT,
  device_type       TEXT,                            -- derived from the user agent: PC | Mobile | Tablet | TV | Bot | ''
  device_brand      TEXT,
  device_model      TEXT,
  os                TEXT,
  os_version        TEXT,
  browser           TEXT,
  browser_version   TEXT,
  referrer_host     TEXT
) WITHOUT ROWID;
CREATE INDEX affiliate_click_events_link ON affiliate_click_events (link_id, at);
-- Partial, because a first click is found by its own id: a new visitor costs no row here.
CREATE INDEX affiliate_click_events_returning ON affiliate_click_events (customer_id, link_id, is_bot)
  WHERE customer_id <> id;

-- Test mode (additional_data.test_mode): kept apart, counted nowhere.
CREATE TABLE test_click_events (
  id            INTEGER PRIMARY KEY,                 -- data.eventId
  at            INTEGER NOT NULL,
  program_id    INTEGER NOT NULL,
  link_id       INTEGER,
  affiliate_url TEXT NOT NULL,
  click         TEXT NOT NULL                        -- JSON: the click as it would have been kept
);
CREATE INDEX test_click_events_program ON test_click_events (program_id, id);

-- Hourly, not daily, so that a day can begin at the manager's midnight; hour = unix hours.
CREATE TABLE link_hours (
  link_id       INTEGER NOT NULL,
  hour          INTEGER NOT NULL,
  clicks        INTEGER NOT NULL,
  unique_clicks INTEGER NOT NULL,
  bot_clicks    INTEGER NOT NULL,
  PRIMARY KEY (link_id, hour)
) WITHOUT ROWID;

-- Human clicks by country, device, browser, os and referrer; day = unix days, UTC.
CREATE TABLE link_dimension_days (
  link_id       INTEGER NOT NULL,
  day           INTEGER NOT NULL,
  dimension     TEXT NOT NULL,
  value         TEXT NOT NULL,
  clicks        INTEGER NOT NULL,
  unique_clicks INTEGER NOT NULL,
  PRIMARY KEY (link_id, day, dimension, value)
) WITHOUT ROWID;

-- "The partner-program click metrics are incremented" (seed 003).
CREATE TABLE partner_program_metrics (
  program_id    INTEGER NOT NULL,
  partner_id    INTEGER NOT NULL,
  clicks        INTEGER NOT NULL,
  unique_clicks INTEGER NOT NULL,
  bot_clicks    INTEGER NOT NULL,
  last_clicked  INTEGER,
  PRIMARY KEY (program_id, partner_id)
) WITHOUT ROWID;

-- The outbox: one click owed to one network, and the record of truth of what became of it. Written in the
-- transaction that records the click; settled by the courier of its program and network.
CREATE TABLE deliveries (
  event_id        TEXT NOT NULL,                     -- of affiliate_click_events, or of a test event
  network         TEXT NOT NULL,                     -- everflow | avantlink
  program_id      INTEGER NOT NULL,
  state           TEXT NOT NULL,                     -- pending | delivered | rejected | dead | withheld
  reason          TEXT,                              -- why it is withheld, or the network's last words
  reference       TEXT,                              -- the network's own id of the click: Everflow's transaction_id
  lane            INTEGER NOT NULL,                  -- 0–255, from the id: which of several couriers takes it
  attempts        TEXT NOT NULL DEFAULT '[]',        -- JSON: {at, duration_ms, status, words}, oldest first
  next_attempt_at INTEGER NOT NULL,
  give_up_at      INTEGER NOT NULL,                  -- an attempt that fails after this is the last
  PRIMARY KEY (event_id, network)
) WITHOUT ROWID;
-- What a courier asks for. Partial, so that a delivered click leaves nothing behind in it.
CREATE INDEX deliveries_due ON deliveries (program_id, network, next_attempt_at) WHERE state = 'pending';
-- What a manager has to look at.
CREATE INDEX deliveries_failed ON deliveries (program_id, network, state, event_id) WHERE state IN ('rejected', 'dead');
