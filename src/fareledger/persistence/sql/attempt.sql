-- Attempts to move money.

-- name: outdated
-- Attempts the customer could still pay, although their row was closed, deleted or changed since they were started.
SELECT a.id
  FROM attempt a
  JOIN attempt_cover c ON c.operator_id = a.operator_id AND c.attempt_id = a.id AND c.live
  JOIN transaction t ON t.operator_id = c.operator_id AND t.id = c.transaction_id
 WHERE a.operator_id = %(operator_id)s AND a.state = 'awaiting_customer'
 GROUP BY a.id, a.amount_minor
HAVING bool_or(t.status <> 'open') OR sum(t.amount_minor) <> a.amount_minor
 ORDER BY a.id
 LIMIT %(limit)s
