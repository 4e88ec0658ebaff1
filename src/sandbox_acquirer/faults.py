"""Faults an admin asks for, so that a caller can be tested against a bad day.

A fault waits for its next request (or webhook) of a given name, happens `count` times and is gone. Taking one
is a transaction of its own, so that it happens once even when the request it hits is rolled back.
"""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass

from sandbox_acquirer.errors import Answer
from sandbox_acquirer.fields import Fields
from sandbox_acquirer.storage import Storage
from sandbox_acquirer.work import Work

REQUEST_KINDS = ("delay", "drop_answer", "error_after_success", "error_before")
WEBHOOK_KINDS = ("duplicate_webhook", "reorder_webhooks", "forge_webhook", "hold_webhooks")
KINDS = REQUEST_KINDS + WEBHOOK_KINDS
PLACES = (
    "create_payment", "get_payment", "list_payments", "cancel_payment", "create_setup", "get_setup",
    "list_setups", "cancel_setup", "get_payment_method", "detach_payment_method", "list_banks", "create_refund",
    "get_refund", "list_refunds",
    "list_payouts", "list_payout_lines", "frame", "confirm", "challenge", "bank",
    "bank_answer", "webhook",
)  # fmt: skip
LONGEST_DELAY_MS = 120_000


@dataclass(frozen=True)
class Fault:
    """A fault that is happening now."""

    kind: str
    ms: int


def order_fault(work: Work, *, body: dict[str, object]) -> dict[str, object]:
    """Order a fault; `where` is a route name, for webhook faults also an event type such as
    payment.succeeded.

    Raises InvalidRequest for an unknown kind or place.
    """
    fields = Fields(body, allowed={"kind", "count", "where", "ms"})
    kind = fields.text("kind")
    if kind not in KINDS:
        raise fields.refuse("kind", message=f"kind must be one of {', '.join(KINDS)}.")
    count = fields.integer("count", least=1, most=100_000) if fields.given("count") else 1
    ms = fields.integer("ms", least=0, most=LONGEST_DELAY_MS) if fields.given("ms") else 0
    place = fields.optional_text("where", longest=40)
    if kind == "delay" and not ms:
        raise fields.refuse("ms", code="parameter_missing", message="A delay needs its milliseconds as ms.")
    webhook_place = place == "webhook" or (place is not None and "." in place)
    known = place is None or (webhook_place if kind in WEBHOOK_KINDS else place in PLACES)
    if not known or (place == "webhook" and kind in REQUEST_KINDS and kind != "delay"):
        raise fields.refuse("where", message=f"{kind} cannot happen there.")
    cursor = work.tx.execute(
        "INSERT INTO fault (kind, place, ms, left_count) VALUES (?, ?, ?, ?)", (kind, place, ms, count)
    )
    return {"id": cursor.lastrowid, "kind": kind, "where": place, "ms": ms, "count": count}


def listed(connection: sqlite3.Connection) -> list[dict[str, object]]:
    """Return the faults that are still to happen."""
    rows = connection.execute("SELECT * FROM fault WHERE left_count > 0 ORDER BY id")
    return [
        {
            "id": row["id"],
            "kind": row["kind"],
            "where": row["place"],
            "ms": row["ms"],
            "count": row["left_count"],
        }
        for row in rows
    ]


def clear(work: Work) -> int:
    """Forget all faults and let webhooks that were held back go; return how many faults were forgotten."""
    work.tx.execute("UPDATE event SET state = 'waiting', faultable = 0 WHERE state IN ('held', 'swapped')")
    return work.tx.execute("DELETE FROM fault").rowcount


def take_for_request(storage: Storage, *, place: str) -> Fault | None:
    """Use up one fault that fits a request; one without a place hits any request."""
    kinds = ", ".join(f"'{kind}'" for kind in REQUEST_KINDS)
    return _take(storage, fits=f"kind IN ({kinds}) AND (place IS NULL OR place = ?)", values=(place,))


def take_for_webhook(storage: Storage, *, event_type: str) -> Fault | None:
    """Use up one fault that fits the first delivery of an event."""
    kinds = ", ".join(f"'{kind}'" for kind in WEBHOOK_KINDS)
    spoiled = f"kind IN ({kinds}) AND (place IS NULL OR place IN ('webhook', ?))"
    fits = f"({spoiled}) OR (kind = 'delay' AND place = 'webhook')"
    return _take(storage, fits=fits, values=(event_type,))


def wait(fault: Fault | None, *, stopping: threading.Event) -> None:
    """Wait out a delay; a stop of the process ends it."""
    if fault is not None and fault.kind == "delay":
        stopping.wait(fault.ms / 1000)


def error_before(fault: Fault | None) -> Answer | None:
    """Return the 500 that comes before anything was done, when that is the fault."""
    if fault is None or fault.kind != "error_before":
        return None
    message = "The acquirer is not available at the moment."
    return Answer(
        status=500, body={"error": {"type": "api_error", "code": "unavailable", "message": message}}
    )


def _take(storage: Storage, *, fits: str, values: tuple[str, ...]) -> Fault | None:
    query = f"SELECT id, kind, ms FROM fault WHERE left_count > 0 AND ({fits}) ORDER BY id LIMIT 1"  # noqa: S608
    if storage.reader().execute(query, values).fetchone() is None:
        return None
    with storage.transaction() as tx:
        row = tx.execute(query, values).fetchone()
        if row is None:
            return None
        tx.execute("UPDATE fault SET left_count = left_count - 1 WHERE id = ?", (row["id"],))
        tx.execute("DELETE FROM fault WHERE left_count = 0")
        return Fault(row["kind"], row["ms"])
