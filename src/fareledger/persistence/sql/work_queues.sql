-- What needs a person today: one query a queue, all with the same columns, so that `persistence/work_queues.py` can put
-- them together. `subject` names the item for notes about it; `since` is the operator's day on which it came up; `target`
-- is what the one fixing action works on. Each reads a partial index: what needs nobody costs nothing.

-- name: attempts  online payments that a person must look at
SELECT a.id::text AS subject, a.booking_id, a.id AS target, a.amount_minor, a.currency,
       (a.changed_at AT TIME ZONE %(zone)s::text)::date AS since,
       jsonb_build_object('state', a.state, 'problem', a.problem) AS detail
  FROM (SELECT p.id FROM attempt p
         WHERE p.operator_id = %(operator_id)s AND p.problem <> '' AND p.state <> 'succeeded'
        UNION
        SELECT u.id FROM attempt u
         WHERE u.operator_id = %(operator_id)s AND u.state IN ('intended', 'awaiting_customer', 'processing', 'unknown')
           AND u.state = 'unknown' AND u.changed_at < %(long_unknown)s) found
  JOIN attempt a ON a.operator_id = %(operator_id)s AND a.id = found.id

-- name: payout_lines  lines of payouts that no booking explains
SELECT l.id::text AS subject, l.booking_id, l.payout_id AS target, l.net_minor AS amount_minor, l.currency,
       (p.paid_at AT TIME ZONE %(zone)s::text)::date AS since,
       jsonb_build_object('reason', l.reason, 'status', l.status, 'provider', p.provider,
                          'reference', l.provider_reference) AS detail
  FROM payout_line l
  JOIN payout p ON p.operator_id = l.operator_id AND p.id = l.payout_id
 WHERE l.operator_id = %(operator_id)s AND l.status <> 'matched'
   AND (l.status = 'exception' OR p.imported_at < %(long_waiting)s)

-- name: refund_orders  online refunds that wait for a second person, failed while their row is open, or whose outcome nobody tells
SELECT o.id::text AS subject, o.booking_id, o.id AS target, o.amount_minor, o.currency,
       (coalesce(f.changed_at, o.asked_at) AT TIME ZONE %(zone)s::text)::date AS since,
       jsonb_build_object('status', o.status, 'asked_by', o.asked_by, 'asked_by_id', o.asked_by_id, 'row', o.transaction_id,
                          'problem', coalesce(f.failure_message, '')) AS detail
  FROM refund_order o
  LEFT JOIN LATERAL (
    SELECT p.changed_at, p.failure_message FROM refund_part p
     WHERE p.operator_id = o.operator_id AND p.order_id = o.id AND p.state IN ('failed', 'unknown')
     ORDER BY p.changed_at DESC LIMIT 1
  ) f ON true
 WHERE o.operator_id = %(operator_id)s
   AND (o.status = 'waiting'
     OR (o.status = 'failed'
         AND EXISTS (SELECT 1 FROM transaction t WHERE t.operator_id = o.operator_id AND t.id = o.transaction_id AND t.status = 'open')
         AND NOT EXISTS (SELECT 1 FROM refund_order n
                          WHERE n.operator_id = o.operator_id AND n.transaction_id = o.transaction_id AND n.asked_at > o.asked_at))
     OR (o.status = 'running'
         AND EXISTS (SELECT 1 FROM refund_part u WHERE u.operator_id = o.operator_id AND u.order_id = o.id
                        AND u.state IN ('intended', 'processing', 'unknown') AND u.next_ask_at IS NULL)))

-- name: refunds  more was received than is to be paid; the clock runs from when that came about
SELECT b.id::text AS subject, b.id AS booking_id, r.target, -b.outstanding_minor AS amount_minor, b.currency,
       (coalesce(r.opened_at, m.closed_at, b.changed_at) AT TIME ZONE %(zone)s::text)::date AS since,
       jsonb_build_object('cancelled', b.status = 'cancelled', 'planned_minor', b.open_refunds_minor,
                          'row_minor', r.target_minor) AS detail
  FROM booking b
  LEFT JOIN LATERAL (
    -- The rest of a refund that was paid in part is as old as the refund; one that was taken back, and not paid in full since,
    -- is owed since it was first.
    WITH RECURSIVE line AS (
      SELECT t.operator_id, t.id, t.split_from, t.opened_at, t.due_date, t.status, t.amount_minor FROM transaction t
       WHERE t.operator_id = b.operator_id AND t.booking_id = b.id AND t.kind = 'refund'
         AND (t.status = 'open'
           OR EXISTS (SELECT 1 FROM transaction u
                       WHERE u.operator_id = t.operator_id AND u.reverses = t.id
                         AND t.amount_minor > (SELECT coalesce(sum(p.amount_minor), 0) FROM transaction p
                                                WHERE p.operator_id = u.operator_id AND p.booking_id = u.booking_id
                                                  AND p.kind = 'refund' AND p.status = 'closed' AND p.reverses IS NULL
                                                  AND p.closed_at > u.closed_at)))
       UNION
      SELECT t.operator_id, t.id, t.split_from, t.opened_at, t.due_date, t.status, t.amount_minor FROM line
        JOIN transaction t ON t.operator_id = line.operator_id AND t.id = line.split_from
    )
    SELECT min(t.opened_at) AS opened_at,
           (array_agg(t.id ORDER BY t.due_date, t.id) FILTER (WHERE t.status = 'open'))[1] AS target,
           (array_agg(t.amount_minor ORDER BY t.due_date, t.id) FILTER (WHERE t.status = 'open'))[1] AS target_minor
      FROM line t
  ) r ON true
  LEFT JOIN LATERAL (
    SELECT max(t.closed_at) AS closed_at FROM transaction t
     WHERE t.operator_id = b.operator_id AND t.booking_id = b.id AND t.status = 'closed'
  ) m ON r.opened_at IS NULL
 WHERE b.operator_id = %(operator_id)s AND b.outstanding_minor < 0

