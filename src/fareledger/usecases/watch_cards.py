"""Watches the stored cards that approved payments are charged to: they expire, banks renew them, owners remove them.

A card that will not be good any more on a day something is due is announced to its owner a month before it expires,
once. What a bank changed is read again at the provider; whoever brought the news is not believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from fareledger.domain.approvals import may_be_approved
from fareledger.domain.collecting import last_good_day, last_month_to_warn_of
from fareledger.persistence import queries
from fareledger.persistence.ledger import Event, append_timeline
from fareledger.persistence.models import Booking, Mandate
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import Declined, Gateway, SavedCard
from fareledger.usecases.approval_news import card_words
from fareledger.usecases.approval_records import end_some, live_approvals
from fareledger.usecases.clock import now, today
from fareledger.usecases.lock_booking import LockedBooking, lock_booking
from fareledger.usecases.mandates import end_mandate, year_and_month
from fareledger.usecases.provider_calls import calling_provider
from fareledger.usecases.queue_email import Letter, queue_email
from fareledger.usecases.tell_collection import WORKER

BATCH: Final = 200


@dataclass(frozen=True, kw_only=True)
class _Change:
    """What became of a stored card: a sentence for the timeline, and the fact that makes it unique."""

    text: str
    key: str


def watch_cards(operator: Operator, *, batch: int = BATCH) -> int:
    """Queue the announcement of every card that expires too early for what is approved; return how many."""
    day, queued = today(operator), 0
    while True:
        with operator_transaction(operator.id):
            found = queries.rows(
                "collection.expiring",
                arguments={
                    "operator_id": operator.id,
                    "until_month": last_month_to_warn_of(day),
                    "limit": batch,
                },
            )
            told = [_warn(operator, row=row) for row in found]
        queued += sum(told)
        if not any(told) or len(found) < batch:
            return queued


def reread_card(operator: Operator, *, gateway: Gateway, reference: str) -> bool:
    """Read a stored card again at its provider and keep what it tells; say whether it is one of ours.

    A card that was removed there, or is not known there, ends its mandate. Raises ProviderFailure.
    """
    with operator_transaction(operator.id):
        ours = Mandate.objects.filter(operator_id=operator.id, provider_method=reference).order_by("-id")
        mandate = ours.first()
    if mandate is None:
        return False
    try:
        with calling_provider():
            card: SavedCard | None = gateway.payment_method(reference)
    except Declined:
        card = None
    with operator_transaction(operator.id):
        locked = lock_booking(operator, booking_id=mandate.booking_id)
        live = Mandate.objects.filter(operator_id=operator.id, id=mandate.id, ended_at=None).first()
        if live is not None:
            _keep(locked, mandate=live, card=card)
    return True


def _warn(operator: Operator, *, row: Mapping[str, Any]) -> bool:
    """Announce one card under its booking's lock, unless it was announced meanwhile or is gone."""
    last_good = last_good_day(row["card_expires"])
    booking = lock_booking(operator, booking_id=row["booking_id"]).booking
    mandate = Mandate.objects.get(operator_id=operator.id, id=row["mandate_id"])
    if mandate.ended_at is not None or mandate.expiry_noticed_at is not None:
        return False
    mandate.expiry_noticed_at = now()
    mandate.save()
    facts: dict[str, object] = {
        "instrument": card_words(mandate),
        "last_good": last_good.isoformat(),
        "last_due": row["last_due"].isoformat(),
        "payments": row["payments"],
    }
    letter = Letter(
        kind="card_expiring", source_key=f"card_expiring:{mandate.id}:{mandate.card_expires}", payload=facts
    )
    queue_email(operator, booking=booking, letter=letter)
    text = f"The customer was told that {card_words(mandate)} expires in {last_good:%B %Y}"
    _tell(booking, change=_Change(text=text, key=f"expiring:{mandate.id}:{mandate.card_expires}"))
    return True


def _keep(locked: LockedBooking, *, mandate: Mandate, card: SavedCard | None) -> None:
    booking = locked.booking
    if card is None or card.detached:
        end_mandate(mandate, because="detached")
        _end_ahead(locked)
        text = f"{card_words(mandate)} was removed at its provider; nothing is charged to it any more"
        _tell(booking, change=_Change(text=text, key=f"removed:{mandate.id}"))
        return
    before = (mandate.card_brand, mandate.card_funding, mandate.card_last4, mandate.card_expires)
    after = (card.card.brand, card.card.funding, card.card.last4, year_and_month(card.card.expires))
    if before == after:
        return
    words = card_words(mandate)
    mandate.card_brand, mandate.card_funding, mandate.card_last4, mandate.card_expires = after
    mandate.expiry_noticed_at = None if before[3] != after[3] else mandate.expiry_noticed_at
    mandate.save()
    text = f"{words} was renewed by its bank: {card_words(mandate)}, expires {mandate.card_expires}"
    _tell(booking, change=_Change(text=text, key=f"renewed:{mandate.id}:{after[2]}:{after[3]}"))


def _end_ahead(locked: LockedBooking) -> None:
    """End the approvals of what is still ahead, so that they can be given anew from another card.

    What is due by now is left to its collection, which asks for another card or way to pay.
    """
    day = today(by_id(locked.booking.operator_id))
    ahead = {row.id for row in locked.plan if may_be_approved(row, today=day)}
    lasting = live_approvals(locked.booking)
    end_some(
        locked.booking,
        approvals=[lasting[row_id] for row_id in lasting if row_id in ahead],
        because="card_removed",
    )


def _tell(booking: Booking, *, change: _Change) -> None:
    append_timeline(
        Event(
            operator_id=booking.operator_id,
            booking_id=booking.id,
            kind="stored_card",
            actor=WORKER,
            occurred_at=now(),
            payload={"text": change.text},
            source_key=f"stored_card:{change.key}",
        )
    )
