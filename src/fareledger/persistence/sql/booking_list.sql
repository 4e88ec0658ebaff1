-- Many bookings at once, for the list, its search and its filters. The pieces below are put together by
-- `persistence/booking_list.py`; figures and words are those that 0006_booking_list.sql keeps beside each booking.

-- name: columns (what a line of the list shows)
SELECT b.id, b.reference, b.currency, b.customer_name, b.customer_email, b.travellers, b.package, b.booked_on,
       b.start_date, b.end_date, b.status, b.version, b.changed_at,
       b.sales_price_minor - b.non_payable_minor AS payable_minor,
       b.paid_minor, b.refunded_minor, b.outstanding_minor, b.payment_status, b.open_payments_minor, b.open_refunds_minor,
       b.next_due_date, b.next_due_minor
  FROM booking b
 WHERE b.operator_id = %(operator_id)s

-- name: all (every booking of the operator; conditions are added to it)
SELECT 1 FROM booking b
 WHERE b.operator_id = %(operator_id)s

-- name: search (in names and emails; `search` is lower case, with the wildcards of LIKE escaped)
b.searched LIKE '%%' || %(search)s || '%%'

-- name: search_reference (how it begins, in any spelling)
b.reference_key LIKE %(reference_key)s || '%%'

-- name: search_provider (the whole reference of a provider)
b.id IN (SELECT t.booking_id FROM transaction t
          WHERE t.operator_id = %(operator_id)s AND t.external_reference = %(exact)s AND t.external_reference <> ''
          UNION ALL
         SELECT a.booking_id FROM attempt a
          WHERE a.operator_id = %(operator_id)s AND a.provider_reference = %(exact)s)

-- name: search_amount (what is to be paid, what is left, or a row of the plan comes to it, in the booking's currency)
EXISTS (SELECT FROM unnest(%(amount_currencies)s::text[], %(amounts_minor)s::bigint[]) AS asked (currency, minor)
         WHERE asked.currency = b.currency
           AND asked.minor IN (b.sales_price_minor - b.non_payable_minor, abs(b.outstanding_minor)))
OR b.id IN (SELECT t.booking_id FROM unnest(%(amount_currencies)s::text[], %(amounts_minor)s::bigint[]) AS asked (currency, minor)
              JOIN transaction t ON t.operator_id = %(operator_id)s AND t.amount_minor = asked.minor AND t.status <> 'deleted'
              JOIN booking o ON o.operator_id = t.operator_id AND o.id = t.booking_id AND o.currency = asked.currency)

-- name: payment_status
b.payment_status = %(payment_status)s

-- name: overdue (an open payment was due before today)
b.next_due_date < %(today)s

-- name: refund_due (more was received than is to be paid)
b.outstanding_minor < 0

-- name: cancelled
b.status = 'cancelled'

-- name: not_cancelled
b.status = 'confirmed'

-- name: currency
b.currency = %(currency)s

-- name: departing (within the next days, and not cancelled)
b.status = 'confirmed' AND b.start_date BETWEEN %(today)s AND %(departing_until)s

-- name: departs_from
b.start_date >= %(departs_from)s

-- name: departs_to
b.start_date <= %(departs_to)s

-- name: booked_from
b.booked_on >= %(booked_from)s

-- name: booked_to
b.booked_on <= %(booked_to)s

-- name: changed_since
b.changed_at >= %(changed_since)s

-- name: outstanding_from
b.outstanding_minor >= %(outstanding_from)s

-- name: outstanding_to
b.outstanding_minor <= %(outstanding_to)s

-- name: these (ticked by somebody)
b.id = ANY(%(ids)s)

-- name: before (what follows a cursor, which names the last booking read)
(b.changed_at, b.id) < (%(before_at)s, %(before_id)s)

-- name: by_changed_down (most lately changed first)
b.changed_at DESC, b.id DESC

-- name: by_changed_up
b.changed_at, b.id

-- name: by_reference_up
b.reference, b.id

-- name: by_reference_down
b.reference DESC, b.id DESC

-- name: by_departs_up
b.start_date, b.id

-- name: by_departs_down
b.start_date DESC, b.id DESC

-- name: by_due_up (those with nothing due come last either way)
b.next_due_date NULLS LAST, b.id

-- name: by_due_down
b.next_due_date DESC NULLS LAST, b.id DESC

-- name: by_outstanding_up (amounts of one currency together)
b.currency, b.outstanding_minor, b.id

-- name: by_outstanding_down
b.currency DESC, b.outstanding_minor DESC, b.id DESC
