"""The ledger report: account by month; each cell opens its bookings, each booking its entries.

It is summed from journal lines, never from cached balances, so that a report as at a past day is the same
whenever it is asked for: an entry counts from the day it was recorded, even when its accounting date is
earlier.
"""

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from fareledger.domain.accounts import Account, Side
from fareledger.persistence import queries
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import today

_PAGE = 100


@dataclass(frozen=True, kw_only=True)
class ReportCell:
    """One account in one month, in minor units; `month` is its first day.

    `opening_minor` and `closing_minor` are on the account's normal side: a negative one is on the other side.
    """

    month: date
    opening_minor: int
    debit_minor: int
    credit_minor: int
    closing_minor: int
    entries: int


@dataclass(frozen=True, kw_only=True)
class ReportRow:
    """One account over all months of the report."""

    account: str
    normal_side: Side
    cells: tuple[ReportCell, ...]
    closing_minor: int


@dataclass(frozen=True, kw_only=True)
class LedgerReport:
    """Account × month in one currency. `currencies` are those the operator has entries in (or sells in).

    `debit_minor` and `credit_minor` are the sums of all lines up to `as_at`: always equal.
    """

    currency: str
    currencies: tuple[str, ...]
    as_at: date
    months: tuple[date, ...]
    rows: tuple[ReportRow, ...]
    debit_minor: int
    credit_minor: int


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Which cell of the report: `month` is the first day of the month, `as_at` today when None."""

    account: str
    currency: str
    month: date
    as_at: date | None = None


@dataclass(frozen=True, kw_only=True)
class CellBooking:
    """What one booking adds to a cell."""

    booking_id: UUID
    reference: str
    customer_name: str
    debit_minor: int
    credit_minor: int
    entries: int


@dataclass(frozen=True, kw_only=True)
class CellBookings:
    """The bookings behind a cell, by reference; `next_after` is the reference to go on from, empty at the
    end.

    `as_at` of the cell is filled in. Raises nothing for an unknown account: its cell is empty.
    """

    cell: Cell
    normal_side: Side
    debit_minor: int
    credit_minor: int
    bookings: tuple[CellBooking, ...]
    next_after: str


@dataclass(frozen=True, kw_only=True)
class EntryLine:
    """One line of an entry, with a positive amount in minor units."""

    account: str
    side: Literal["debit", "credit"]
    amount_minor: int


@dataclass(frozen=True, kw_only=True)
class EntryOfCell:
    """One entry behind a cell, whole, as the journal has it."""

    id: UUID
    seq: int
    kind: str
    provider: str
    channel: str
    source: str
    source_id: str
    posted_on: date
    occurred_at: datetime
    recorded_at: datetime
    hash: str
    lines: tuple[EntryLine, ...]


def ledger_report(
    operator: Operator, *, currency: str | None = None, as_at: date | None = None, months: int = 12
) -> LedgerReport:
    """Sum the journal by account and month, the last `months` months up to `as_at` (today when None).

    `currency` defaults to the operator's first. An unknown currency gives an empty report.
    """
    wanted = currency or operator.currencies[0]
    day = as_at or today(operator)
    with operator_transaction(operator.id):
        arguments = {"operator_id": operator.id, "currency": wanted, **_until(operator, day=day)}
        sums = queries.rows("ledger.months", arguments=arguments)
        used = [row["currency"] for row in queries.rows("ledger.currencies", arguments=arguments)]
    shown = _months(day, count=months)
    by_account: dict[str, dict[date, _Sum]] = {}
    for row in sums:
        by_account.setdefault(row["account"], {})[row["month"]] = _Sum(
            row["debit_minor"], row["credit_minor"], row["entries"]
        )
    return LedgerReport(
        currency=wanted,
        currencies=tuple(dict.fromkeys((*operator.currencies, *used))),
        as_at=day,
        months=shown,
        rows=tuple(
            _row(account, sums=by_account[account.value], months=shown)
            for account in Account
            if account.value in by_account
        ),
        debit_minor=sum(row["debit_minor"] for row in sums),
        credit_minor=sum(row["credit_minor"] for row in sums),
    )


def cell_bookings(operator: Operator, *, cell: Cell, after: str = "") -> CellBookings:
    """List up to 100 bookings behind one cell, by reference, beginning after the reference `after`."""
    asked = replace(cell, as_at=cell.as_at or today(operator))
    arguments = _of_cell(asked, operator=operator)
    with operator_transaction(operator.id):
        total = queries.rows("ledger.cell_total", arguments=arguments)[0]
        found = queries.rows(
            "ledger.cell_bookings", arguments={**arguments, "after": after, "limit": _PAGE + 1}
        )
    return CellBookings(
        cell=asked,
        normal_side=_normal_side(asked.account),
        debit_minor=total["debit_minor"],
        credit_minor=total["credit_minor"],
        bookings=tuple(CellBooking(**row) for row in found[:_PAGE]),
        next_after=found[_PAGE - 1]["reference"] if len(found) > _PAGE else "",
    )


def cell_entries(operator: Operator, *, cell: Cell, booking_id: UUID) -> tuple[EntryOfCell, ...]:
    """List the entries of one booking behind one cell, in their order in the booking's chain."""
    with operator_transaction(operator.id):
        found = queries.rows(
            "ledger.cell_entries", arguments={**_of_cell(cell, operator=operator), "booking_id": booking_id}
        )
    return tuple(EntryOfCell(**{**row, "lines": _lines(row["lines"])}) for row in found)


