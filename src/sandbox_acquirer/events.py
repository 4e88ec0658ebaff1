"""Record what happened, in the transaction in which it happened, so that its webhook is never lost and never
early.

Delivery is the business of `webhooks`.
"""

from __future__ import annotations

import json

from sandbox_acquirer.clock import iso, wall_ms
from sandbox_acquirer.identity import new_id
from sandbox_acquirer.work import Work


def record(work: Work, *, merchant_id: str, event_type: str, subject: dict[str, object]) -> str:
    """Store an event with the body its webhook will have, and return its id."""
    event_id = new_id("evt")
    created = iso(work.now)
    body = json.dumps(
        {"id": event_id, "type": event_type, "created": created, "data": {"object": subject}},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    work.tx.execute(
        "INSERT INTO event (id, merchant_id, type, object_id, body, created, state, next_try_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?)",
        (event_id, merchant_id, event_type, subject["id"], body, created, wall_ms()),
    )
    return event_id
