-- The inbox of webhooks.

-- name: store
-- Keeps one delivery; a second one of the same event is not stored and returns no row.
INSERT INTO webhook_event (operator_id, id, provider, event_id, event_type, body, body_sha256, headers, status, problem, "references", received_at)
VALUES (%(operator_id)s, %(id)s, %(provider)s, %(event_id)s, %(event_type)s, %(body)s, %(body_sha256)s, %(headers)s::jsonb, %(status)s, %(problem)s, %(references)s, %(received_at)s)
ON CONFLICT DO NOTHING
RETURNING id
