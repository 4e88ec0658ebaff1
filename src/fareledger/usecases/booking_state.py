"""A stored booking as the values that rules work on: its description, its plan and its figures.

Read inside the caller's transaction, under the booking's lock, before and after a change. What pages show of a booking
is read by `show_booking.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from fareledger.domain.booking import BookingDetails, Customer, Traveller
from fareledger.domain.booking import Component as Part
from fareledger.domain.figures import Figures, PlanRow
from fareledger.domain.plan import Terms
from fareledger.persistence.models import Booking, Component
from fareledger.usecases.lock_booking import with_plan


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingState:
    """A booking at one moment; `details` carry the terms that apply, and no checkout payments."""

    id: UUID
    details: BookingDetails
    status: str
    version: int
    rows: tuple[PlanRow, ...]
    figures: Figures

    @property
    def cancelled(self) -> bool:
        """Say whether the whole booking stands at its cancellation fees."""
        return self.status == "cancelled"

    @property
    def reference(self) -> str:
        """The booking's reference."""
        return self.details.reference

    @property
    def currency(self) -> str:
        """The currency of every amount."""
        return self.details.currency

    @property
    def customer_locale(self) -> str:
        """The language the customer is written to in."""
        return self.details.customer.locale

    @property
    def customer_name(self) -> str:
        """Who is written to."""
        return self.details.customer.name

    @property
    def package(self) -> str:
        """What the trip is called."""
        return self.details.package

    @property
    def open_rows(self) -> tuple[PlanRow, ...]:
        """The rows whose money has still to move, earliest due first."""
        rows = (row for row in self.rows if row.is_open)
        return tuple(sorted(rows, key=lambda row: (row.due_date, row.id)))


def booking_state(booking: Booking) -> BookingState:
    """Read the state of a booking that the caller has locked."""
    locked = with_plan(booking)
    return BookingState(
        id=booking.id,
        details=stored_details(booking),
        status=booking.status,
        version=booking.version,
        rows=locked.plan,
        figures=locked.figures,
    )


def stored_details(booking: Booking) -> BookingDetails:
    """Describe a stored booking as it was last sent, so that a changed copy of it can be sent again."""
    return BookingDetails(
        reference=booking.reference,
        currency=booking.currency,
        booked_on=booking.booked_on,
        start_date=booking.start_date,
        end_date=booking.end_date,
        customer=Customer(
            name=booking.customer_name, email=booking.customer_email, locale=booking.customer_locale
        ),
        travellers=tuple(Traveller(**value) for value in booking.travellers),
        package=booking.package,
        components=stored_components(booking),
        non_payable_minor=booking.non_payable_minor,
        terms=Terms.from_json(booking.terms),
    )


def stored_components(booking: Booking) -> tuple[Part, ...]:
    """Read the components of a booking in the order in which they were sent."""
    rows = Component.objects.filter(operator_id=booking.operator_id, booking_id=booking.id)
    return tuple(
        Part(
            id=row.external_id,
            kind=row.kind,
            title=row.title,
            supplier=row.supplier,
            start_date=row.start_date,
            end_date=row.end_date,
            price_minor=row.price_minor,
            cancellation_fee_minor=row.cancellation_fee_minor,
            cancelled=row.cancelled,
        )
        for row in rows.order_by("position")
    )
