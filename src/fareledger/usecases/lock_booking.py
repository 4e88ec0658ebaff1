"""The row lock under which a booking's plan is changed, and the plan as rules see it.

Whoever changes a booking, its rows or its money takes this lock first, so that two of them never decide
on the same state. It opens no transaction of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from fareledger.domain.figures import Figures, PlanRow, figures_of
from fareledger.persistence.models import Booking, Transaction
from fareledger.persistence.operators import Operator
from fareledger.usecases.show_booking import OFFLINE, BookingNotFound


@dataclass(slots=True, kw_only=True)
class LockedBooking:
    """A booking whose row is locked, with every row of its plan, deleted ones left out."""

    booking: Booking
    transactions: list[Transaction]

    @property
    def plan(self) -> tuple[PlanRow, ...]:
        """The plan as frozen values."""
        return plan_rows(self.transactions)

    @property
    def figures(self) -> Figures:
        """The figures of the booking as its rows stand now."""
        return figures_of(
            self.plan,
            sales_price_minor=self.booking.sales_price_minor,
            non_payable_minor=self.booking.non_payable_minor,
        )

    @property
    def next_receipt_number(self) -> int:
        """The number that the next row to close gets."""
        return max((row.receipt_number or 0 for row in self.transactions), default=0) + 1


def lock_booking(operator: Operator, *, booking_id: UUID) -> LockedBooking:
    """Lock a booking until the end of the caller's operator transaction and load its plan.

    Raises BookingNotFound.
    """
    booking = Booking.objects.select_for_update().filter(operator_id=operator.id, id=booking_id).first()
    if booking is None:
        raise BookingNotFound(booking_id)
    return with_plan(booking)


def see_booking(operator: Operator, *, booking_id: UUID) -> LockedBooking:
    """Load a booking and its plan without a lock, for a look inside the caller's snapshot. Raises BookingNotFound."""
    booking = Booking.objects.filter(operator_id=operator.id, id=booking_id).first()
    if booking is None:
        raise BookingNotFound(booking_id)
    return with_plan(booking)


def with_plan(booking: Booking) -> LockedBooking:
    """Load the plan of a booking that the caller has locked, or only looks at."""
    rows = Transaction.objects.filter(operator_id=booking.operator_id, booking_id=booking.id)
    return LockedBooking(booking=booking, transactions=list(rows.exclude(status="deleted").order_by("id")))


def plan_rows(transactions: Iterable[Transaction]) -> tuple[PlanRow, ...]:
    """Read stored rows as the values that the rules of the domain work on."""
    return tuple(
        PlanRow(
            id=row.id,
            kind=row.kind,  # type: ignore[arg-type]  # the table holds no other word
            status=row.status,  # type: ignore[arg-type]  # the table holds no other word
            amount_minor=row.amount_minor,
            due_date=row.due_date,
            online=row.provider != OFFLINE,
            rule_based=row.rule_based,
            part=row.part,
            source=row.source,
            reversal=row.reverses is not None,
        )
        for row in transactions
    )
