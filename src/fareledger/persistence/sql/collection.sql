-- Collections of approved payments. All days are the operator's.

-- name: due (collections whose day has come and whose customer was told on an earlier day, soonest first, after the last one seen)
SELECT c.id, c.booking_id, c.next_on
  FROM collection c
 WHERE c.operator_id = %(operator_id)s AND c.state IN ('waiting', 'retry')
   AND c.next_on <= %(today)s AND c.noticed_at < %(day_begins)s
   AND (c.next_on, c.id) > (%(after_day)s::date, %(after)s::uuid)
 ORDER BY c.next_on, c.id
 LIMIT %(limit)s

-- name: lock_bookings (those of these bookings that nobody works on just now)
SELECT b.id
  FROM booking b
 WHERE b.operator_id = %(operator_id)s AND b.id = ANY(%(booking_ids)s::uuid[])
 ORDER BY b.id
   FOR UPDATE OF b SKIP LOCKED

-- name: standing (all that a charge is decided on, of the due rows of bookings that are locked)
SELECT c.id AS collection_id, t.id AS row_id, t.booking_id, t.amount_minor, t.due_date, b.currency, b.reference,
       b.customer_locale, b.outstanding_minor,
       t.status = 'open' AND t.kind = 'payment' AND b.status <> 'cancelled' AS open,
       coalesce(a.amount_minor, 0) AS agreed_minor, coalesce(a.currency, '') AS agreed_currency,
       coalesce(a.earliest_date, t.due_date) AS earliest_date,
       m.id AS mandate_id, m.provider, m.provider_method, m.card_brand, m.card_last4, m.ended_at IS NULL AS mandate_lives,
       EXISTS (SELECT FROM attempt_cover v
                WHERE v.operator_id = t.operator_id AND v.transaction_id = t.id AND v.live) AS being_paid,
       coalesce((SELECT sum(p.amount_minor) FROM attempt p
                  WHERE p.operator_id = b.operator_id AND p.booking_id = b.id
                    AND p.state IN ('intended', 'awaiting_customer', 'processing', 'unknown')), 0)::bigint AS on_its_way_minor
  -- Each table is entered by the key of its row, one after the other (OFFSET 0 keeps it so): a planner that knows nothing of
  -- an operator with many rows beside others with few would read all of them for each.
  FROM unnest(%(ids)s::uuid[]) AS wanted (id)
  JOIN LATERAL (SELECT * FROM collection x
                 WHERE x.operator_id = %(operator_id)s AND x.id = wanted.id OFFSET 0) c ON true
  JOIN LATERAL (SELECT * FROM transaction x
                 WHERE x.operator_id = %(operator_id)s AND x.id = c.transaction_id OFFSET 0) t ON true
  JOIN LATERAL (SELECT * FROM booking x
                 WHERE x.operator_id = %(operator_id)s AND x.id = t.booking_id OFFSET 0) b ON true
  LEFT JOIN LATERAL (SELECT * FROM approval x
                      WHERE x.operator_id = %(operator_id)s AND x.transaction_id = t.id AND x.ended_at IS NULL OFFSET 0) a ON true
  LEFT JOIN LATERAL (SELECT * FROM mandate x
                      WHERE x.operator_id = %(operator_id)s AND x.id = a.mandate_id OFFSET 0) m ON true
 WHERE c.booking_id = ANY(%(booking_ids)s::uuid[])
   AND c.state IN ('waiting', 'retry') AND c.next_on <= %(today)s AND c.noticed_at < %(day_begins)s
   -- What grew since its notice is announced anew first.
   AND t.amount_minor <= c.announced_minor
 ORDER BY t.booking_id, c.next_on, c.id

-- name: submit (the collections that are charged now, each by its attempt)
UPDATE collection c
   SET state = 'charging', attempt_id = s.attempt_id, next_on = NULL, changed_at = %(at)s
  FROM unnest(%(ids)s::uuid[], %(attempt_ids)s::uuid[]) AS s(id, attempt_id)
 WHERE c.operator_id = %(operator_id)s AND c.id = s.id

-- name: may_be_sent (the claimed charge, if all that it rests on still stands; nothing when it must not be sent)
SELECT p.id
  FROM attempt p
  JOIN attempt_cover v ON v.operator_id = p.operator_id AND v.attempt_id = p.id
  JOIN transaction t ON t.operator_id = v.operator_id AND t.id = v.transaction_id
  JOIN booking b ON b.operator_id = t.operator_id AND b.id = t.booking_id
  JOIN approval a ON a.operator_id = t.operator_id AND a.transaction_id = t.id
  JOIN mandate m ON m.operator_id = a.operator_id AND m.id = a.mandate_id
 WHERE p.operator_id = %(operator_id)s AND p.id = %(attempt_id)s AND p.state = 'intended'
   AND v.attempt_id = %(attempt_id)s AND v.live
   -- Each table is entered by the booking, however little is known of its size.
   AND b.id = %(booking_id)s AND t.booking_id = %(booking_id)s AND a.booking_id = %(booking_id)s
   AND m.booking_id = %(booking_id)s
   AND t.status = 'open' AND t.kind = 'payment' AND t.amount_minor = p.amount_minor
   AND b.status <> 'cancelled' AND b.outstanding_minor >= p.amount_minor
   AND a.ended_at IS NULL AND m.ended_at IS NULL
   AND a.mandate_id = p.mandate_id AND a.currency = p.currency AND a.amount_minor >= p.amount_minor
   AND greatest(t.due_date, a.earliest_date) <= %(today)s

