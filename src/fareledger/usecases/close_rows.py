"""Closes open rows of a plan with money that moved. Works on rows in memory; the caller saves and posts.

A row closes at the amount that really moved: less leaves a new open row for the rest on the same due
date. What no open row can bear is a surplus and gets a closed row of its own, because money that
arrived is never refused.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fareledger.domain.allocation import allocate
from fareledger.domain.identity import new_id
from fareledger.persistence.models import Booking, Transaction
from fareledger.usecases.lock_booking import plan_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Money that moved: the amount in minor units, by which way, when, and who says so.

    `closed_at` is aware UTC, `value_date` the operator-local date of the money. Without `source` the
    rows keep theirs. `method_name` says what the method "other" was.
    """

    amount_minor: int
    method: str
    provider: str
    channel: str
    external_reference: str
    closed_at: datetime
    closed_by: str
    value_date: date
    source: str | None = None
    method_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What a movement did to a plan: rows that were closed, rows that are new (closed or for a rest)."""

    closed: tuple[Transaction, ...]
    added: tuple[Transaction, ...]


def close_row(
    row: Transaction, *, movement: Movement, amount_minor: int, receipt_number: int
) -> Transaction | None:
    """Close one open row at an amount in minor units; return the open row for the rest, if there is one."""
    rest_minor = row.amount_minor - amount_minor
    rest = (
        _rest_of(row, amount_minor=rest_minor, opened_at=max(row.opened_at, movement.closed_at))
        if rest_minor > 0
        else None
    )
    row.status = "closed"
    row.amount_minor = amount_minor
    row.method = movement.method
    row.method_name = movement.method_name
    row.provider = movement.provider
    row.channel = movement.channel
    row.external_reference = movement.external_reference
    row.closed_at = movement.closed_at
    row.closed_by = movement.closed_by
    row.value_date = movement.value_date
    row.receipt_number = receipt_number
    row.source = movement.source or row.source
    return rest


def close_oldest(
    rows: Sequence[Transaction],
    *,
    booking: Booking,
    movement: Movement,
    receipt_number: int,
    chosen: Collection[UUID] = (),
) -> Closed:
    """Close open payment rows with a received amount: those the customer chose, then the oldest due.

    A surplus gets a row of its own.
    Numbers the rows it closes from `receipt_number` on. Raises NothingReceived.
    """
    by_id = {row.id: row for row in rows}
    spread = allocate(plan_rows(rows), amount_minor=movement.amount_minor, covered_ids=chosen)
    closed: list[Transaction] = []
    added: list[Transaction] = []
    for close in spread.closes:
        row = by_id[close.row_id]
        number = receipt_number + len(closed)
        rest = close_row(row, movement=movement, amount_minor=close.amount_minor, receipt_number=number)
        closed.append(row)
        if rest is not None:
            added.append(rest)
    if spread.surplus_minor:
        surplus = _surplus(booking, movement=movement, amount_minor=spread.surplus_minor)
        number = receipt_number + len(closed)
        close_row(surplus, movement=movement, amount_minor=spread.surplus_minor, receipt_number=number)
        added.append(surplus)
    return Closed(closed=tuple(closed), added=tuple(added))


def _rest_of(row: Transaction, *, amount_minor: int, opened_at: datetime) -> Transaction:
    return Transaction(
        operator_id=row.operator_id,
        id=new_id(),
        booking_id=row.booking_id,
        kind=row.kind,
        type="partial",
        method=row.method,
        method_name=row.method_name,
        amount_minor=amount_minor,
        planned_minor=amount_minor,
        due_date=row.due_date,
        rule_based=row.rule_based,
        part=row.part,
        source=row.source,
        channel=row.channel,
        comment=row.comment,
        split_from=row.id,
        opened_at=opened_at,
    )


def _surplus(booking: Booking, *, movement: Movement, amount_minor: int) -> Transaction:
    return Transaction(
        operator_id=booking.operator_id,
        id=new_id(),
        booking_id=booking.id,
        kind="payment",
        type="partial",
        amount_minor=amount_minor,
        planned_minor=amount_minor,
        due_date=movement.value_date,
        rule_based=False,
        source=movement.source or "portal",
        opened_at=movement.closed_at,
    )
