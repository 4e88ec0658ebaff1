-- Protected money: which trips are over, and what is held for them.

-- name: travel_over (bookings whose last day has passed, locked; another worker takes others)
SELECT b.id, b.currency, b.end_date, b.reference
  FROM booking b
 WHERE b.operator_id = %(operator_id)s AND b.travel_completed_on IS NULL AND b.end_date < %(today)s
   AND b.id > %(after)s
 ORDER BY b.id
 LIMIT %(limit)s
   FOR UPDATE OF b SKIP LOCKED

-- name: balances (of some bookings, by account)
SELECT l.booking_id, l.account, l.balance_minor
  FROM ledger_balance l
 WHERE l.operator_id = %(operator_id)s AND l.booking_id = ANY(%(bookings)s)

-- name: refunds_on_the_way (what went back online and no payout has taken off yet, of money that is protected)
SELECT e.booking_id, sum(CASE l.side WHEN 'C' THEN l.amount_minor ELSE -l.amount_minor END)::bigint AS amount_minor
  FROM ledger_entry e
  JOIN ledger_line l ON l.operator_id = e.operator_id AND l.entry_id = e.id AND l.account = 'acquirer_clearing'
 WHERE e.operator_id = %(operator_id)s AND e.booking_id = ANY(%(bookings)s)
   AND e.kind IN ('refund_paid', 'refund_settled', 'refund_reversed')
 GROUP BY e.booking_id

-- name: complete (travel is over: note the day)
UPDATE booking b SET travel_completed_on = %(today)s, changed_at = %(at)s
 WHERE b.operator_id = %(operator_id)s AND b.id = ANY(%(bookings)s)
