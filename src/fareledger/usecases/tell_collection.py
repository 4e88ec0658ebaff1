"""Tells of a turn in the collection of an approved payment: the booking's timeline, other systems, the customer.

Everything happens inside the caller's operator transaction, under the booking's lock, and once for each turn. What turn
it is was decided before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from fareledger.persistence.ledger import Event as TimelineEvent
from fareledger.persistence.ledger import append_timeline
from fareledger.persistence.models import Booking, Mandate, Transaction
from fareledger.persistence.operators import Operator
from fareledger.usecases.announce import News, announce
from fareledger.usecases.approval_news import card_words
from fareledger.usecases.clock import now
from fareledger.usecases.event_wording import plain_amount
from fareledger.usecases.portal_address import charge_page
from fareledger.usecases.queue_email import EmailKind, Letter, queue_email
from fareledger.usecases.send_portal_link import ChargeLink, make_link

WORKER: Final = "Worker"
# What of a booking's story is told to other systems.
_TOLD: Final[Mapping[str, str]] = {
    "collection_noticed": "collection.noticed",
    "collection_retrying": "collection.retrying",
    "collection_needs_customer": "collection.needs_customer",
    "collection_needs_method": "collection.needs_method",
    "collection_needs_staff": "collection.needs_staff",
}


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One turn: its name, the sentence for the timeline, what makes it this turn and no other, and who did it.

    `next_on` is the operator-local day of the next charge, `code` the provider's reason.
    """

    kind: str
    text: str
    key: str
    actor: str = WORKER
    next_on: date | None = None
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class ChargeLetter:
    """An email to the customer about one charge; with `links` it leads to the page of that charge."""

    kind: EmailKind
    key: str
    links: bool = False
    facts: Mapping[str, object] = field(default_factory=dict)


def tell_turn(row: Transaction, *, booking: Booking, turn: Turn) -> bool:
    """Write a turn into the timeline and announce it; False when it was told before."""
    amount = plain_amount(row.amount_minor, currency=booking.currency)
    told = append_timeline(
        TimelineEvent(
            operator_id=booking.operator_id,
            booking_id=booking.id,
            kind=turn.kind,
            actor=turn.actor,
            occurred_at=now(),
            payload={
                "text": f"{amount}: {turn.text}",
                "amount_minor": row.amount_minor,
                "currency": booking.currency,
                "transaction_id": str(row.id),
            },
            source_key=f"{turn.kind}:{row.id}:{turn.key}",
        )
    )
    if told and turn.kind in _TOLD:
        _announce(row, booking=booking, turn=turn)
    return told


def write_to_customer(
    operator: Operator, *, booking: Booking, row: Transaction, mandate: Mandate, letter: ChargeLetter
) -> UUID | None:
    """Queue an email about a charge; None when this one was queued before."""
    facts: dict[str, object] = {
        "amount_minor": row.amount_minor,
        "due_date": row.due_date.isoformat(),
        "instrument": card_words(mandate),
        **letter.facts,
    }
    if letter.links:
        # Only where its bank asks for them may whoever holds the link have the stored card charged.
        about = ChargeLink(row_id=row.id, may_charge=letter.kind == "charge_needs_you")
        seed, expires_at = make_link(operator, booking=booking, asked_by="operator", about=about)
        facts |= {
            "link_seed": seed,
            "expires_at": expires_at.isoformat(),
            "asked_by": "operator",
            "wanted": charge_page(row.id),
        }
    source_key = f"{letter.kind}:{letter.key}"
    return queue_email(
        operator, booking=booking, letter=Letter(kind=letter.kind, source_key=source_key, payload=facts)
    )


def _announce(row: Transaction, *, booking: Booking, turn: Turn) -> None:
    event = _TOLD[turn.kind]
    data = {
        "transaction_id": str(row.id),
        "amount": row.amount_minor,
        "currency": booking.currency,
        "due_date": row.due_date.isoformat(),
        "next_on": turn.next_on.isoformat() if turn.next_on else None,
        "reason": turn.code,
    }
    news = News(
        event=event,
        booking_id=booking.id,
        source_key=f"{event}:{row.id}:{turn.key}",
        data={"collection": data},
    )
    announce(booking.operator_id, news=[news])
