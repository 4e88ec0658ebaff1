-- What an open page asks every few seconds.

-- name: mark (grows with entries, events, attempts and emails of the booking, and with its version)
SELECT concat_ws('.', b.version, coalesce(c.entry_seq, 0), coalesce(c.event_seq, 0),
                 (SELECT count(*) FROM email_message m
                   WHERE m.operator_id = b.operator_id AND m.booking_id = b.id AND m.status <> 'queued'),
                 (SELECT count(*) FROM email_message m WHERE m.operator_id = b.operator_id AND m.booking_id = b.id),
                 (SELECT coalesce((extract(epoch FROM max(a.changed_at)) * 1000000)::bigint, 0) FROM attempt a
                   WHERE a.operator_id = b.operator_id AND a.booking_id = b.id)) AS mark
  FROM booking b
  LEFT JOIN booking_chain c ON c.operator_id = b.operator_id AND c.booking_id = b.id
 WHERE b.operator_id = %(operator_id)s AND b.reference_key = %(reference_key)s
