"""The payment: its states, the edges between them and its row.

What a card does to it is in `charging`; this module only moves it along an edge and records the event of that
edge.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox_acquirer import banks, events
from sandbox_acquirer.clock import iso
from sandbox_acquirer.errors import NotFound
from sandbox_acquirer.work import Work

UNPAID = ("requires_card", "requires_action")

# (state before, what happens) → state after
EDGES: dict[tuple[str, str], str] = {
    ("requires_card", "approved"): "succeeded",
    ("requires_card", "declined"): "requires_card",
    ("requires_card", "declined_off_session"): "failed",
    ("requires_card", "challenged"): "requires_action",
    ("requires_card", "taken_in"): "processing",
    ("requires_card", "cancelled"): "cancelled",
    ("requires_card", "timed_out"): "expired",
    ("requires_action", "approved"): "succeeded",
    ("requires_action", "declined"): "requires_card",
    ("requires_action", "taken_in"): "processing",
    ("requires_action", "failed"): "failed",
    ("requires_action", "cancelled"): "cancelled",
    ("requires_action", "timed_out"): "expired",
    ("processing", "approved"): "succeeded",
    ("processing", "failed"): "failed",
}

# what happens → webhooks it sends
EVENTS: dict[str, tuple[str, ...]] = {
    "approved": ("payment.succeeded",),
    "declined": ("payment.declined",),
    "declined_off_session": ("payment.declined", "payment.failed"),
    "challenged": ("payment.requires_action",),
    "taken_in": (),
    "failed": ("payment.failed",),
    "cancelled": ("payment.cancelled",),
    "timed_out": ("payment.expired",),
}

CHANGEABLE = {
    "card", "behaviour", "fingerprint", "last_failure", "payment_method", "captured_at", "finish_at",
}  # fmt: skip


@dataclass(frozen=True)
class Payment:
    """One row of `payment`, as read."""

    row: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.row[name]
        except KeyError as error:
            raise AttributeError(name) from error

    def parsed(self, name: str) -> Any:
        """Return a JSON column parsed, or None."""
        text = self.row[name]
        return None if text is None else json.loads(text)

    def due(self, now: str) -> bool:
        """Say whether the payment should have expired or finished processing by `now` (ISO text)."""
        if self.status in UNPAID:
            return bool(self.expires_at <= now)
        return bool(self.status == "processing" and self.finish_at <= now)

    def public(self, base_url: str) -> dict[str, object]:
        """Return the payment object of the API."""
        row = self.row
        query = f"{row['id']}?token={row['frame_token']}"
        bank = banks.of_payment(row["bank"]) if row["method"] == "bank" else None
        return {
            "id": row["id"],
            "object": "payment",
            "status": row["status"],
            "amount": row["amount"],
            "currency": row["currency"],
            "reference": row["reference"],
            "description": row["description"],
            "created": row["created"],
            "captured_at": row["captured_at"],
            "expires_at": row["expires_at"],
            "return_url": row["return_url"],
            "method": row["method"],
            "bank": bank.public() if bank else None,
            "redirect_url": f"{base_url}/bank/{query}" if bank else None,
            "frame_url": None if bank else f"{base_url}/frame/{query}",
            "hosted_url": f"{base_url}/{'bank' if bank else 'pay'}/{query}",
            "last_failure": self.parsed("last_failure"),
            "card": self.parsed("card"),
            "payment_method": row["payment_method"],
            "amount_refunded": row["amount_refunded"],
            "off_session": bool(row["off_session"]),
            "livemode": False,
        }


def move(work: Work, *, payment: Payment, event: str, changes: Mapping[str, object] | None = None) -> Payment:
    """Move a payment along the edge `event`, store `changes` with it and record its webhooks.

    Needs the payment as read in this transaction. Raises KeyError when its state has no such edge: callers
    look first.
    """
    status = EDGES[(payment.status, event)]
    columns: dict[str, object] = {"status": status, **(changes or {})}
    if unknown := set(columns) - CHANGEABLE - {"status"}:
        raise KeyError(unknown)
    assignments = ", ".join(f"{column} = :{column}" for column in columns)
    work.tx.execute(f"UPDATE payment SET {assignments} WHERE id = :id", {**columns, "id": payment.id})  # noqa: S608
    moved = by_id(work.tx, payment_id=payment.id)
    for event_type in EVENTS[event]:
        events.record(
            work, merchant_id=moved.merchant_id, event_type=event_type, subject=moved.public(work.base_url)
        )
    return moved


def insert(work: Work, *, columns: Mapping[str, object]) -> Payment:
    """Insert a payment; `columns` comes from this program, never from a request's names."""
    names = ", ".join(columns)
    places = ", ".join(f":{name}" for name in columns)
    work.tx.execute(f"INSERT INTO payment ({names}) VALUES ({places})", dict(columns))  # noqa: S608
    return by_id(work.tx, payment_id=str(columns["id"]))


def by_id(connection: sqlite3.Connection, *, payment_id: str, merchant_id: str | None = None) -> Payment:
    """Return a payment, of one merchant when that is given.

    Raises NotFound when there is none.
    """
    row = connection.execute("SELECT * FROM payment WHERE id = ?", (payment_id,)).fetchone()
    if row is None or (merchant_id is not None and row["merchant_id"] != merchant_id):
        raise NotFound("payment_not_found", message="There is no such payment.", param="id")
    return Payment(dict(row))


def by_reference(connection: sqlite3.Connection, *, merchant_id: str, reference: str | None) -> list[Payment]:
    """Return at most 100 payments of a merchant, newest first, those with the reference when one is given."""
    where, values = "merchant_id = ?", [merchant_id]
    if reference is not None:
        where, values = where + " AND reference = ?", [merchant_id, reference]
    rows = connection.execute(
        f"SELECT * FROM payment WHERE {where} ORDER BY seq DESC LIMIT 100",  # noqa: S608
        values,
    )
    return [Payment(dict(row)) for row in rows]


def catch_up(work: Work, *, payment: Payment) -> Payment:
    """Expire or finish a payment whose time has come, as of that time."""
    if not payment.due(iso(work.now)):
        return payment
    if payment.status == "processing":
        return move(work, payment=payment, event="approved", changes={"captured_at": payment.finish_at})
    return move(work, payment=payment, event="timed_out")
