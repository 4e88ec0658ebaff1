-- Messages to other systems of the operator, and their deliveries.

-- name: listeners
SELECT id, events FROM webhook_endpoint WHERE operator_id = %(operator_id)s AND disabled_at IS NULL

-- name: announce  one message a fact; a fact that was told before has neither a second message nor deliveries
WITH told AS (
  INSERT INTO webhook_message (operator_id, id, booking_id, kind, source_key, body, created_at)
  SELECT %(operator_id)s, m.id, m.booking_id, m.kind, m.source_key, m.body, %(at)s
    FROM jsonb_to_recordset(%(messages)s::jsonb)
      AS m(id uuid, booking_id uuid, kind text, source_key text, body text)
  ON CONFLICT (operator_id, source_key) DO NOTHING
  RETURNING id
)
INSERT INTO webhook_delivery (operator_id, id, endpoint_id, message_id, status, tries, next_try_at, created_at)
SELECT %(operator_id)s, d.id, d.endpoint_id, d.message_id, 'waiting', 0, %(at)s, %(at)s
  FROM jsonb_to_recordset(%(deliveries)s::jsonb) AS d(id uuid, endpoint_id uuid, message_id uuid)
  JOIN told ON told.id = d.message_id
RETURNING endpoint_id

-- name: claim  take the delivery that has waited longest, for as long as one try may last
WITH due AS (
  SELECT d.id
    FROM webhook_delivery d
   WHERE d.operator_id = %(operator_id)s AND d.endpoint_id = %(endpoint_id)s
     AND d.status = 'waiting' AND d.next_try_at <= %(now)s
     AND EXISTS (SELECT 1 FROM webhook_endpoint e
                  WHERE e.operator_id = d.operator_id AND e.id = d.endpoint_id AND e.disabled_at IS NULL)
   ORDER BY d.next_try_at, d.id
   LIMIT 1
     FOR UPDATE OF d SKIP LOCKED
), claimed AS (
  UPDATE webhook_delivery d SET next_try_at = %(until)s
    FROM due WHERE d.operator_id = %(operator_id)s AND d.id = due.id
  RETURNING d.id, d.endpoint_id, d.message_id
)
SELECT c.id, c.message_id, e.url, e.secrets, m.body, m.kind
  FROM claimed c
  JOIN webhook_endpoint e ON e.operator_id = %(operator_id)s AND e.id = c.endpoint_id
  JOIN webhook_message m ON m.operator_id = %(operator_id)s AND m.id = c.message_id

-- name: due_endpoints  addresses for which something waits longer than it should
SELECT DISTINCT d.endpoint_id
  FROM webhook_delivery d
  JOIN webhook_endpoint e ON e.operator_id = d.operator_id AND e.id = d.endpoint_id AND e.disabled_at IS NULL
 WHERE d.operator_id = %(operator_id)s AND d.status = 'waiting' AND d.next_try_at < %(since)s
 LIMIT %(limit)s

-- name: failing_since  when the first try failed after the last one that was answered well
-- (a delivery is tried for less than five days, so older ones have no try since then)
SELECT min(t.at) AS since
  FROM (SELECT greatest(%(enabled_at)s::timestamptz,
          (SELECT g.finished_at FROM webhook_delivery g
            WHERE g.operator_id = %(operator_id)s AND g.endpoint_id = %(endpoint_id)s AND g.status = 'delivered'
            ORDER BY g.created_at DESC LIMIT 1)) AS at) well
  JOIN webhook_delivery d ON d.operator_id = %(operator_id)s AND d.endpoint_id = %(endpoint_id)s
                         AND d.created_at > well.at - interval '5 days'
  JOIN webhook_try t ON t.operator_id = d.operator_id AND t.delivery_id = d.id AND t.at > well.at

-- name: endpoints  every address with how its last days went
SELECT e.id, e.url, e.description, e.events, cardinality(e.secrets) AS live_secrets, e.created_by, e.created_at,
       e.disabled_at, e.disabled_reason, w.delivered, w.waiting, w.failed, w.last_delivered_at
  FROM webhook_endpoint e
  LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE d.status = 'delivered') AS delivered,
           count(*) FILTER (WHERE d.status = 'waiting') AS waiting,
           count(*) FILTER (WHERE d.status = 'failed') AS failed,
           max(d.finished_at) FILTER (WHERE d.status = 'delivered') AS last_delivered_at
      FROM webhook_delivery d
     WHERE d.operator_id = e.operator_id AND d.endpoint_id = e.id AND d.created_at > %(since)s
  ) w ON true
 WHERE e.operator_id = %(operator_id)s
 ORDER BY e.disabled_at IS NOT NULL, e.created_at, e.id

-- name: deliveries  the log of one address, newest first
SELECT d.id, d.message_id, d.replay_of, d.status, d.tries, d.next_try_at, d.created_at, d.finished_at,
       m.kind, b.reference, t.response_status, t.problem
  FROM webhook_delivery d
  JOIN webhook_message m ON m.operator_id = d.operator_id AND m.id = d.message_id
  LEFT JOIN booking b ON b.operator_id = m.operator_id AND b.id = m.booking_id
  LEFT JOIN LATERAL (
    SELECT t.response_status, t.problem FROM webhook_try t
     WHERE t.operator_id = d.operator_id AND t.delivery_id = d.id
     ORDER BY t.at DESC LIMIT 1
  ) t ON true
 WHERE d.operator_id = %(operator_id)s AND d.endpoint_id = %(endpoint_id)s
   AND (%(status)s::text = '' OR d.status = %(status)s::text)
   AND (%(before_at)s::timestamptz IS NULL
        OR (d.created_at, d.id) < (%(before_at)s::timestamptz, %(before_id)s::uuid))
 ORDER BY d.created_at DESC, d.id DESC
 LIMIT %(limit)s
