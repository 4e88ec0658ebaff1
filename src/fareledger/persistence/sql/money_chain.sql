-- Where the money of one booking is, link by link, in one statement.

-- name: whole (its balances, received less refunded as the ledger has it, and the rows behind each link as JSON)
WITH rows AS (
  -- closed rows, and the entry of each: by row, by attempt, or by provider and reference
  SELECT t.*,
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
           ORDER BY e.source_id = t.id::text DESC, e.seq LIMIT 1) AS own_entry
    FROM transaction t
   WHERE t.operator_id = %(operator_id)s AND t.booking_id = %(booking_id)s AND t.status = 'closed'
), movements AS (
  -- a reversal takes its row back: the other sign, and the entry that mirrors that row's
  SELECT t.id AS transaction_id, t.kind,
         CASE WHEN (t.kind = 'refund') <> (t.reverses IS NOT NULL) THEN -t.amount_minor ELSE t.amount_minor END AS amount_minor,
         t.channel, t.provider, t.method, t.external_reference AS provider_reference, t.closed_at, t.reverses,
         CASE WHEN t.reverses IS NULL THEN t.own_entry ELSE
           (SELECT e.id FROM ledger_entry e JOIN rows o ON o.id = t.reverses
             WHERE e.operator_id = t.operator_id AND e.source = 'reversal' AND e.source_id = o.own_entry::text) END AS entry_id
    FROM rows t
), lines AS (
  SELECT l.payout_id, p.external_id AS payout_reference, p.provider, p.paid_at, l.provider_reference, l.gross_minor,
         l.fee_minor, l.net_minor, l.card_brand, l.card_funding, l.entry_id, l.position
    FROM payout_line l JOIN payout p ON p.operator_id = l.operator_id AND p.id = l.payout_id
   WHERE l.operator_id = %(operator_id)s AND l.booking_id = %(booking_id)s AND l.status = 'matched'
), cells AS (
  SELECT l.account, date_trunc('month', l.posted_on)::date AS month,
         coalesce(sum(l.amount_minor) FILTER (WHERE l.side = 'D'), 0)::bigint AS debit_minor,
         coalesce(sum(l.amount_minor) FILTER (WHERE l.side = 'C'), 0)::bigint AS credit_minor,
         count(DISTINCT l.entry_id) AS entries
    FROM ledger_entry e JOIN ledger_line l ON l.operator_id = e.operator_id AND l.entry_id = e.id
   WHERE e.operator_id = %(operator_id)s AND e.booking_id = %(booking_id)s
   GROUP BY l.account, 2
)
SELECT b.currency, b.end_date, b.travel_completed_on,
       (SELECT jsonb_object_agg(l.account, l.balance_minor) FROM ledger_balance l
         WHERE l.operator_id = b.operator_id AND l.booking_id = b.id) AS balances,
       (SELECT coalesce(sum(CASE l.side WHEN 'C' THEN l.amount_minor ELSE -l.amount_minor END), 0)::bigint
          FROM ledger_entry e JOIN ledger_line l ON l.operator_id = e.operator_id AND l.entry_id = e.id
         WHERE e.operator_id = b.operator_id AND e.booking_id = b.id
           AND e.kind IN ('payment_received', 'refund_paid', 'payment_reversed', 'refund_reversed')
           AND l.account = 'customer_receivable') AS reported_minor,
       (SELECT coalesce(jsonb_agg(to_jsonb(m) ORDER BY m.closed_at, m.transaction_id), '[]') FROM movements m) AS movements,
       (SELECT coalesce(jsonb_agg(to_jsonb(l) - 'position' ORDER BY l.paid_at, l.position), '[]') FROM lines l) AS lines,
       (SELECT coalesce(jsonb_agg(to_jsonb(r) - 'number' ORDER BY r.number), '[]') FROM (
          SELECT p.number, p.event, p.evidence, p.amount_minor, p.released_at, p.entry_id
            FROM protection_release p WHERE p.operator_id = b.operator_id AND p.booking_id = b.id) r) AS releases,
       (SELECT coalesce(jsonb_agg(to_jsonb(c) ORDER BY c.month, c.account), '[]') FROM cells c) AS cells
  FROM booking b
 WHERE b.operator_id = %(operator_id)s AND b.id = %(booking_id)s
