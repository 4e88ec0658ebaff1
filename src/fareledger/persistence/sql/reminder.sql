-- Reminders of payments.

-- name: claim (bookings with an open payment whose rung has come and was not sent, none of which was reminded today; locks them, leaving out what somebody else works on)
SELECT b.id
  FROM booking b
 WHERE b.operator_id = %(operator_id)s
   AND b.id > %(after)s
   AND b.id IN (
         SELECT t.booking_id
           FROM transaction t
          CROSS JOIN unnest(%(offsets)s::int[]) AS rung(days)
          WHERE t.operator_id = %(operator_id)s AND t.status = 'open' AND t.kind = 'payment'
            AND t.due_date = ANY(%(due_dates)s::date[])
            AND (rung.days > 0 OR t.due_date >= %(today)s::date)
            AND t.due_date + rung.days BETWEEN %(since)s::date AND %(today)s::date
            AND NOT EXISTS (
                  SELECT FROM approval a
                    LEFT JOIN collection k ON k.operator_id = a.operator_id AND k.transaction_id = a.transaction_id
                   WHERE a.operator_id = t.operator_id AND a.transaction_id = t.id AND a.ended_at IS NULL
                     AND coalesce(k.state, 'waiting') NOT IN ('needs_customer', 'needs_method', 'with_staff'))
            AND NOT EXISTS (
                  SELECT FROM email_message m
                   WHERE m.operator_id = t.operator_id
                     AND m.source_key = 'reminder:' || t.booking_id || ':' || t.due_date || ':' || rung.days))
   AND NOT EXISTS (
         SELECT FROM email_message m
          WHERE m.operator_id = b.operator_id AND m.booking_id = b.id
            AND m.kind IN ('reminder_before', 'reminder_after') AND m.queued_at >= %(day_begins)s)
 ORDER BY b.id
 LIMIT %(limit)s
   FOR UPDATE OF b SKIP LOCKED

-- name: live (open rows of these bookings that somebody is paying at this moment, or that are collected with consent)
SELECT c.transaction_id
  FROM attempt_cover c
  JOIN transaction t ON t.operator_id = c.operator_id AND t.id = c.transaction_id
 WHERE c.operator_id = %(operator_id)s AND c.live AND t.booking_id = ANY(%(booking_ids)s::uuid[])
UNION
SELECT a.transaction_id
  FROM approval a
  LEFT JOIN collection k ON k.operator_id = a.operator_id AND k.transaction_id = a.transaction_id
 WHERE a.operator_id = %(operator_id)s AND a.booking_id = ANY(%(booking_ids)s::uuid[]) AND a.ended_at IS NULL
   AND coalesce(k.state, 'waiting') NOT IN ('needs_customer', 'needs_method', 'with_staff')
