"""Posts what happened to a booking into its journal, and tells it on its timeline.

The entries themselves are made by `fareledger.domain.ledger`; this adds the booking, the moment and the
source that lets one outside fact post once. Everything here happens inside the caller's operator
transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from fareledger.domain import ledger
from fareledger.domain.protection import Policy, still_held
from fareledger.persistence.ledger import Event, Fact, append_timeline, balances, post
from fareledger.persistence.models import Booking
from fareledger.persistence.operators import Operator
from fareledger.usecases.announce import announce_told
from fareledger.usecases.booking_rows import Arrival
from fareledger.usecases.show_booking import OFFLINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The outside fact behind an entry, how it came in and when; `day` is the operator's accounting date."""

    name: str
    id: str
    provider: str
    channel: str
    occurred_at: datetime
    recorded_at: datetime
    day: date

    @classmethod
    def of_version(cls, booking: Booking, *, arrival: Arrival) -> Source:
        """Make the source of what one version of a booking brings."""
        return cls(
            name="booking",
            id=f"{booking.id}:{booking.version}",
            provider="",
            channel=arrival.channel,
            occurred_at=arrival.at,
            recorded_at=arrival.at,
            day=arrival.day,
        )

    @property
    def key(self) -> str:
        """The name under which the fact is told once."""
        return f"{self.name}:{self.id}"


def post_sale(booking: Booking, *, source: Source) -> None:
    """Post the sale of a new booking; a booking with nothing to pay has no entry."""
    post_entry(sale_posting(booking), booking=booking, source=source)


def sale_posting(booking: Booking) -> ledger.Posting | None:
    """Make the entry of a new booking's sale; None when there is nothing to pay."""
    payable = booking.sales_price_minor - booking.non_payable_minor
    return ledger.booking_sold(payable, currency=booking.currency)


def post_sale_change(booking: Booking, *, delta_minor: int, source: Source) -> None:
    """Post by how much the payable amount rose or fell; nothing when it stayed."""
    posting = ledger.sale_changed(
        delta_minor,
        currency=booking.currency,
        travel_completed=booking.travel_completed_on is not None,
    )
    post_entry(posting, booking=booking, source=source)


def post_payment(booking: Booking, *, operator: Operator, amount_minor: int, source: Source) -> None:
    """Post money from the customer: with the acquirer when a provider took it, in a bank otherwise."""
    posting = payment_posting(booking, operator=operator, amount_minor=amount_minor, source=source)
    post_entry(posting, booking=booking, source=source)


def payment_posting(
    booking: Booking, *, operator: Operator, amount_minor: int, source: Source
) -> ledger.Posting | None:
    """Make the entry of money from the customer."""
    return ledger.payment_received(
        amount_minor,
        currency=booking.currency,
        online=source.provider != OFFLINE,
        policy=cast(Policy, operator.protection_policy),
        travel_completed=booking.travel_completed_on is not None,
    )


def post_refund(booking: Booking, *, operator: Operator, amount_minor: int, source: Source) -> None:
    """Post money that went back to the customer from a bank; the magnitude is positive."""
    completed = booking.travel_completed_on is not None
    posting = ledger.refund_paid(
        amount_minor,
        currency=booking.currency,
        policy=cast(Policy, operator.protection_policy),
        travel_completed=completed,
        still_held_minor=still_held(balances(operator.id, booking_id=booking.id)) if completed else 0,
    )
    post_entry(posting, booking=booking, source=source)


def post_online_refund(booking: Booking, *, operator: Operator, amount_minor: int, source: Source) -> None:
    """Post money that a provider gave back to the customer; the magnitude is positive."""
    completed = booking.travel_completed_on is not None
    posting = ledger.online_refund_paid(
        amount_minor,
        currency=booking.currency,
        policy=cast(Policy, operator.protection_policy),
        travel_completed=completed,
        still_held_minor=still_held(balances(operator.id, booking_id=booking.id)) if completed else 0,
    )
    post_entry(posting, booking=booking, source=source)


def tell(booking: Booking, *, kind: str, actor: str, source: Source, payload: dict[str, object]) -> None:
    """Append one event to the booking's timeline, and announce it; the same fact is told once."""
    append_timeline(event_of(booking, kind=kind, actor=actor, source=source, payload=payload))
    announce_told(booking, kind=kind, payload=payload, source_key=source.key)


def event_of(booking: Booking, *, kind: str, actor: str, source: Source, payload: dict[str, object]) -> Event:
    """Make the event that tells a fact on a booking's timeline."""
    return Event(
        operator_id=booking.operator_id,
        booking_id=booking.id,
        kind=kind,
        actor=actor,
        occurred_at=source.occurred_at,
        payload={**payload, "currency": booking.currency},
        source_key=f"{kind}:{source.key}",
    )


def entry_of(posting: ledger.Posting, *, booking: Booking, source: Source) -> tuple[ledger.Posting, Fact]:
    """Say of an entry which fact it records."""
    fact = Fact(
        operator_id=booking.operator_id,
        booking_id=booking.id,
        source=source.name,
        source_id=source.id,
        provider=source.provider,
        channel=source.channel,
        posted_on=source.day,
        occurred_at=source.occurred_at,
        recorded_at=source.recorded_at,
    )
    return posting, fact


def post_entry(posting: ledger.Posting | None, *, booking: Booking, source: Source) -> None:
    """Post an entry of a fact; None is nothing to post."""
    if posting is None:
        return
    _, fact = entry_of(posting, booking=booking, source=source)
    post(posting, fact=fact)
