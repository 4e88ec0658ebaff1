"""The payment plan a booking starts with.

Terms say how much is due when the trip is booked and how long before the start the rest is due. This module
writes the first rows only; what a later change of the booking does to them is `changes.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal

from fareledger.domain.errors import Refused
from fareledger.domain.money import MAX_MINOR, percent_of

Kind = Literal["payment", "refund"]

PLAN: Final = "plan"
BOOKING_CHANGE: Final = "booking_change"
MANUAL: Final = "manual"

MAX_BALANCE_DUE_DAYS: Final = 730
_PERCENT_DECIMALS: Final = 4
_PERCENT: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,9})?")


class InvalidTerms(Refused):
    """Terms that no plan can be made from; `field` points inside the terms."""

    def __init__(self, *, field: str, message: str) -> None:
        super().__init__(code="invalid_terms", message=message, field=field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """When a booking is to be paid: a down payment (a percentage, a fixed amount or none) and the balance.

    Raises InvalidTerms.
    """

    down_payment_percent: Decimal | None = None
    down_payment_minor: int | None = None
    balance_due_days: int

    def __post_init__(self) -> None:
        _check_percent(self.down_payment_percent)
        _check_fixed(self.down_payment_minor)
        if self.down_payment_percent is not None and self.down_payment_minor is not None:
            raise InvalidTerms(
                field="/down_payment_minor", message="Give a percentage or a fixed amount, not both."
            )
        if type(self.balance_due_days) is not int or not 0 <= self.balance_due_days <= MAX_BALANCE_DUE_DAYS:
            raise InvalidTerms(
                field="/balance_due_days",
                message=f"Give a whole number of days from 0 to {MAX_BALANCE_DUE_DAYS}.",
            )

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> Terms:
        """Read terms from their JSON form; a percentage is a string or a whole number, never a fraction.

        Raises InvalidTerms.
        """
        if not isinstance(value, Mapping):
            raise InvalidTerms(field="", message="Terms are an object.")
        unknown = sorted(set(value) - {"down_payment_percent", "down_payment_minor", "balance_due_days"})
        if unknown:
            raise InvalidTerms(field=f"/{unknown[0]}", message="Terms have no such field.")
        if "balance_due_days" not in value:
            raise InvalidTerms(field="/balance_due_days", message="This field is needed.")
        return cls(
            down_payment_percent=_percent_from_json(value.get("down_payment_percent")),
            down_payment_minor=value.get("down_payment_minor"),  # type: ignore[arg-type]  # checked on entry
            balance_due_days=value["balance_due_days"],  # type: ignore[arg-type]  # checked on entry
        )

    def to_json(self) -> dict[str, str | int | None]:
        """Write the terms in the form `from_json` reads."""
        percent = self.down_payment_percent
        return {
            "down_payment_percent": None if percent is None else format(percent, "f"),
            "down_payment_minor": self.down_payment_minor,
            "balance_due_days": self.balance_due_days,
        }

    def down_payment_of(self, payable_minor: int) -> int:
        """Give the down payment for a payable amount, never more than the whole; 0 when there is none."""
        if self.down_payment_percent is not None:
            return percent_of(payable_minor, percent=self.down_payment_percent)
        return min(self.down_payment_minor or 0, payable_minor)

    def balance_due(self, start_date: date) -> date:
        """Give the day the balance is due: so many days before the start."""
        return start_date - timedelta(days=self.balance_due_days)


def _check_percent(percent: object) -> None:
    if percent is None:
        return
    field = "/down_payment_percent"
    if not isinstance(percent, Decimal) or not percent.is_finite() or not 0 < percent <= 100:
        raise InvalidTerms(field=field, message="Give a percentage above 0 and up to 100.")
    if percent != percent.quantize(Decimal(1).scaleb(-_PERCENT_DECIMALS)):
        raise InvalidTerms(field=field, message=f"Give at most {_PERCENT_DECIMALS} decimals.")


def _check_fixed(amount_minor: object) -> None:
    if amount_minor is None:
        return
    if type(amount_minor) is not int or not 0 < amount_minor <= MAX_MINOR:
        raise InvalidTerms(
            field="/down_payment_minor", message="Give a whole amount in minor units, above 0."
        )


def _percent_from_json(value: object) -> Decimal | None:
    if value is None:
        return None
    if type(value) is int or (isinstance(value, str) and _PERCENT.fullmatch(value)):
        return Decimal(value)
    raise InvalidTerms(
        field="/down_payment_percent", message='Give the percentage as a string, such as "12.5".'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRow:
    """A row of the plan before it is stored. `amount_minor` is a positive magnitude, for a refund too."""

    kind: Kind
    amount_minor: int
    due_date: date
    source: str


def plan_booking(
    payable_minor: int, *, booked_on: date, start_date: date, terms: Terms
) -> tuple[PlannedRow, ...]:
    """Make the rows a new booking starts with; their sum is exactly the payable amount, in minor units.

    The down payment is due on the booking date and the rest so many days before the start. When that day is
    not after the booking date, everything is due at once. A share that rounds to nothing makes no row, and
    neither does a payable of 0.
    """
    balance_due = terms.balance_due(start_date)
    if balance_due <= booked_on:
        down_payment, balance_due = 0, booked_on
    else:
        down_payment = terms.down_payment_of(payable_minor)
    parts = ((down_payment, booked_on), (payable_minor - down_payment, balance_due))
    return tuple(
        PlannedRow(kind="payment", amount_minor=amount, due_date=due, source=PLAN)
        for amount, due in parts
        if amount > 0
    )