class _Sum(NamedTuple):
    """What one account moved in one month, in minor units."""

    debit_minor: int = 0
    credit_minor: int = 0
    entries: int = 0


def _row(account: Account, *, sums: dict[date, _Sum], months: tuple[date, ...]) -> ReportRow:
    sign = 1 if account.normal_side == "debit" else -1
    balance = sum(one.debit_minor - one.credit_minor for month, one in sums.items() if month < months[0])
    cells = []
    for month in months:
        moved = sums.get(month, _Sum())
        closing = balance + moved.debit_minor - moved.credit_minor
        cells.append(
            ReportCell(
                month=month,
                opening_minor=sign * balance,
                debit_minor=moved.debit_minor,
                credit_minor=moved.credit_minor,
                closing_minor=sign * closing,
                entries=moved.entries,
            )
        )
        balance = closing
    return ReportRow(
        account=account.value,
        normal_side=account.normal_side,
        cells=tuple(cells),
        closing_minor=sign * balance,
    )


def _months(day: date, *, count: int) -> tuple[date, ...]:
    """Give the first days of the `count` months that end with the month of `day`."""
    last = day.year * 12 + day.month - 1
    return tuple(
        date(number // 12, number % 12 + 1, 1) for number in range(last - max(count, 1) + 1, last + 1)
    )


def _until(operator: Operator, *, day: date) -> dict[str, object]:
    """Give the day, and for a day that is over the moment at which it ended: later news does not change
    it.
    """
    over = day < today(operator)
    ended = datetime.combine(day + timedelta(days=1), time(0), operator.time_zone) if over else None
    return {"as_at": day, "cutoff": ended}


def _of_cell(cell: Cell, *, operator: Operator) -> dict[str, object]:
    return {
        "operator_id": operator.id,
        "account": cell.account,
        "currency": cell.currency,
        "month": cell.month.replace(day=1),
        **_until(operator, day=cell.as_at or today(operator)),
    }


def _normal_side(account: str) -> Side:
    return Account(account).normal_side if account in list(Account) else "debit"


def _lines(stored: str) -> tuple[EntryLine, ...]:
    return tuple(
        EntryLine(account=account, side="debit" if side == "D" else "credit", amount_minor=amount)
        for account, side, amount in json.loads(stored)
    )
