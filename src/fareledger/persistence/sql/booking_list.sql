-- Many bookings at once, for the list, its search and its filters; every figure comes from the plan's rows.

-- name: page (one page; `search` is lower case with the wildcards of LIKE escaped, '' finds everything)
SELECT b.id, b.reference, b.currency, b.customer_name, b.customer_email, b.travellers, b.package, b.booked_on,
       b.start_date, b.end_date, b.status, b.version, b.changed_at,
       b.sales_price_minor - b.non_payable_minor AS payable_minor,
       f.paid_minor, f.refunded_minor, f.open_payments_minor, f.open_refunds_minor, f.next_due_date, f.next_due_minor,
       f.overdue_minor
  FROM booking b
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(CASE WHEN t.reverses IS NULL THEN t.amount_minor ELSE -t.amount_minor END) FILTER (WHERE t.status = 'closed' AND t.kind = 'payment'), 0)::bigint AS paid_minor,
              coalesce(sum(CASE WHEN t.reverses IS NULL THEN t.amount_minor ELSE -t.amount_minor END) FILTER (WHERE t.status = 'closed' AND t.kind = 'refund'), 0)::bigint AS refunded_minor,
              coalesce(sum(t.amount_minor) FILTER (WHERE t.status = 'open' AND t.kind = 'payment'), 0)::bigint AS open_payments_minor,
              coalesce(sum(t.amount_minor) FILTER (WHERE t.status = 'open' AND t.kind = 'refund'), 0)::bigint AS open_refunds_minor,
              coalesce(sum(t.amount_minor) FILTER (WHERE t.status = 'open' AND t.kind = 'payment' AND t.due_date < %(today)s), 0)::bigint AS overdue_minor,
              min(t.due_date) FILTER (WHERE t.status = 'open' AND t.kind = 'payment') AS next_due_date,
              (array_agg(t.amount_minor ORDER BY t.due_date, t.id) FILTER (WHERE t.status = 'open' AND t.kind = 'payment'))[1] AS next_due_minor
         FROM transaction t
        WHERE t.operator_id = b.operator_id AND t.booking_id = b.id) f
 WHERE b.operator_id = %(operator_id)s
   AND (%(search)s = ''
        OR (%(reference_key)s <> '' AND b.reference_key LIKE %(reference_key)s || '%%')
        OR lower(b.customer_name) LIKE '%%' || %(search)s || '%%'
        OR lower(b.customer_email) LIKE '%%' || %(search)s || '%%'
        OR EXISTS (SELECT FROM jsonb_array_elements(b.travellers) AS one
                    WHERE lower(one ->> 'name') LIKE '%%' || %(search)s || '%%')
        OR b.id IN (SELECT t.booking_id FROM transaction t
                     WHERE t.operator_id = %(operator_id)s AND t.external_reference = %(exact)s AND t.external_reference <> '')
        OR b.id IN (SELECT a.booking_id FROM attempt a
                     WHERE a.operator_id = %(operator_id)s AND a.provider_reference = %(exact)s))
   AND CASE %(status)s
         WHEN '' THEN true
         WHEN 'unpaid' THEN f.paid_minor - f.refunded_minor <= 0
                         AND f.paid_minor - f.refunded_minor < b.sales_price_minor - b.non_payable_minor
         WHEN 'partially_paid' THEN f.paid_minor - f.refunded_minor > 0
                                AND f.paid_minor - f.refunded_minor < b.sales_price_minor - b.non_payable_minor
         WHEN 'paid' THEN f.paid_minor - f.refunded_minor >= b.sales_price_minor - b.non_payable_minor
         WHEN 'overdue' THEN f.overdue_minor > 0
         WHEN 'refund_due' THEN f.paid_minor - f.refunded_minor > b.sales_price_minor - b.non_payable_minor
         WHEN 'departing' THEN b.status = 'confirmed' AND b.start_date BETWEEN %(today)s AND %(today)s + 30
         WHEN 'cancelled' THEN b.status = 'cancelled'
       END
   AND (%(before_at)s::timestamptz IS NULL OR (b.changed_at, b.id) < (%(before_at)s, %(before_id)s::uuid))
 ORDER BY b.changed_at DESC, b.id DESC
 LIMIT %(limit)s OFFSET %(offset)s

-- name: count (how many bookings the same search and status find)
SELECT count(*) AS total
  FROM booking b
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(CASE WHEN t.reverses IS NULL THEN t.amount_minor ELSE -t.amount_minor END) FILTER (WHERE t.status = 'closed' AND t.kind = 'payment'), 0)::bigint
              - coalesce(sum(CASE WHEN t.reverses IS NULL THEN t.amount_minor ELSE -t.amount_minor END) FILTER (WHERE t.status = 'closed' AND t.kind = 'refund'), 0)::bigint AS received_minor,
              coalesce(sum(t.amount_minor) FILTER (WHERE t.status = 'open' AND t.kind = 'payment' AND t.due_date < %(today)s), 0)::bigint AS overdue_minor
         FROM transaction t
        WHERE t.operator_id = b.operator_id AND t.booking_id = b.id
          AND %(status)s NOT IN ('', 'departing', 'cancelled')) f
 WHERE b.operator_id = %(operator_id)s
   AND (%(search)s = ''
        OR (%(reference_key)s <> '' AND b.reference_key LIKE %(reference_key)s || '%%')
        OR lower(b.customer_name) LIKE '%%' || %(search)s || '%%'
        OR lower(b.customer_email) LIKE '%%' || %(search)s || '%%'
        OR EXISTS (SELECT FROM jsonb_array_elements(b.travellers) AS one
                    WHERE lower(one ->> 'name') LIKE '%%' || %(search)s || '%%')
        OR b.id IN (SELECT t.booking_id FROM transaction t
                     WHERE t.operator_id = %(operator_id)s AND t.external_reference = %(exact)s AND t.external_reference <> '')
        OR b.id IN (SELECT a.booking_id FROM attempt a
                     WHERE a.operator_id = %(operator_id)s AND a.provider_reference = %(exact)s))
   AND CASE %(status)s
         WHEN '' THEN true
         WHEN 'unpaid' THEN f.received_minor <= 0 AND f.received_minor < b.sales_price_minor - b.non_payable_minor
         WHEN 'partially_paid' THEN f.received_minor > 0 AND f.received_minor < b.sales_price_minor - b.non_payable_minor
         WHEN 'paid' THEN f.received_minor >= b.sales_price_minor - b.non_payable_minor
         WHEN 'overdue' THEN f.overdue_minor > 0
         WHEN 'refund_due' THEN f.received_minor > b.sales_price_minor - b.non_payable_minor
         WHEN 'departing' THEN b.status = 'confirmed' AND b.start_date BETWEEN %(today)s AND %(today)s + 30
         WHEN 'cancelled' THEN b.status = 'cancelled'
       END
