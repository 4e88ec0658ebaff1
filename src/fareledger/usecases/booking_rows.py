"""Turns a described booking into the rows that are stored of it. Pure: nothing is read or written here.

Kept apart from saving, so that one booking and a batch of them are made by the same rules.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from fareledger.domain.booking import DISCOUNT, BookingDetails, sales_price
from fareledger.domain.identity import new_id
from fareledger.domain.plan import PlannedRow, Terms, plan_booking
from fareledger.domain.wording import reference_key
from fareledger.persistence.models import Booking, Component, Transaction
from fareledger.persistence.operators import Operator
from fareledger.usecases.event_wording import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How a description came in: the operator it is for, the channel, who sent it, and when.

    `at` is aware UTC, `day` the operator-local date of it.
    """

    operator: Operator
    channel: str
    actor: str
    at: datetime
    day: date


def content_hash(details: BookingDetails, *, terms: Terms) -> str:
    """Hash a description under the terms that apply, so that a second copy is recognised.

    Spellings of one reference count as equal. Payments are left out: each counts once by its own reference.
    """
    content = {**asdict(details), "reference": reference_key(details.reference), "terms": terms.to_json()}
    del content["payments"]
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def booking_row(details: BookingDetails, *, arrival: Arrival) -> Booking:
    """Make the row of a new booking; its terms are the operator's own for its currency where it names none."""
    booking = Booking(
        operator_id=arrival.operator.id,
        id=new_id(),
        reference=details.reference,
        reference_key=reference_key(details.reference),
        currency=details.currency,
        terms=(details.terms or arrival.operator.default_terms.of(details.currency)).to_json(),
        created_at=arrival.at,
    )
    describe(booking, details=details, arrival=arrival)
    return booking


def describe(booking: Booking, *, details: BookingDetails, arrival: Arrival) -> None:
    """Write a description into a booking's row: all but its reference, currency and version.

    Terms that are not named stay as they were agreed when the trip was booked.
    """
    booking.booked_on = details.booked_on
    booking.start_date = details.start_date
    booking.end_date = details.end_date
    booking.customer_name = details.customer.name
    booking.customer_email = details.customer.email
    booking.customer_locale = details.customer.locale
    booking.travellers = [asdict(traveller) for traveller in details.travellers]
    booking.package = details.package
    booking.sales_price_minor = sales_price(details.components)
    booking.non_payable_minor = details.non_payable_minor
    if details.terms is not None:
        booking.terms = details.terms.to_json()
    trip = [component for component in details.components if component.kind != DISCOUNT]
    cancelled = bool(trip) and all(component.cancelled for component in trip)
    booking.status = "cancelled" if cancelled else "confirmed"
    booking.content_sha256 = content_hash(details, terms=Terms.from_json(booking.terms))
    booking.changed_at = arrival.at


def component_rows(details: BookingDetails, *, booking: Booking) -> list[Component]:
    """Make the rows of a booking's components, in the order in which they were sent."""
    return [
        Component(
            operator_id=booking.operator_id,
            id=new_id(),
            booking_id=booking.id,
            external_id=component.id,
            position=position,
            kind=component.kind,
            title=component.title,
            supplier=component.supplier,
            start_date=component.start_date,
            end_date=component.end_date,
            price_minor=component.price_minor,
            cancellation_fee_minor=component.cancellation_fee_minor,
            cancelled=component.cancelled,
        )
        for position, component in enumerate(details.components)
    ]


def created_payload(
    details: BookingDetails, *, booking: Booking, planned: int, channel: str
) -> dict[str, object]:
    """Say what the timeline keeps of a new booking, of whose plan so many rows were made."""
    parts = counted(len(details.components), noun="component")
    return {
        "text": f"Booking created, {parts}, plan of {counted(planned, noun='row')}",
        "version": booking.version,
        "payable_minor": details.payable_minor,
        "channel": channel,
    }


def first_plan(booking: Booking, *, arrival: Arrival) -> list[Transaction]:
    """Make the open rows a new booking starts with."""
    planned = plan_booking(
        booking.sales_price_minor - booking.non_payable_minor,
        booked_on=booking.booked_on,
        start_date=booking.start_date,
        terms=Terms.from_json(booking.terms),
    )
    extent = "total" if len(planned) == 1 else "partial"
    rows = [open_row(row, booking=booking, arrival=arrival) for row in planned]
    for row in rows:
        row.type = extent
    return rows


def open_row(
    planned: PlannedRow, *, booking: Booking, arrival: Arrival, split_from: UUID | None = None
) -> Transaction:
    """Make an open row that a rule planned; how it will be paid is still to be decided."""
    return Transaction(
        operator_id=booking.operator_id,
        id=new_id(),
        booking_id=booking.id,
        kind=planned.kind,
        type="partial",
        method="undecided",
        amount_minor=planned.amount_minor,
        planned_minor=planned.amount_minor,
        due_date=planned.due_date,
        rule_based=True,
        part=planned.part,
        source=planned.source,
        channel=arrival.channel,
        split_from=split_from,
        opened_at=arrival.at,
    )
