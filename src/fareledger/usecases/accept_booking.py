"""A booking comes in, by the API, an import or the demo: it is created, changed, or was there already.

The description is the whole booking. The first one makes the plan, records what the checkout took and
posts the sale; another one changes the booking; a second copy changes nothing. It is stored whole or
not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from fareledger.domain.access import Actor, Permission
from fareledger.domain.booking import BookingDetails
from fareledger.domain.booking_rules import check_booking
from fareledger.domain.errors import Conflict, Refused
from fareledger.domain.plan import Terms
from fareledger.domain.wording import reference_key
from fareledger.persistence.models import Booking, Component
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import lock_name, operator_transaction
from fareledger.usecases.booking_rows import (
    Arrival,
    booking_row,
    component_rows,
    content_hash,
    created_payload,
    first_plan,
)
from fareledger.usecases.change_booking import change_booking
from fareledger.usecases.clock import now
from fareledger.usecases.post_movement import Source, post_sale, tell
from fareledger.usecases.save_plan import add_rows
from fareledger.usecases.take_checkout_payments import close_with, new_payments, post_payments

Outcome = Literal["created", "changed", "unchanged"]


class CurrencyNotSold(Refused):
    """The operator does not sell in this currency."""

    def __init__(self, *, currency: str, sold: tuple[str, ...]) -> None:
        super().__init__(
            code="currency_not_sold",
            message=f"This operator does not sell in {currency}, only in {', '.join(sold)}.",
            field="/currency",
        )


class VersionMismatch(Conflict):
    """The booking has moved on since the sender last read it."""

    def __init__(self, *, expected: int, current: int) -> None:
        super().__init__(
            code="version_mismatch",
            message=f"The booking is at version {current}, not {expected}: read it again and decide.",
            field="/version",
        )
        self.current = current


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Which booking a description belongs to now, at which version, and what it did."""

    booking_id: UUID
    outcome: Outcome
    version: int


@retried_on_deadlock
def accept_booking(
    operator: Operator,
    *,
    details: BookingDetails,
    channel: str,
    actor: Actor,
    expected_version: int | None = None,
) -> Accepted:
    """Create a booking, change it, or find that nothing changed, in one transaction of its own.

    `channel` is where the sale came from; `expected_version` is the version the sender last read, if it
    cares. Raises NotPermitted, InvalidBooking, CurrencyNotSold, CurrencyFixed, VersionMismatch and
    PaymentRecordedOtherwise.
    """
    actor.require(Permission.CHANGE_BOOKINGS)
    check_details(details, operator=operator)
    arrival = arrival_now(operator, channel=channel, actor=actor)
    with operator_transaction(operator.id):
        lock_name(operator.id, text=reference_key(details.reference))
        return accept_within(details, arrival=arrival, expected_version=expected_version)


def check_details(details: BookingDetails, *, operator: Operator) -> None:
    """Check a description as far as that can be done without looking at what is stored.

    Raises InvalidBooking and CurrencyNotSold.
    """
    check_booking(details)
    if details.currency not in operator.currencies:
        raise CurrencyNotSold(currency=details.currency, sold=operator.currencies)


def arrival_now(operator: Operator, *, channel: str, actor: Actor) -> Arrival:
    """Say that something comes in for an operator at this moment."""
    moment = now()
    day = moment.astimezone(operator.time_zone).date()
    return Arrival(operator=operator, channel=channel, actor=actor.name, at=moment, day=day)


def accept_within(
    details: BookingDetails, *, arrival: Arrival, expected_version: int | None = None
) -> Accepted:
    """Do what `accept_booking` does, inside a caller's operator transaction that holds the reference's name.

    The description was checked before. Raises CurrencyFixed, VersionMismatch and PaymentRecordedOtherwise; the
    caller then undoes at least what was written for this booking.
    """
    booking = (
        Booking.objects.select_for_update()
        .filter(operator_id=arrival.operator.id, reference_key=reference_key(details.reference))
        .first()
    )
    if booking is None:
        return _create(details, arrival=arrival)
    return _follow(booking, details=details, arrival=arrival, expected_version=expected_version)


def _create(details: BookingDetails, *, arrival: Arrival) -> Accepted:
    booking = booking_row(details, arrival=arrival)
    Booking.objects.bulk_create([booking])
    Component.objects.bulk_create(component_rows(details, booking=booking))
    payments = new_payments(details, booking=booking)
    rows = first_plan(booking, arrival=arrival)
    planned = len(rows)
    _, added = close_with(payments, rows=rows, booking=booking, arrival=arrival)
    add_rows([*rows, *added])
    source = Source.of_version(booking, arrival=arrival)
    post_sale(booking, source=source)
    payload = created_payload(details, booking=booking, planned=planned, channel=arrival.channel)
    tell(booking, kind="booking_created", actor=arrival.actor, source=source, payload=payload)
    post_payments(payments, booking=booking, arrival=arrival)
    return Accepted(booking_id=booking.id, outcome="created", version=booking.version)


def _follow(
    booking: Booking, *, details: BookingDetails, arrival: Arrival, expected_version: int | None
) -> Accepted:
    """Decide what a description does to a booking that is there; the same one again does nothing."""
    terms = details.terms or Terms.from_json(booking.terms)
    same = booking.content_sha256 == content_hash(details, terms=terms)
    if same and not new_payments(details, booking=booking):
        return Accepted(booking_id=booking.id, outcome="unchanged", version=booking.version)
    if expected_version is not None and expected_version != booking.version:
        raise VersionMismatch(expected=expected_version, current=booking.version)
    change_booking(booking, details=details, arrival=arrival)
    return Accepted(booking_id=booking.id, outcome="changed", version=booking.version)