-- name: collections  approved payments that could not be charged and wait for their customer or for staff
SELECT t.id::text AS subject, c.booking_id, t.id AS target, t.amount_minor, b.currency,
       (c.changed_at AT TIME ZONE %(zone)s::text)::date AS since,
       jsonb_build_object('state', c.state, 'code', c.failure_code, 'why', c.failure_message, 'tries', c.tries) AS detail
  FROM collection c
  JOIN transaction t ON t.operator_id = c.operator_id AND t.id = c.transaction_id AND t.status = 'open'
  JOIN approval a ON a.operator_id = c.operator_id AND a.transaction_id = c.transaction_id AND a.ended_at IS NULL
  JOIN booking b ON b.operator_id = c.operator_id AND b.id = c.booking_id
 WHERE c.operator_id = %(operator_id)s AND c.state IN ('needs_customer', 'needs_method', 'with_staff')

-- name: overdue  open payments past their due date, unless their collection runs or stands in `collections`
SELECT t.id::text AS subject, t.booking_id, t.id AS target, t.amount_minor, b.currency,
       t.due_date AS since,
       jsonb_build_object('source', t.source, 'start_date', b.start_date, 'type', t.type) AS detail
  FROM transaction t
  JOIN booking b ON b.operator_id = t.operator_id AND b.id = t.booking_id
 WHERE t.operator_id = %(operator_id)s AND t.status = 'open' AND t.kind = 'payment' AND t.due_date < %(today)s
   AND NOT EXISTS (SELECT 1 FROM collection c
                     JOIN approval a ON a.operator_id = c.operator_id AND a.transaction_id = c.transaction_id
                                    AND a.ended_at IS NULL
                    WHERE c.operator_id = t.operator_id AND c.transaction_id = t.id AND c.state <> 'ended')

-- name: unplanned  bookings whose plan does not come to what is outstanding; what is owed back is in `refunds`
SELECT b.id::text AS subject, b.id AS booking_id, b.id AS target,
       abs(b.outstanding_minor - b.open_payments_minor + b.open_refunds_minor) AS amount_minor, b.currency,
       (b.changed_at AT TIME ZONE %(zone)s::text)::date AS since,
       jsonb_build_object('start_date', b.start_date, 'kind',
                          CASE WHEN b.outstanding_minor - b.open_payments_minor + b.open_refunds_minor > 0
                               THEN 'payment' ELSE 'refund' END) AS detail
  FROM booking b
 WHERE b.operator_id = %(operator_id)s
   AND b.outstanding_minor - b.open_payments_minor + b.open_refunds_minor <> 0
   AND b.outstanding_minor >= 0

-- name: emails  emails that did not arrive, unless one of the kind about the same thing got through later
-- What it is about: the receipt of a movement, an invoice, a due date; other kinds tell how the booking stands. It must
-- have reached the same address, or have been sent again on purpose to the one the customer has now.
SELECT m.id::text AS subject, m.booking_id, m.id AS target, NULL::bigint AS amount_minor, NULL::text AS currency,
       (m.queued_at AT TIME ZONE %(zone)s::text)::date AS since,
       jsonb_build_object('kind', m.kind, 'status', m.status, 'problem', m.problem) AS detail
  FROM email_message m
 WHERE m.operator_id = %(operator_id)s AND m.status IN ('failed', 'bounced') AND m.booking_id IS NOT NULL
   AND m.queued_at > %(lately)s
   AND NOT EXISTS (SELECT 1 FROM email_message s
                    WHERE s.operator_id = m.operator_id AND s.booking_id = m.booking_id AND s.kind = m.kind
                      AND s.status = 'sent' AND s.queued_at > m.queued_at
                      AND (s.payload->>'receipt', s.payload->>'invoice', s.payload->>'due_date')
                          IS NOT DISTINCT FROM (m.payload->>'receipt', m.payload->>'invoice', m.payload->>'due_date')
                      AND (lower(s.to_email) = lower(m.to_email)
                        OR (s.source_key LIKE 'again:%%'
                            AND lower(s.to_email) = (SELECT lower(b.customer_email) FROM booking b
                                                      WHERE b.operator_id = m.operator_id AND b.id = m.booking_id))))

