"""The statement of a booking as at a date: the sale, every movement, and what was owed after each of them.

A line counts from the day it was recorded on, where the operator is, even when the money moved earlier. So a statement
as at a past date is the same whenever it is asked for, and its last balance is the ledger's as at that date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fareledger.domain.errors import Refused
from fareledger.persistence.operators import Operator
from fareledger.usecases.booking_account import AccountLine, account_of
from fareledger.usecases.booking_views import Billing, BookingView
from fareledger.usecases.show_booking import billing_by_id, billing_by_reference


class StatementInFuture(Refused):
    """Nothing is recorded yet of a day that is still to come."""

    def __init__(self) -> None:
        super().__init__(code="date_in_future", message="Choose today or an earlier date.", field="/as_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a booking's account said at the end of `as_at`, in minor units; the three sums make the closing balance:
    charged − paid + refunded, corrections included."""

    booking: BookingView
    as_at: date
    today: date
    lines: tuple[AccountLine, ...]
    charged_minor: int
    paid_minor: int
    refunded_minor: int
    closing_minor: int


def show_statement(operator: Operator, *, booking_id: UUID, as_at: date | None = None) -> Statement:
    """Draw up the statement as at a date where the operator is, today when None.

    Raises BookingNotFound and StatementInFuture.
    """
    return _statement(billing_by_id(operator, booking_id=booking_id), operator=operator, as_at=as_at)


def statement_by_reference(operator: Operator, *, reference: str, as_at: date | None = None) -> Statement:
    """Draw up the statement of the booking with a reference in any spelling; raises as `show_statement` does."""
    return _statement(billing_by_reference(operator, reference=reference), operator=operator, as_at=as_at)


def _statement(billing: Billing, *, operator: Operator, as_at: date | None) -> Statement:
    day = as_at or billing.today
    if day > billing.today:
        raise StatementInFuture
    lines = tuple(
        line for line in account_of(billing) if line.recorded_at.astimezone(operator.time_zone).date() <= day
    )
    return Statement(
        booking=billing.booking,
        as_at=day,
        today=billing.today,
        lines=lines,
        charged_minor=sum(line.change_minor for line in lines if line.is_sale),
        paid_minor=-sum(line.change_minor for line in lines if line.kind.startswith("payment")),
        refunded_minor=sum(line.change_minor for line in lines if line.kind.startswith("refund")),
        closing_minor=lines[-1].balance_minor if lines else 0,
    )
