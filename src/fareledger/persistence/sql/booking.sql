-- Everything the Billing page and the booking home show of one booking, a query a subject.

-- name: by_key (the booking, its components and the heads of its chains; reference_key as reference_key() gives it)
SELECT b.id, b.reference, b.currency, b.booked_on, b.start_date, b.end_date, b.customer_name, b.customer_email,
       b.customer_locale, b.travellers, b.package, b.sales_price_minor, b.non_payable_minor, b.terms, b.status,
       b.version, b.travel_completed_on, b.created_at, b.changed_at,
       coalesce(c.entry_seq, 0) AS entry_seq, coalesce(c.event_seq, 0) AS event_seq,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                 'id', p.external_id, 'kind', p.kind, 'title', p.title, 'supplier', p.supplier,
                 'start_date', p.start_date, 'end_date', p.end_date, 'price_minor', p.price_minor,
                 'cancellation_fee_minor', p.cancellation_fee_minor, 'cancelled', p.cancelled) ORDER BY p.position), '[]')
          FROM component p WHERE p.operator_id = b.operator_id AND p.booking_id = b.id) AS components
  FROM booking b
  LEFT JOIN booking_chain c ON c.operator_id = b.operator_id AND c.booking_id = b.id
 WHERE b.operator_id = %(operator_id)s AND b.reference_key = %(reference_key)s

-- name: by_id (the same by id)
SELECT b.id, b.reference, b.currency, b.booked_on, b.start_date, b.end_date, b.customer_name, b.customer_email,
       b.customer_locale, b.travellers, b.package, b.sales_price_minor, b.non_payable_minor, b.terms, b.status,
       b.version, b.travel_completed_on, b.created_at, b.changed_at,
       coalesce(c.entry_seq, 0) AS entry_seq, coalesce(c.event_seq, 0) AS event_seq,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                 'id', p.external_id, 'kind', p.kind, 'title', p.title, 'supplier', p.supplier,
                 'start_date', p.start_date, 'end_date', p.end_date, 'price_minor', p.price_minor,
                 'cancellation_fee_minor', p.cancellation_fee_minor, 'cancelled', p.cancelled) ORDER BY p.position), '[]')
          FROM component p WHERE p.operator_id = b.operator_id AND p.booking_id = b.id) AS components
  FROM booking b
  LEFT JOIN booking_chain c ON c.operator_id = b.operator_id AND c.booking_id = b.id
 WHERE b.operator_id = %(operator_id)s AND b.id = %(booking_id)s

-- name: rows (the plan without deleted rows, in the order in which people read it)
SELECT t.id, t.kind, t.status, t.type, t.method, t.provider, t.amount_minor, t.planned_minor, t.due_date, t.rule_based,
       t.source, t.channel, t.external_reference, t.comment, t.split_from, t.opened_at, t.closed_at, t.closed_by,
       t.value_date, t.receipt_number
  FROM transaction t
 WHERE t.operator_id = %(operator_id)s AND t.booking_id = %(booking_id)s AND t.status <> 'deleted'
 ORDER BY t.due_date, t.status, t.opened_at, t.id

-- name: entries (the booking's journal entries with their lines, first one first)
SELECT e.id, e.seq, e.kind, e.source, e.source_id, e.currency, e.provider, e.channel, e.posted_on, e.occurred_at,
       e.recorded_at, e.previous_hash, e.hash,
       (SELECT jsonb_agg(jsonb_build_array(l.account, l.side, l.amount_minor) ORDER BY l.line_no)
          FROM ledger_line l WHERE l.operator_id = e.operator_id AND l.entry_id = e.id) AS lines
  FROM ledger_entry e
 WHERE e.operator_id = %(operator_id)s AND e.booking_id = %(booking_id)s
 ORDER BY e.seq

-- name: timeline (what happened to the booking, first event first)
SELECT t.id, t.seq, t.kind, t.actor, t.payload, t.occurred_at, t.previous_hash, t.hash
  FROM timeline_event t
 WHERE t.operator_id = %(operator_id)s AND t.booking_id = %(booking_id)s
 ORDER BY t.seq

-- name: attempts (the tries to move money for the booking, with the plan rows each one covers)
SELECT a.id, a.provider, a.state, a.amount_minor, a.currency, a.channel, a.provider_reference, a.failure_code,
       a.failure_message, a.problem, a.declines, a.card_brand, a.card_funding, a.card_last4, a.created_at, a.changed_at,
       ARRAY(SELECT c.transaction_id FROM attempt_cover c
              WHERE c.operator_id = a.operator_id AND c.attempt_id = a.id ORDER BY c.id) AS transaction_ids
  FROM attempt a
 WHERE a.operator_id = %(operator_id)s AND a.booking_id = %(booking_id)s
 ORDER BY a.created_at, a.id

-- name: emails (what was written to the customer, first email first)
SELECT m.id, m.kind, m.to_email, m.subject, m.status, m.problem, m.queued_at, m.sent_at
  FROM email_message m
 WHERE m.operator_id = %(operator_id)s AND m.booking_id = %(booking_id)s
 ORDER BY m.queued_at, m.id
