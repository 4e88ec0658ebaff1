-- Money is integer minor units, times are ISO 8601 text in UTC with milliseconds, so that text order is time order.
-- No column can hold a card number or a security code: a card is its brand, its last four digits and a keyed fingerprint.

CREATE TABLE IF NOT EXISTS setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS merchant (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  secret_key_hash TEXT NOT NULL UNIQUE,
  publishable_key TEXT NOT NULL UNIQUE,
  webhook_secret TEXT NOT NULL,
  webhook_url TEXT,
  settle_currencies TEXT,
  created TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS payment_method (
  id TEXT PRIMARY KEY,
  merchant_id TEXT NOT NULL REFERENCES merchant (id),
  card TEXT NOT NULL,
  behaviour TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  created TEXT NOT NULL,
  declines INTEGER NOT NULL DEFAULT 0,
  detached_at TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS setup (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  merchant_id TEXT NOT NULL REFERENCES merchant (id),
  status TEXT NOT NULL,
  reference TEXT NOT NULL,
  return_url TEXT NOT NULL,
  frame_token TEXT NOT NULL,
  frame_style TEXT,
  payment_method TEXT REFERENCES payment_method (id),
  card TEXT,
  behaviour TEXT,
  fingerprint TEXT,
  last_failure TEXT,
  declines INTEGER NOT NULL DEFAULT 0,
  created TEXT NOT NULL,
  expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS setup_by_reference ON setup (merchant_id, reference, seq);
CREATE INDEX IF NOT EXISTS setup_open ON setup (expires_at) WHERE status IN ('requires_card', 'requires_action');

CREATE TABLE IF NOT EXISTS payment (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  merchant_id TEXT NOT NULL REFERENCES merchant (id),
  status TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0),
  currency TEXT NOT NULL,
  reference TEXT NOT NULL,
  description TEXT,
  return_url TEXT,
  frame_token TEXT NOT NULL,
  frame_style TEXT,
  save_card INTEGER NOT NULL,
  off_session INTEGER NOT NULL,
  payment_method TEXT REFERENCES payment_method (id),
  card TEXT,
  behaviour TEXT,
  fingerprint TEXT,
  last_failure TEXT,
  amount_refunded INTEGER NOT NULL DEFAULT 0 CHECK (amount_refunded BETWEEN 0 AND amount),
  created TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  finish_at TEXT,
  captured_at TEXT,
  payout_id TEXT REFERENCES payout (id),
  method TEXT NOT NULL DEFAULT 'card',
  bank TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS payment_by_reference ON payment (merchant_id, reference, seq);
CREATE INDEX IF NOT EXISTS payment_by_merchant ON payment (merchant_id, seq);
-- The conditions of these two are repeated word for word by the query for what is due, or SQLite would not use them.
CREATE INDEX IF NOT EXISTS payment_unpaid ON payment (expires_at) WHERE status IN ('requires_card', 'requires_action');
CREATE INDEX IF NOT EXISTS payment_processing ON payment (finish_at) WHERE status = 'processing';
CREATE INDEX IF NOT EXISTS payment_unsettled ON payment (merchant_id, currency, captured_at)
  WHERE captured_at IS NOT NULL AND payout_id IS NULL;

CREATE TABLE IF NOT EXISTS refund (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  merchant_id TEXT NOT NULL REFERENCES merchant (id),
  payment_id TEXT NOT NULL REFERENCES payment (id),
  status TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0),
  currency TEXT NOT NULL,
  reference TEXT,
  created TEXT NOT NULL,
  finish_at TEXT,
  succeeded_at TEXT,
  payout_id TEXT REFERENCES payout (id)
) STRICT;
CREATE INDEX IF NOT EXISTS refund_by_payment ON refund (payment_id);
CREATE INDEX IF NOT EXISTS refund_by_reference ON refund (merchant_id, reference, seq);
CREATE INDEX IF NOT EXISTS refund_pending ON refund (finish_at) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS refund_unsettled ON refund (merchant_id, currency, succeeded_at)
  WHERE succeeded_at IS NOT NULL AND payout_id IS NULL;

CREATE TABLE IF NOT EXISTS idempotency_key (
  merchant_id TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  created TEXT NOT NULL,
  PRIMARY KEY (merchant_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS idempotency_key_age ON idempotency_key (created);

CREATE TABLE IF NOT EXISTS fault (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  place TEXT,
  ms INTEGER NOT NULL DEFAULT 0,
  left_count INTEGER NOT NULL CHECK (left_count >= 0)
) STRICT;

CREATE TABLE IF NOT EXISTS event (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  merchant_id TEXT NOT NULL REFERENCES merchant (id),
  type TEXT NOT NULL,
  object_id TEXT NOT NULL,
  body TEXT NOT NULL,
  created TEXT NOT NULL,
  state TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  faultable INTEGER NOT NULL DEFAULT 1,
  next_try_ms INTEGER NOT NULL,
  last_status INTEGER,
  last_error TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS event_waiting ON event (next_try_ms) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS event_swapped ON event (merchant_id) WHERE state = 'swapped';
CREATE INDEX IF NOT EXISTS event_aside ON event (merchant_id) WHERE state IN ('held', 'swapped');

CREATE TABLE IF NOT EXISTS delivery (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL REFERENCES event (id),
  kind TEXT NOT NULL,
  at TEXT NOT NULL,
  status INTEGER,
  error TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS delivery_by_event ON delivery (event_id);

CREATE TABLE IF NOT EXISTS payout (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  merchant_id TEXT NOT NULL REFERENCES merchant (id),
  currency TEXT NOT NULL,
  day TEXT NOT NULL,
  gross INTEGER NOT NULL,
  fees INTEGER NOT NULL,
  refunds INTEGER NOT NULL,
  chargebacks INTEGER NOT NULL,
  adjustments INTEGER NOT NULL,
  deposit INTEGER NOT NULL,
  line_count INTEGER NOT NULL,
  lines_sha256 TEXT NOT NULL,
  period_start TEXT NOT NULL,
  period_end TEXT NOT NULL,
  paid_at TEXT NOT NULL,
  UNIQUE (merchant_id, currency, day),
  CHECK (gross - fees - refunds - chargebacks + adjustments = deposit)
) STRICT;

CREATE TABLE IF NOT EXISTS payout_line (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  payout_id TEXT NOT NULL REFERENCES payout (id),
  kind TEXT NOT NULL,
  provider_reference TEXT NOT NULL UNIQUE,
  merchant_reference TEXT NOT NULL,
  gross INTEGER NOT NULL,
  fee INTEGER NOT NULL,
  net INTEGER NOT NULL,
  currency TEXT NOT NULL,
  card_brand TEXT NOT NULL,
  card_funding TEXT NOT NULL,
  occurred_at TEXT NOT NULL,
  CHECK (gross - fee = net)
) STRICT;
CREATE INDEX IF NOT EXISTS payout_line_by_payout ON payout_line (payout_id, seq);

CREATE TRIGGER IF NOT EXISTS payout_is_immutable BEFORE UPDATE ON payout
BEGIN SELECT RAISE (ABORT, 'a payout never changes'); END;
CREATE TRIGGER IF NOT EXISTS payout_stays BEFORE DELETE ON payout
BEGIN SELECT RAISE (ABORT, 'a payout never changes'); END;
CREATE TRIGGER IF NOT EXISTS payout_line_is_immutable BEFORE UPDATE ON payout_line
BEGIN SELECT RAISE (ABORT, 'a payout line never changes'); END;
CREATE TRIGGER IF NOT EXISTS payout_line_stays BEFORE DELETE ON payout_line
BEGIN SELECT RAISE (ABORT, 'a payout line never changes'); END;
