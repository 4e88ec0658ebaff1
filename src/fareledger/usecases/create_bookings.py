"""Creates many bookings that are not there yet with one statement a kind of row, which is what makes a move quick.

Plans, entries and events are made by the same functions as those of a single booking (`accept_booking.py`); only the
writing is shared. Whatever speaks against one of the bookings undoes them all, and the caller takes them one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fareledger.domain.booking import BookingDetails
from fareledger.domain.ledger import Posting
from fareledger.persistence.ledger import Event, Fact, append_many, post_many
from fareledger.persistence.models import Booking, Component, Transaction
from fareledger.usecases.announce import News, announce, told_news
from fareledger.usecases.booking_rows import Arrival, booking_row, component_rows, created_payload, first_plan
from fareledger.usecases.post_movement import Source, entry_of, event_of, sale_posting
from fareledger.usecases.save_plan import add_rows
from fareledger.usecases.take_checkout_payments import (
    Numbered,
    close_with,
    payment_facts,
    refuse_known_payments,
)


@dataclass(slots=True)
class _Written:
    """Everything that is written of some bookings, in the order in which it is."""

    bookings: list[Booking] = field(default_factory=list)
    components: list[Component] = field(default_factory=list)
    rows: list[Transaction] = field(default_factory=list)
    entries: list[tuple[Posting, Fact]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    news: list[News] = field(default_factory=list)


def create_bookings(described: Sequence[BookingDetails], *, arrival: Arrival) -> None:
    """Create bookings inside the caller's operator transaction, which holds the names of their references.

    None of the references may be known, or come twice. Raises PaymentRecordedOtherwise and
    django.db.IntegrityError; the caller then undoes all of it.
    """
    if not described:
        return
    refuse_known_payments(described, operator=arrival.operator)
    written = _Written()
    for details in described:
        _describe(details, arrival=arrival, written=written)
    Booking.objects.bulk_create(written.bookings)
    Component.objects.bulk_create(written.components)
    add_rows(written.rows)
    post_many(arrival.operator.id, entries=written.entries)
    append_many(written.events)
    announce(arrival.operator.id, news=written.news)


def _describe(details: BookingDetails, *, arrival: Arrival, written: _Written) -> None:
    booking = booking_row(details, arrival=arrival)
    payments = [Numbered(place=place, payment=one) for place, one in enumerate(details.payments)]
    rows = first_plan(booking, arrival=arrival)
    planned = len(rows)
    _, added = close_with(payments, rows=rows, booking=booking, arrival=arrival)
    written.bookings.append(booking)
    written.components += component_rows(details, booking=booking)
    written.rows += [*rows, *added]
    source = Source.of_version(booking, arrival=arrival)
    posting = sale_posting(booking)
    if posting is not None:
        written.entries.append(entry_of(posting, booking=booking, source=source))
    payload = created_payload(details, booking=booking, planned=planned, channel=arrival.channel)
    _tell("booking_created", booking=booking, source=source, payload=payload, to=(written, arrival))
    for fact in payment_facts(payments, booking=booking, arrival=arrival):
        if fact.posting is not None:
            written.entries.append(entry_of(fact.posting, booking=booking, source=fact.source))
        _tell(
            "payment_received",
            booking=booking,
            source=fact.source,
            payload=fact.payload,
            to=(written, arrival),
        )


def _tell(
    kind: str,
    *,
    booking: Booking,
    source: Source,
    payload: dict[str, object],
    to: tuple[_Written, Arrival],
) -> None:
    written, arrival = to
    written.events.append(event_of(booking, kind=kind, actor=arrival.actor, source=source, payload=payload))
    written.news += told_news(booking, kind=kind, payload=payload, source_key=source.key)
