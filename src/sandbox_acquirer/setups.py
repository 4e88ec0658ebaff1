"""The set-up: a card saved for later without a payment. Its states, the edges between them and its row.

What a card does to it is in `saving`; this module only moves it along an edge and records the event of that
edge.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox_acquirer import events
from sandbox_acquirer.clock import iso
from sandbox_acquirer.errors import NotFound
from sandbox_acquirer.work import Work

OPEN = ("requires_card", "requires_action")

# (state before, what happens) → state after
EDGES: dict[tuple[str, str], str] = {
    ("requires_card", "approved"): "succeeded",
    ("requires_card", "declined"): "requires_card",
    ("requires_card", "declined_too_often"): "failed",
    ("requires_card", "challenged"): "requires_action",
    ("requires_card", "cancelled"): "cancelled",
    ("requires_card", "timed_out"): "expired",
    ("requires_action", "approved"): "succeeded",
    ("requires_action", "declined"): "requires_card",
    ("requires_action", "declined_too_often"): "failed",
    ("requires_action", "cancelled"): "cancelled",
    ("requires_action", "timed_out"): "expired",
}

# what happens → webhooks it sends
EVENTS: dict[str, tuple[str, ...]] = {
    "approved": ("setup.succeeded",),
    "declined": ("setup.declined",),
    "declined_too_often": ("setup.declined", "setup.failed"),
    "challenged": (),
    "cancelled": ("setup.cancelled",),
    "timed_out": ("setup.expired",),
}

CHANGEABLE = {"card", "behaviour", "fingerprint", "last_failure", "payment_method", "declines"}


@dataclass(frozen=True)
class Setup:
    """One row of `setup`, as read."""

    row: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.row[name]
        except KeyError as error:
            raise AttributeError(name) from error

    @property
    def method(self) -> str:
        """What is saved: always a card."""
        return "card"

    def parsed(self, name: str) -> Any:
        """Return a JSON column parsed, or None."""
        text = self.row[name]
        return None if text is None else json.loads(text)

    def due(self, now: str) -> bool:
        """Say whether the set-up should have expired by `now` (ISO text)."""
        return bool(self.status in OPEN and self.expires_at <= now)

    def public(self, base_url: str) -> dict[str, object]:
        """Return the set-up object of the API."""
        row = self.row
        query = f"{row['id']}?token={row['frame_token']}"
        return {
            "id": row["id"],
            "object": "setup",
            "status": row["status"],
            "reference": row["reference"],
            "created": row["created"],
            "expires_at": row["expires_at"],
            "return_url": row["return_url"],
            "frame_url": f"{base_url}/frame/{query}",
            "hosted_url": f"{base_url}/pay/{query}",
            "last_failure": self.parsed("last_failure"),
            "card": self.parsed("card"),
            "payment_method": row["payment_method"],
            "livemode": False,
        }


def move(work: Work, *, setup: Setup, event: str, changes: Mapping[str, object] | None = None) -> Setup:
    """Move a set-up along the edge `event`, store `changes` with it and record its webhooks.

    Needs the set-up as read in this transaction. Raises KeyError when its state has no such edge.
    """
    columns: dict[str, object] = {"status": EDGES[(setup.status, event)], **(changes or {})}
    if unknown := set(columns) - CHANGEABLE - {"status"}:
        raise KeyError(unknown)
    assignments = ", ".join(f"{column} = :{column}" for column in columns)
    work.tx.execute(f"UPDATE setup SET {assignments} WHERE id = :id", {**columns, "id": setup.id})  # noqa: S608
    moved = by_id(work.tx, setup_id=setup.id)
    for event_type in EVENTS[event]:
        events.record(
            work, merchant_id=moved.merchant_id, event_type=event_type, subject=moved.public(work.base_url)
        )
    return moved


def insert(work: Work, *, columns: Mapping[str, object]) -> Setup:
    """Insert a set-up; `columns` comes from this program, never from a request's names."""
    names = ", ".join(columns)
    places = ", ".join(f":{name}" for name in columns)
    work.tx.execute(f"INSERT INTO setup ({names}) VALUES ({places})", dict(columns))  # noqa: S608
    return by_id(work.tx, setup_id=str(columns["id"]))


def by_id(connection: sqlite3.Connection, *, setup_id: str, merchant_id: str | None = None) -> Setup:
    """Return a set-up, of one merchant when that is given.

    Raises NotFound when there is none.
    """
    row = connection.execute("SELECT * FROM setup WHERE id = ?", (setup_id,)).fetchone()
    if row is None or (merchant_id is not None and row["merchant_id"] != merchant_id):
        raise NotFound("setup_not_found", message="There is no such set-up.", param="id")
    return Setup(dict(row))


def by_reference(connection: sqlite3.Connection, *, merchant_id: str, reference: str | None) -> list[Setup]:
    """Return at most 100 set-ups of a merchant, newest first, those with the reference when one is given."""
    where, values = "merchant_id = ?", [merchant_id]
    if reference is not None:
        where, values = where + " AND reference = ?", [merchant_id, reference]
    rows = connection.execute(
        f"SELECT * FROM setup WHERE {where} ORDER BY seq DESC LIMIT 100",  # noqa: S608
        values,
    )
    return [Setup(dict(row)) for row in rows]


def catch_up(work: Work, *, setup: Setup) -> Setup:
    """Expire a set-up whose time has come."""
    return move(work, setup=setup, event="timed_out") if setup.due(iso(work.now)) else setup