-- name: settle (end what is not to be collected any more: the row closed or went, or the consent ended)
UPDATE collection c
   SET state = 'ended', next_on = NULL, changed_at = %(at)s
 WHERE c.operator_id = %(operator_id)s AND c.state IN ('waiting', 'retry', 'needs_customer', 'needs_method', 'with_staff')
   AND NOT EXISTS (SELECT FROM transaction t
                     JOIN approval a ON a.operator_id = t.operator_id AND a.transaction_id = t.id AND a.ended_at IS NULL
                    WHERE t.operator_id = c.operator_id AND t.id = c.transaction_id AND t.status = 'open')

-- name: unannounced (bookings with an approved row whose notice is due and was not given for the day and the amount it is charged; locks them)
SELECT b.id
  FROM booking b
 WHERE b.operator_id = %(operator_id)s AND b.id > %(after)s AND b.status <> 'cancelled'
   AND b.id IN (
         SELECT a.booking_id
           FROM approval a
           JOIN LATERAL (SELECT * FROM transaction x
                          WHERE x.operator_id = %(operator_id)s AND x.id = a.transaction_id OFFSET 0) t ON true
           LEFT JOIN LATERAL (SELECT * FROM collection x
                               WHERE x.operator_id = %(operator_id)s AND x.transaction_id = a.transaction_id OFFSET 0) c ON true
          WHERE a.operator_id = %(operator_id)s AND a.ended_at IS NULL AND t.status = 'open' AND t.amount_minor <= a.amount_minor
            AND greatest(t.due_date, a.earliest_date) <= %(until)s
            AND (c.id IS NULL OR c.state = 'ended' OR a.approved_at > c.changed_at AND c.state NOT IN ('charging', 'waiting')
                 OR c.state = 'waiting' AND (c.noticed_at IS NULL OR c.next_on < greatest(t.due_date, a.earliest_date))
                 OR c.state IN ('waiting', 'retry') AND t.amount_minor > c.announced_minor))
 ORDER BY b.id
 LIMIT %(limit)s
   FOR UPDATE OF b SKIP LOCKED

-- name: to_announce (the approved rows of locked bookings, with their cards and how far their collections are)
SELECT t.id AS row_id, t.booking_id, a.id AS approval_id, a.approved_at, a.mandate_id,
       greatest(t.due_date, a.earliest_date) AS charge_on, m.ended_at IS NULL AS mandate_lives,
       c.id AS collection_id
  -- Entered key by key, as in `standing`.
  FROM approval a
  JOIN LATERAL (SELECT * FROM transaction x
                 WHERE x.operator_id = %(operator_id)s AND x.id = a.transaction_id OFFSET 0) t ON true
  JOIN LATERAL (SELECT * FROM mandate x
                 WHERE x.operator_id = %(operator_id)s AND x.id = a.mandate_id OFFSET 0) m ON true
  LEFT JOIN LATERAL (SELECT * FROM collection x
                      WHERE x.operator_id = %(operator_id)s AND x.transaction_id = a.transaction_id OFFSET 0) c ON true
 WHERE a.operator_id = %(operator_id)s AND a.ended_at IS NULL AND a.booking_id = ANY(%(booking_ids)s::uuid[])
   AND t.status = 'open' AND t.amount_minor <= a.amount_minor AND greatest(t.due_date, a.earliest_date) <= %(until)s
   AND (c.id IS NULL OR c.state = 'ended' OR a.approved_at > c.changed_at AND c.state NOT IN ('charging', 'waiting')
        OR c.state = 'waiting' AND (c.noticed_at IS NULL OR c.next_on < greatest(t.due_date, a.earliest_date))
        OR c.state IN ('waiting', 'retry') AND t.amount_minor > c.announced_minor)
 ORDER BY t.booking_id, t.due_date, t.id

-- name: expiring (live cards that will not be good any more on a day an approved payment is due, whose owner was not told)
SELECT m.id AS mandate_id, m.booking_id, m.card_expires, max(greatest(t.due_date, a.earliest_date)) AS last_due,
       count(*)::int AS payments
  FROM mandate m
  JOIN approval a ON a.operator_id = m.operator_id AND a.mandate_id = m.id AND a.ended_at IS NULL
  JOIN transaction t ON t.operator_id = a.operator_id AND t.id = a.transaction_id AND t.status = 'open'
 WHERE m.operator_id = %(operator_id)s AND m.ended_at IS NULL AND m.expiry_noticed_at IS NULL
   AND m.card_expires <> '' AND m.card_expires <= %(until_month)s
   AND to_char(greatest(t.due_date, a.earliest_date), 'YYYY-MM') > m.card_expires
 GROUP BY m.operator_id, m.id
 ORDER BY m.id
 LIMIT %(limit)s
