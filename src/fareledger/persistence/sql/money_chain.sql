-- Where the money of one booking is, link by link.

-- name: booking (its balances by account, and received less refunded as the ledger has it)
SELECT b.currency, b.end_date, b.travel_completed_on,
       (SELECT jsonb_object_agg(l.account, l.balance_minor) FROM ledger_balance l
         WHERE l.operator_id = b.operator_id AND l.booking_id = b.id) AS balances,
       (SELECT coalesce(sum(CASE l.side WHEN 'C' THEN l.amount_minor ELSE -l.amount_minor END), 0)::bigint
          FROM ledger_entry e JOIN ledger_line l ON l.operator_id = e.operator_id AND l.entry_id = e.id
         WHERE e.operator_id = b.operator_id AND e.booking_id = b.id
           AND e.kind IN ('payment_received', 'refund_paid') AND l.account = 'customer_receivable') AS reported_minor
  FROM booking b
 WHERE b.operator_id = %(operator_id)s AND b.id = %(booking_id)s

-- name: movements (closed rows, and the entry of each: by row, by attempt, or by provider and reference)
SELECT t.id AS transaction_id, t.kind, CASE t.kind WHEN 'refund' THEN -t.amount_minor ELSE t.amount_minor END AS amount_minor,
       t.channel, t.provider, t.method, t.external_reference AS provider_reference, t.closed_at,
       (SELECT e.id
          FROM ledger_entry e
         WHERE e.operator_id = t.operator_id AND e.booking_id = t.booking_id
           AND e.kind = CASE t.kind WHEN 'refund' THEN 'refund_paid' ELSE 'payment_received' END
           AND e.source_id IN (
                 t.id::text, t.provider || ':' || t.external_reference,
                 t.booking_id || ':' || t.provider || ':' || t.external_reference,
                 (SELECT a.id::text FROM attempt a
                   WHERE a.operator_id = t.operator_id AND a.booking_id = t.booking_id AND a.provider = t.provider
                     AND a.provider_reference = t.external_reference))
         ORDER BY e.seq LIMIT 1) AS entry_id
  FROM transaction t
 WHERE t.operator_id = %(operator_id)s AND t.booking_id = %(booking_id)s AND t.status = 'closed'
 ORDER BY t.closed_at, t.id

-- name: lines (of payouts, matched to the booking)
SELECT l.payout_id, p.external_id AS payout_reference, p.provider, p.paid_at, l.provider_reference, l.gross_minor,
       l.fee_minor, l.net_minor, l.card_brand, l.card_funding, l.entry_id
  FROM payout_line l JOIN payout p ON p.operator_id = l.operator_id AND p.id = l.payout_id
 WHERE l.operator_id = %(operator_id)s AND l.booking_id = %(booking_id)s AND l.status = 'matched'
 ORDER BY p.paid_at, l.position

-- name: releases
SELECT r.event, r.evidence, r.amount_minor, r.released_at, r.entry_id
  FROM protection_release r
 WHERE r.operator_id = %(operator_id)s AND r.booking_id = %(booking_id)s
 ORDER BY r.number

-- name: cells (of the ledger report that the booking's entries stand in)
SELECT l.account, date_trunc('month', l.posted_on)::date AS month,
       coalesce(sum(l.amount_minor) FILTER (WHERE l.side = 'D'), 0)::bigint AS debit_minor,
       coalesce(sum(l.amount_minor) FILTER (WHERE l.side = 'C'), 0)::bigint AS credit_minor,
       count(DISTINCT l.entry_id) AS entries
  FROM ledger_entry e JOIN ledger_line l ON l.operator_id = e.operator_id AND l.entry_id = e.id
 WHERE e.operator_id = %(operator_id)s AND e.booking_id = %(booking_id)s
 GROUP BY l.account, 2
 ORDER BY 2, l.account
