"""A customer's consent to single scheduled payments: which rows it may be given for, what it covers, how it ends.

An approval has an amount that is never exceeded and a date that is never undercut. It decides nothing about when a
row is charged; that is the collecting's affair.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

from fareledger.domain.change_effect import approval_effect
from fareledger.domain.figures import PlanRow

Ending = Literal["withdrawn", "used", "replaced", "plan_changed", "cancelled", "card_removed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One scheduled payment as the customer was shown it: its row, its amount in minor units, its due date."""

    row_id: UUID
    amount_minor: int
    due_date: date

    def to_json(self) -> list[object]:
        """Write it as a consent that waits for its card keeps it."""
        return [str(self.row_id), self.amount_minor, self.due_date.isoformat()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What one approval allows: at most this amount (minor units) of this currency, not before this day."""

    amount_minor: int
    currency: str
    earliest_date: date


def wanted_of(stored: Iterable[Iterable[Any]]) -> tuple[Wanted, ...]:
    """Read back what `Wanted.to_json` wrote."""
    return tuple(
        Wanted(row_id=UUID(row_id), amount_minor=int(minor), due_date=date.fromisoformat(day))
        for row_id, minor, day in stored
    )


def may_be_approved(row: PlanRow, *, today: date) -> bool:
    """Say whether a row can still be approved: an open payment that is due later than today (operator-local).

    Consent can be withdrawn until the day before, and notice is given before a charge. Neither is possible for a row
    that is due today or overdue: that one is paid, not approved.
    """
    return row.kind == "payment" and row.is_open and row.due_date > today


def covers(consent: Consent, *, amount_minor: int, currency: str, on: date) -> bool:
    """Say whether a charge of this amount, in minor units, on this operator-local day is agreed to."""
    return (
        0 < amount_minor <= consent.amount_minor
        and currency == consent.currency
        and on >= consent.earliest_date
    )


def last_day_to_withdraw(due_date: date) -> date:
    """Give the last operator-local day on which an approval can be withdrawn: the day before the payment is due."""
    return due_date - timedelta(days=1)


def may_withdraw(due_date: date, *, today: date) -> bool:
    """Say whether the approval of a row with this due date can be withdrawn today."""
    return today <= last_day_to_withdraw(due_date)


def ending_of(consent: Consent, *, row: PlanRow) -> Ending | None:
    """Say how an approval ends with what became of its row; None while it lasts.

    A row that shrank or became due later keeps it, and so does one that grew again no further than was agreed to.
    """
    if row.status == "closed":
        return "used"
    if row.status == "deleted":
        return "plan_changed"
    agreed = replace(row, amount_minor=consent.amount_minor, due_date=consent.earliest_date)
    return None if approval_effect(agreed, after=row) == "keeps" else "plan_changed"


def changed_since(shown: Iterable[Wanted], *, rows: Iterable[PlanRow]) -> bool:
    """Say whether a row is no longer what the customer was shown, or no longer open."""
    now = {row.id: (row.amount_minor, row.due_date) for row in rows if row.is_open and row.kind == "payment"}
    return any(now.get(one.row_id) != (one.amount_minor, one.due_date) for one in shown)