-- name: webhooks  addresses of other systems that were given up, or missed something that was not sent again
SELECT e.id::text AS subject, NULL::uuid AS booking_id, e.id AS target, NULL::bigint AS amount_minor, NULL::text AS currency,
       (coalesce(e.disabled_at, f.since) AT TIME ZONE %(zone)s::text)::date AS since,
       jsonb_build_object('url', e.url, 'name', e.description, 'failed', f.failed,
                          'disabled', e.disabled_at IS NOT NULL, 'why', e.disabled_reason) AS detail
  FROM webhook_endpoint e
  LEFT JOIN LATERAL (
    SELECT count(*) AS failed, min(d.finished_at) AS since
      FROM webhook_delivery d
      JOIN webhook_message m ON m.operator_id = d.operator_id AND m.id = d.message_id AND m.kind <> 'webhook.test'
     WHERE d.operator_id = %(operator_id)s AND d.status = 'failed' AND d.finished_at > %(lately)s
       AND d.endpoint_id = e.id
       AND NOT EXISTS (SELECT 1 FROM webhook_delivery g
                        WHERE g.operator_id = d.operator_id AND g.endpoint_id = d.endpoint_id
                          AND g.message_id = d.message_id AND g.created_at > d.created_at)
  ) f ON true
 WHERE e.operator_id = %(operator_id)s
   AND CASE WHEN e.disabled_at IS NULL THEN f.failed > 0 ELSE e.disabled_reason LIKE 'Every try failed%%' END

-- name: imports  files that were refused, whole or in part
SELECT i.id::text AS subject, NULL::uuid AS booking_id, i.id AS target, NULL::bigint AS amount_minor, NULL::text AS currency,
       (i.created_at AT TIME ZONE %(zone)s::text)::date AS since,
       jsonb_build_object('file', i.file_name, 'status', i.status, 'refused', i.refused, 'problem', i.problem) AS detail
  FROM import_run i
 WHERE i.operator_id = %(operator_id)s AND i.created_at > %(lately)s
   AND (i.status = 'failed' OR (i.status = 'done' AND i.refused > 0))

-- name: noted  an item with what staff said of it; `shown` says whether it belongs to the view that is asked for
SELECT q.*, n.assigned_to, n.snoozed_until, n.snooze_reason, n.changed_by,
       coalesce(n.snoozed_until > %(today)s, false) AS snoozed,
       coalesce(n.assigned_to = %(me)s AND (n.snoozed_until IS NULL OR n.snoozed_until <= %(today)s), false) AS mine
  FROM work q
  LEFT JOIN work_note n ON n.operator_id = %(operator_id)s AND n.queue = q.queue AND n.subject = q.subject

-- name: sums  each queue by currency
SELECT w.queue, w.currency,
       count(*) FILTER (WHERE NOT w.snoozed) AS open_count,
       count(*) FILTER (WHERE w.mine) AS mine_count,
       count(*) FILTER (WHERE w.snoozed) AS snoozed_count,
       coalesce(sum(w.amount_minor) FILTER (WHERE w.shown), 0)::bigint AS amount_minor,
       count(*) FILTER (WHERE w.shown) AS shown_count,
       min(w.since) FILTER (WHERE w.shown) AS oldest
  FROM noted w
 GROUP BY w.queue, w.currency
 ORDER BY w.queue, w.currency

-- name: items  the oldest items of each queue
SELECT w.queue, w.subject, w.target, w.amount_minor, w.currency, w.since, w.detail,
       w.assigned_to, s.name AS assigned_name, w.snoozed_until, w.snooze_reason, w.changed_by,
       b.reference, b.customer_name
  FROM (SELECT noted.*, row_number() OVER (PARTITION BY noted.queue ORDER BY noted.since, noted.subject) AS place
          FROM noted WHERE noted.shown) w
  LEFT JOIN booking b ON b.operator_id = %(operator_id)s AND b.id = w.booking_id
  LEFT JOIN staff_user s ON s.operator_id = %(operator_id)s AND s.id = w.assigned_to
 WHERE w.place > %(skip)s AND w.place <= %(skip)s + %(limit)s
 ORDER BY w.queue, w.place

-- name: note  keep what somebody said of an item; what they did not speak of stays
INSERT INTO work_note (operator_id, id, queue, subject, assigned_to, snoozed_until, snooze_reason, changed_by, changed_at)
VALUES (%(operator_id)s, %(id)s, %(queue)s, %(subject)s, %(assigned_to)s, %(snoozed_until)s, %(snooze_reason)s,
        %(changed_by)s, %(changed_at)s)
ON CONFLICT (operator_id, queue, subject) DO UPDATE
   SET assigned_to = CASE WHEN %(about)s::text = 'assigned' THEN excluded.assigned_to ELSE work_note.assigned_to END,
       snoozed_until = CASE WHEN %(about)s::text = 'snoozed' THEN excluded.snoozed_until ELSE work_note.snoozed_until END,
       snooze_reason = CASE WHEN %(about)s::text = 'snoozed' THEN excluded.snooze_reason ELSE work_note.snooze_reason END,
       changed_by = excluded.changed_by, changed_at = excluded.changed_at
