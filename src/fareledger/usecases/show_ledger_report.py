"""The ledger report: account by month; each cell opens its bookings, each booking its entries.

It is summed from journal lines, never from cached balances, so that a report as at a past day is the same
whenever it is asked for: an entry counts from the day it was recorded, even when its accounting date is
earlier.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from fareledger.domain.accounts import Side
from fareledger.persistence.operators import Operator


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
    raise NotImplementedError


def cell_bookings(operator: Operator, *, cell: Cell, after: str = "") -> CellBookings:
    """List up to 100 bookings behind one cell, by reference, beginning after the reference `after`."""
    raise NotImplementedError


def cell_entries(operator: Operator, *, cell: Cell, booking_id: UUID) -> tuple[EntryOfCell, ...]:
    """List the entries of one booking behind one cell, in their order in the booking's chain."""
    raise NotImplementedError
