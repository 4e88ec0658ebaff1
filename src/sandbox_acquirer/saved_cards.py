"""Saved cards: what is kept of one, its life after it was saved, and how often it was declined off session.

Charging one is the business of `charging`. No number is here, only what a presented card leaves behind.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox_acquirer import events, merchants
from sandbox_acquirer.cards import BEHAVIOURS, BY_NUMBER, COUNTRY, Card, PresentedCard, fingerprint_of
from sandbox_acquirer.clock import iso
from sandbox_acquirer.errors import Answer, InvalidRequest, NotFound
from sandbox_acquirer.fields import Fields
from sandbox_acquirer.identity import new_id
from sandbox_acquirer.pipeline import Call
from sandbox_acquirer.storage import setting
from sandbox_acquirer.work import Work

FIRST_YEAR, LAST_YEAR = 2000, 2099


@dataclass(frozen=True)
class SavedCard:
    """One row of `payment_method`, as read."""

    row: Mapping[str, Any]

    @property
    def presented(self) -> PresentedCard:
        """The card as if it were entered again."""
        card = Card(**json.loads(self.row["card"]))
        return PresentedCard(card, self.row["behaviour"], self.row["fingerprint"])

    @property
    def is_declined_again(self) -> bool:
        """Say whether a charge without its owner is declined once more."""
        most = BEHAVIOURS[self.row["behaviour"]].off_session_declines
        return most is None or bool(self.row["declines"] < most)

    def public(self) -> dict[str, object]:
        """Return the saved card's object of the API."""
        return {
            "id": self.row["id"],
            "object": "payment_method",
            "card": json.loads(self.row["card"]),
            "created": self.row["created"],
            "detached_at": self.row["detached_at"],
        }


def save(work: Work, *, merchant_id: str, presented: PresentedCard) -> str:
    """Save a card that was approved and return its id."""
    method_id = new_id("pm")
    work.tx.execute(
        "INSERT INTO payment_method (id, merchant_id, card, behaviour, fingerprint, created)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            method_id, merchant_id, json.dumps(presented.card.public()), presented.behaviour,
            presented.fingerprint, iso(work.now),
        ),
    )  # fmt: skip
    return method_id


def by_id(connection: sqlite3.Connection, *, method_id: str, merchant_id: str | None = None) -> SavedCard:
    """Return a saved card, of one merchant when that is given.

    Raises NotFound when there is none.
    """
    row = connection.execute("SELECT * FROM payment_method WHERE id = ?", (method_id,)).fetchone()
    if row is None or (merchant_id is not None and row["merchant_id"] != merchant_id):
        raise NotFound("payment_method_not_found", message="There is no such saved card.", param="id")
    return SavedCard(dict(row))


def require_usable(work: Work, *, merchant_id: str, method_id: str) -> None:
    """Check that a saved card exists, is the merchant's and may still be charged.

    Raises InvalidRequest when it may not.
    """
    try:
        found = by_id(work.tx, method_id=method_id, merchant_id=merchant_id)
    except NotFound as error:
        raise InvalidRequest(error.code, message=error.message, param="payment_method") from error
    if found.row["detached_at"] is not None:
        message = "This saved card was detached and cannot be charged any more."
        raise InvalidRequest("payment_method_detached", message=message, param="payment_method")


def count_decline(work: Work, *, method_id: str) -> None:
    """Note that a charge without the owner was declined."""
    work.tx.execute("UPDATE payment_method SET declines = declines + 1 WHERE id = ?", (method_id,))


def get_payment_method(call: Call) -> Answer:
    """Return a saved card."""
    reader = call.sandbox.storage.reader()
    return Answer(by_id(reader, method_id=call.path["id"], merchant_id=call.merchant_id).public())


def detach(work: Work, call: Call, /) -> Answer:
    """Make a saved card unusable for good; detaching it again changes nothing."""
    Fields(call.body, allowed=())
    found = by_id(work.tx, method_id=call.path["id"], merchant_id=call.merchant_id)
    work.tx.execute(
        "UPDATE payment_method SET detached_at = coalesce(detached_at, ?) WHERE id = ?",
        (iso(work.now), found.row["id"]),
    )
    return Answer(by_id(work.tx, method_id=call.path["id"]).public())


def save_for_merchant(work: Work, call: Call, /) -> Answer:
    """Save a test card without its owner, for a demo whose customers saved theirs long ago."""
    fields = Fields(call.body, allowed={"number", "exp_month", "exp_year"})
    merchant = merchants.by_id(work.tx, merchant_id=call.path["id"])
    expiry = _expiry(fields, default=None)
    presented = _test_card(work, fields=fields, expiry=expiry)
    method_id = save(work, merchant_id=merchant.id, presented=presented)
    return Answer(by_id(work.tx, method_id=method_id).public())


def change(work: Work, call: Call, /) -> Answer:
    """Move a saved card's expiry, or let its bank replace it by the test card `number`; the merchant is told."""
    fields = Fields(call.body, allowed={"number", "exp_month", "exp_year"})
    found = by_id(work.tx, method_id=call.path["id"])
    old = found.presented
    expiry = _expiry(fields, default=(old.card.exp_month, old.card.exp_year))
    if fields.given("number"):
        new = _test_card(work, fields=fields, expiry=expiry)
    else:
        new = replace(old, card=replace(old.card, exp_month=expiry[0], exp_year=expiry[1]))
    return Answer(store_change(work, found=found, new=new))


def store_change(work: Work, *, found: SavedCard, new: PresentedCard) -> dict[str, object]:
    """Store what a saved card has become and record its event; its declines count from nought again."""
    work.tx.execute(
        "UPDATE payment_method SET card = ?, behaviour = ?, fingerprint = ?, declines = 0 WHERE id = ?",
        (json.dumps(new.card.public()), new.behaviour, new.fingerprint, found.row["id"]),
    )
    subject = by_id(work.tx, method_id=found.row["id"]).public()
    events.record(
        work, merchant_id=found.row["merchant_id"], event_type="payment_method.updated", subject=subject
    )
    return subject


def _expiry(fields: Fields, *, default: tuple[int, int] | None) -> tuple[int, int]:
    if default is not None and not fields.given("exp_month") and not fields.given("exp_year"):
        return default
    return (
        fields.integer("exp_month", least=1, most=12),
        fields.integer("exp_year", least=FIRST_YEAR, most=LAST_YEAR),
    )


def _test_card(work: Work, *, fields: Fields, expiry: tuple[int, int]) -> PresentedCard:
    number = fields.text("number", longest=19)
    found = BY_NUMBER.get(number)
    if found is None:
        raise fields.refuse("number", message="number must be one of the test cards.")
    card = Card(found.brand, found.funding, number[-4:], *expiry, country=COUNTRY)
    key = setting(work.tx, name="fingerprint_key", default=new_id("fpk", length=40))
    return PresentedCard(card, found.behaviour, fingerprint_of(number, key=key))
