-- Payouts, their lines, and the payments the lines belong to.

-- name: payouts (newest first, beginning after one of them)
SELECT p.id, p.provider, p.external_id, p.currency, p.gross_minor, p.fees_minor, p.refunds_minor, p.chargebacks_minor,
       p.adjustments_minor, p.deposit_minor, p.line_count, p.paid_at, p.imported_at, p.content_sha256, counted.*
  FROM payout p,
       LATERAL (SELECT count(*) FILTER (WHERE l.status = 'matched') AS matched_count,
                       count(*) FILTER (WHERE l.status = 'exception') AS exception_count,
                       count(*) FILTER (WHERE l.status = 'waiting') AS waiting_count,
                       coalesce(sum(l.net_minor) FILTER (WHERE l.status <> 'matched'), 0)::bigint AS unmatched_minor
                  FROM payout_line l WHERE l.operator_id = p.operator_id AND l.payout_id = p.id) AS counted
 WHERE p.operator_id = %(operator_id)s
   AND (%(before)s::uuid IS NULL OR (p.paid_at, p.id) < (
         SELECT o.paid_at, o.id FROM payout o WHERE o.operator_id = %(operator_id)s AND o.id = %(before)s::uuid))
 ORDER BY p.paid_at DESC, p.id DESC
 LIMIT %(limit)s

-- name: payout (one)
SELECT p.id, p.provider, p.external_id, p.currency, p.gross_minor, p.fees_minor, p.refunds_minor, p.chargebacks_minor,
       p.adjustments_minor, p.deposit_minor, p.line_count, p.paid_at, p.imported_at, p.content_sha256, counted.*
  FROM payout p,
       LATERAL (SELECT count(*) FILTER (WHERE l.status = 'matched') AS matched_count,
                       count(*) FILTER (WHERE l.status = 'exception') AS exception_count,
                       count(*) FILTER (WHERE l.status = 'waiting') AS waiting_count,
                       coalesce(sum(l.net_minor) FILTER (WHERE l.status <> 'matched'), 0)::bigint AS unmatched_minor
                  FROM payout_line l WHERE l.operator_id = p.operator_id AND l.payout_id = p.id) AS counted
 WHERE p.operator_id = %(operator_id)s AND p.id = %(payout_id)s

-- name: lines (of one payout, beyond a position)
SELECT l.id, l.position, l.kind, l.provider_reference, l.merchant_reference, l.gross_minor, l.fee_minor, l.net_minor,
       l.card_brand, l.card_funding, l.occurred_at, l.status, l.reason, l.booking_id,
       coalesce(b.reference, '') AS booking_reference, l.entry_id
  FROM payout_line l LEFT JOIN booking b ON b.operator_id = l.operator_id AND b.id = l.booking_id
 WHERE l.operator_id = %(operator_id)s AND l.payout_id = %(payout_id)s AND l.position > %(after)s
 ORDER BY l.position
 LIMIT %(limit)s

-- name: reopen (lines whose payment was not known yet when they came, and is now)
UPDATE payout_line l SET status = 'waiting', reason = ''
 WHERE l.operator_id = %(operator_id)s AND l.status = 'exception' AND l.reason = 'no_payment'
   AND EXISTS (SELECT 1 FROM transaction t
                WHERE t.operator_id = l.operator_id AND t.external_reference = l.provider_reference
                  AND t.kind = l.kind AND t.status = 'closed')

-- name: waiting (lines nobody has matched, locked; another worker takes others)
SELECT l.id, l.kind, l.provider_reference, l.currency, l.gross_minor, l.fee_minor, l.net_minor, l.payout_id,
       p.provider, p.external_id AS payout_reference, p.paid_at
  FROM payout_line l JOIN payout p ON p.operator_id = l.operator_id AND p.id = l.payout_id
 WHERE l.operator_id = %(operator_id)s AND l.status = 'waiting'
 ORDER BY l.payout_id, l.position
 LIMIT %(limit)s
   FOR UPDATE OF l SKIP LOCKED

-- name: lock_bookings_of (the bookings that payments and refunds with these references belong to, in one order)
SELECT b.id, b.travel_completed_on
  FROM booking b
 WHERE b.operator_id = %(operator_id)s
   AND b.id IN (SELECT t.booking_id FROM transaction t
                 WHERE t.operator_id = %(operator_id)s AND t.external_reference = ANY(%(references)s)
                   AND t.status = 'closed')
 ORDER BY b.id
   FOR UPDATE OF b

-- name: candidates (payments and refunds by reference; the rows that one payment closed are added up)
SELECT t.provider, t.kind, t.external_reference AS provider_reference, t.booking_id, b.currency,
       (array_agg(t.id ORDER BY t.closed_at, t.id))[1] AS payment_id, sum(t.amount_minor)::bigint AS amount_minor,
       min(t.channel) AS channel,
       EXISTS (SELECT 1 FROM payout_line s JOIN payout p ON p.operator_id = s.operator_id AND p.id = s.payout_id
                WHERE s.operator_id = %(operator_id)s AND s.provider_reference = t.external_reference
                  AND s.kind = t.kind AND s.status = 'matched' AND p.provider = t.provider) AS settled
  FROM transaction t JOIN booking b ON b.operator_id = t.operator_id AND b.id = t.booking_id
 WHERE t.operator_id = %(operator_id)s AND t.external_reference = ANY(%(references)s)
   AND t.reverses IS NULL AND t.status = 'closed'
 GROUP BY t.provider, t.kind, t.external_reference, t.booking_id, b.currency

-- name: decide (write what was found for each line)
UPDATE payout_line l
   SET status = f.status, reason = f.reason, booking_id = f.booking_id, transaction_id = f.transaction_id,
       entry_id = f.entry_id, matched_at = %(at)s
  FROM jsonb_to_recordset(%(lines)s::jsonb)
       AS f (id uuid, status text, reason text, booking_id uuid, transaction_id uuid, entry_id uuid)
 WHERE l.operator_id = %(operator_id)s AND l.id = f.id
