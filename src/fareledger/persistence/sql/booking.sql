-- Everything the Billing page and the booking home show of one booking, in one statement: a page is one round trip.

-- name: whole (by id, or by reference_key as reference_key() gives it; lists are JSON, in the order people read them)
SELECT b.id, b.reference, b.currency, b.booked_on, b.start_date, b.end_date, b.customer_name, b.customer_email,
       b.customer_locale, b.travellers, b.package, b.sales_price_minor, b.non_payable_minor, b.terms, b.status,
       b.version, b.travel_completed_on, b.created_at, b.changed_at,
       coalesce(c.entry_seq, 0) AS entry_seq, coalesce(c.event_seq, 0) AS event_seq,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                 'id', p.external_id, 'kind', p.kind, 'title', p.title, 'supplier', p.supplier,
                 'start_date', p.start_date, 'end_date', p.end_date, 'price_minor', p.price_minor,
                 'cancellation_fee_minor', p.cancellation_fee_minor, 'cancelled', p.cancelled) ORDER BY p.position), '[]')
          FROM component p WHERE p.operator_id = b.operator_id AND p.booking_id = b.id) AS components,
       -- the plan without deleted rows
       (SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.due_date, r.status, r.opened_at, r.id), '[]') FROM (
          SELECT t.id, t.kind, t.status, t.type, t.method, t.method_name, t.provider, t.amount_minor, t.planned_minor,
                 t.due_date, t.rule_based, t.source, t.channel, t.external_reference, t.comment, t.split_from, t.reverses,
                 t.reason, u.id AS reversed_by, t.opened_at, t.closed_at, t.closed_by, t.value_date, t.receipt_number,
                 -- what its customer agreed to, unless that has ended, and how far its collection is
                 CASE WHEN p.id IS NOT NULL THEN jsonb_build_object(
                   'id', p.id, 'mandate_id', p.mandate_id, 'amount_minor', p.amount_minor,
                   'earliest_date', p.earliest_date, 'approved_at', p.approved_at) END AS approval,
                 CASE WHEN k.id IS NOT NULL THEN jsonb_build_object(
                   'id', k.id, 'state', k.state, 'next_on', k.next_on, 'noticed_at', k.noticed_at, 'tries', k.tries,
                   'attempt_id', k.attempt_id, 'failure_code', k.failure_code, 'failure_message', k.failure_message,
                   'changed_at', k.changed_at) END AS collection
            FROM transaction t
            LEFT JOIN transaction u ON u.operator_id = t.operator_id AND u.reverses = t.id
            LEFT JOIN approval p ON p.operator_id = t.operator_id AND p.transaction_id = t.id AND p.ended_at IS NULL
            LEFT JOIN collection k ON k.operator_id = t.operator_id AND k.transaction_id = t.id
           WHERE t.operator_id = b.operator_id AND t.booking_id = b.id AND t.status <> 'deleted') r) AS rows,
       (SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.seq), '[]') FROM (
          SELECT e.id, e.seq, e.kind, e.source, e.source_id, e.currency, e.provider, e.channel, e.posted_on, e.occurred_at,
                 e.recorded_at, e.previous_hash, e.hash,
                 (SELECT jsonb_agg(jsonb_build_array(l.account, l.side, l.amount_minor) ORDER BY l.line_no)
                    FROM ledger_line l WHERE l.operator_id = e.operator_id AND l.entry_id = e.id) AS lines
            FROM ledger_entry e WHERE e.operator_id = b.operator_id AND e.booking_id = b.id) r) AS entries,
       (SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.seq), '[]') FROM (
          SELECT t.id, t.seq, t.kind, t.actor, t.payload, t.occurred_at, t.previous_hash, t.hash
            FROM timeline_event t WHERE t.operator_id = b.operator_id AND t.booking_id = b.id) r) AS timeline,
       -- the tries to move money, with the plan rows each one covers
       (SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.created_at, r.id), '[]') FROM (
          SELECT a.id, a.provider, a.state, a.amount_minor, a.currency, a.channel, a.provider_reference, a.failure_code,
                 a.failure_message, a.problem, a.declines, a.card_brand, a.card_funding, a.card_last4, a.created_at,
                 a.changed_at, a.method, a.bank_name, a.off_session, a.mandate_id, a.request_id,
                 ARRAY(SELECT v.transaction_id FROM attempt_cover v
                        WHERE v.operator_id = a.operator_id AND v.attempt_id = a.id ORDER BY v.id) AS transaction_ids
            FROM attempt a WHERE a.operator_id = b.operator_id AND a.booking_id = b.id) r) AS attempts,
       -- the cards that were stored for later charges, the live one last
       (SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.ended_at NULLS LAST, r.id), '[]') FROM (
          SELECT d.id, d.provider, d.card_brand, d.card_funding, d.card_last4, d.card_expires, d.set_up_at, d.ended_at,
                 d.ended_because
            FROM mandate d WHERE d.operator_id = b.operator_id AND d.booking_id = b.id) r) AS mandates,
       (SELECT coalesce(jsonb_agg(to_jsonb(r) ORDER BY r.queued_at, r.id), '[]') FROM (
          SELECT m.id, m.kind, m.to_email, m.subject, m.status, m.problem, m.queued_at, m.sent_at
            FROM email_message m WHERE m.operator_id = b.operator_id AND m.booking_id = b.id) r) AS emails
  FROM booking b
  LEFT JOIN booking_chain c ON c.operator_id = b.operator_id AND c.booking_id = b.id
 WHERE b.operator_id = %(operator_id)s
   AND b.id = coalesce(%(booking_id)s::uuid,
                       (SELECT k.id FROM booking k
                         WHERE k.operator_id = %(operator_id)s AND k.reference_key = %(reference_key)s))

-- name: entry_of_row (the payment or refund entry that recorded a closed row, with its lines in order)
SELECT e.id, e.kind, e.currency,
       (SELECT jsonb_agg(jsonb_build_array(l.account, l.side, l.amount_minor) ORDER BY l.line_no)
          FROM ledger_line l WHERE l.operator_id = e.operator_id AND l.entry_id = e.id) AS lines
  FROM transaction t
  JOIN ledger_entry e ON e.operator_id = t.operator_id AND e.booking_id = t.booking_id
   AND e.kind = CASE t.kind WHEN 'refund' THEN 'refund_paid' ELSE 'payment_received' END
   AND (e.source_id IN (t.id::text, t.booking_id || ':' || t.provider || ':' || t.external_reference)
        OR (e.source = 'refund' AND e.source_id = t.provider || ':' || t.external_reference))
 WHERE t.operator_id = %(operator_id)s AND t.id = %(transaction_id)s
 ORDER BY e.source_id = t.id::text DESC, e.seq LIMIT 1
