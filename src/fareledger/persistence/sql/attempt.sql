-- Attempts to move money.

-- name: outdated
-- Attempts the customer could still pay, although what they mean to pay has changed since they were started: a row was
-- closed, deleted or given another amount, or less is outstanding now.
SELECT a.id
  FROM attempt a
  JOIN booking b ON b.operator_id = a.operator_id AND b.id = a.booking_id
 WHERE a.operator_id = %(operator_id)s AND a.state = 'awaiting_customer'
   AND (b.outstanding_minor < a.amount_minor
        OR EXISTS (SELECT FROM attempt_cover c
                     JOIN transaction t ON t.operator_id = c.operator_id AND t.id = c.transaction_id
                    WHERE c.operator_id = a.operator_id AND c.attempt_id = a.id AND c.live
                      AND (t.status <> 'open' OR t.amount_minor <> coalesce(c.row_minor, a.amount_minor))))
 ORDER BY a.id
 LIMIT %(limit)s
