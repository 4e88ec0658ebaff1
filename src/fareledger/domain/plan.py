"""The payment plan a booking starts with.

Terms (`terms.py`) say which parts there are and when each is due. This module writes the rows they come to; what a
later change of the booking does to them is `changes.py`, what staff do to them by hand `plan_edit.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from fareledger.domain.money import percent_of
from fareledger.domain.terms import InvalidTerms, Share, Terms

__all__ = [
    "BOOKING_CHANGE",
    "MANUAL",
    "PLAN",
    "InvalidTerms",
    "Kind",
    "PlannedRow",
    "Share",
    "Terms",
    "plan_booking",
]

Kind = Literal["payment", "refund"]

PLAN: Final = "plan"
BOOKING_CHANGE: Final = "booking_change"
MANUAL: Final = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRow:
    """A row of the plan before it is stored. `amount_minor` is a positive magnitude, for a refund too.

    `part` is the part of the terms it stands for: 0 the down payment, then those in between; None the balance.
    """

    kind: Kind
    amount_minor: int
    due_date: date
    source: str
    part: int | None = None


def plan_booking(
    payable_minor: int, *, booked_on: date, start_date: date, terms: Terms
) -> tuple[PlannedRow, ...]:
    """Make the rows a new booking starts with; their sum is exactly the payable amount, in minor units.

    The down payment is due on the booking date, the rest so many days before the start, the parts in between on
    their own days; parts of one day are one row. When the last of these days is not after the booking date,
    everything is due at once. The last row takes what rounding leaves. A share that rounds to nothing makes no row,
    and neither does a payable of 0.
    """
    if terms.balance_due(start_date) <= booked_on:
        return tuple(_rows([(None, payable_minor)], due={None: booked_on}))
    parts = [*range(terms.parts), None]
    due = {part: terms.part_due(part, booked_on=booked_on, start_date=start_date) for part in parts}
    return tuple(_rows(_shares(payable_minor, terms=terms, due=due), due=due))


def _shares(
    payable_minor: int, *, terms: Terms, due: Mapping[int | None, date]
) -> list[tuple[int | None, int]]:
    """Split a payable amount over the parts of the terms, by their days, the balance last."""
    left_minor = payable_minor
    shares: list[tuple[int | None, int]] = []
    wanted = enumerate(_wanted(payable_minor, terms=terms))
    for part, wanted_minor in sorted(wanted, key=lambda one: (due[one[0]], one[0])):
        taken_minor = min(wanted_minor, left_minor)
        shares.append((part, taken_minor))
        left_minor -= taken_minor
    if terms.takes_the_whole:
        last, taken_minor = shares.pop()
        return [*shares, (last, taken_minor + left_minor)]
    return [*shares, (None, left_minor)]


def _wanted(payable_minor: int, *, terms: Terms) -> Iterator[int]:
    down_payment_minor = terms.down_payment_of(payable_minor)
    yield down_payment_minor
    if terms.instalments is not None:
        for _ in range(terms.instalments - 1):
            yield (payable_minor - down_payment_minor) // terms.instalments
    for share in terms.schedule:
        yield percent_of(payable_minor, percent=share.percent)


def _rows(
    shares: Iterable[tuple[int | None, int]], *, due: Mapping[int | None, date]
) -> Iterator[PlannedRow]:
    """Write a row a day, in the order of days; it stands for the last of the parts that fall on the day."""
    by_day: dict[date, tuple[int | None, int]] = {}
    for part, amount_minor in shares:
        if amount_minor > 0:
            _, together_minor = by_day.get(due[part], (None, 0))
            by_day[due[part]] = (part, together_minor + amount_minor)
    for day, (part, amount_minor) in sorted(by_day.items()):
        yield PlannedRow(kind="payment", amount_minor=amount_minor, due_date=day, source=PLAN, part=part)
