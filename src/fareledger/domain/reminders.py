"""When a customer is reminded of a payment: the operator's ladder of days before and after the day it is due.

Decides from values only which reminder, if any, one booking gets today. What it says and that it is sent once are
decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from fareledger.domain.errors import Refused

MAX_DAYS: Final = 180
# A rung that could not be sent on its day, because everything stood still, is made up for this long.
MADE_UP_FOR_DAYS: Final = 3


class InvalidLadder(Refused):
    """Days that no reminder can be sent on."""

    def __init__(self, message: str) -> None:
        super().__init__(code="invalid_reminders", message=message, field="/reminders")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The rungs as days from the due date: −7 is a week before, 0 the day itself, 1 the day after."""

    offsets: tuple[int, ...] = ()

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> Ladder:
        """Read `{"before": [7, 1], "after": [1, 7]}`; an operator who set none reminds nobody. Raises InvalidLadder."""
        unknown = sorted(set(value) - {"before", "after"})
        if unknown:
            raise InvalidLadder(f"Reminders are before or after, not {unknown[0]}.")
        before, after = (_days(value.get(side, [])) for side in ("before", "after"))
        if 0 in after:
            raise InvalidLadder("The day itself is 0 days before, not after.")
        return cls(offsets=tuple(sorted({-days for days in before} | set(after))))


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRow:
    """An open payment that nobody is paying at this moment; the amount in minor units, the days operator-local."""

    amount_minor: int
    due_date: date
    opened_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """One reminder: what is due on one day, and which rung this is."""

    due_date: date
    offset: int
    amount_minor: int
    later_payments: int

    @property
    def overdue(self) -> bool:
        """Say whether it is one for after the due date."""
        return self.offset > 0


def reminder_for(
    rows: Iterable[DueRow],
    *,
    ladder: Ladder,
    today: date,
    outstanding_minor: int,
    sent: Collection[tuple[date, int]] = (),
) -> Reminder | None:
    """Decide which reminder one booking gets today: the most pressing one that was not sent, or none.

    Payments that are due on one day are one sum, never more than what is outstanding. `sent` are the due dates and
    rungs that were reminded of before.
    """
    days: dict[date, list[DueRow]] = {}
    for row in rows:
        days.setdefault(row.due_date, []).append(row)
    if outstanding_minor <= 0:
        return None
    for due_date in sorted(days):
        opened_on = min(row.opened_on for row in days[due_date])
        offset = due_rung(due_date, ladder=ladder, today=today, opened_on=opened_on)
        if offset is not None and (due_date, offset) not in sent:
            amount_minor = sum(row.amount_minor for row in days[due_date])
            return Reminder(
                due_date=due_date,
                offset=offset,
                amount_minor=min(amount_minor, outstanding_minor),
                later_payments=sum(len(rows) for day, rows in days.items() if day > due_date),
            )
    return None


def due_rung(due_date: date, *, ladder: Ladder, today: date, opened_on: date) -> int | None:
    """Return the rung that stands for today: the latest whose day has come, if that was not long ago.

    A rung of a day on or before which the payment was opened is none: the customer was told of it then. After the
    due date nothing is said that belongs before it.
    """
    come = [offset for offset in ladder.offsets if due_date + timedelta(days=offset) <= today]
    if not come:
        return None
    offset = max(come)
    rung = due_date + timedelta(days=offset)
    stale = (today - rung).days > MADE_UP_FOR_DAYS or opened_on >= rung or (offset <= 0 and today > due_date)
    return None if stale else offset


def rung_dates(ladder: Ladder, *, today: date) -> tuple[date, ...]:
    """Return every due date of which a rung stands for today."""
    back = range(MADE_UP_FOR_DAYS + 1)
    return tuple(
        sorted({today - timedelta(days=offset + late) for offset in ladder.offsets for late in back})
    )


def _days(value: object) -> list[int]:
    if not isinstance(value, list) or not all(type(days) is int and 0 <= days <= MAX_DAYS for days in value):
        raise InvalidLadder(f"Give whole numbers of days from 0 to {MAX_DAYS}.")
    return value
