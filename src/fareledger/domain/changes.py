"""What a change of the booking does to its payment plan.

One rule for a new price, new dates and a cancellation: dates move first, then the open rows are made to cover
exactly what is still to move. Closed rows are history and stay as they are. The steps say what to store; who
may make the change, and what happens to approvals, is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from fareledger.domain.figures import PlanRow, figures_of
from fareledger.domain.plan import BOOKING_CHANGE, Kind, Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRow:
    """Store a new open row, dated by rule."""

    kind: Kind
    amount_minor: int
    due_date: date
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShrinkRow:
    """Lower an open row to this amount, which is above 0."""

    row_id: UUID
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRow:
    """Mark an open row deleted: nothing of it is left to move."""

    row_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRow:
    """Give an open row this due date."""

    row_id: UUID
    due_date: date


Step = AddRow | ShrinkRow | DeleteRow | MoveRow


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingChange:
    """What the changed booking looks like, and the operator-local day on which it changed."""

    payable_minor: int
    booked_on: date
    start_date: date
    previous_start_date: date
    terms: Terms
    today: date


def replan(rows: Sequence[PlanRow], *, change: BookingChange) -> tuple[Step, ...]:
    """Decide how the open rows follow a changed booking; afterwards `unplanned` is exactly 0.

    Dates move first, so that what is due latest afterwards is what shrinks. Then open payments come to what
    is still owed and open refunds to what was received too much; one of the two is always nothing, so nobody
    is asked for money that will be handed back. What is too much shrinks, latest due first and newest first
    within a day; what is missing is one new row, since an existing one may be approved and never grows.
    Steps come in the order in which they are to be applied.
    """
    moves = _moves(rows, change=change)
    new_due = {move.row_id: move.due_date for move in moves}
    dated = [replace(row, due_date=new_due.get(row.id, row.due_date)) for row in rows]
    figures = figures_of(dated, sales_price_minor=change.payable_minor, non_payable_minor=0)
    outstanding = figures.outstanding_minor
    covering = [
        *cover(dated, kind="payment", wanted_minor=max(0, outstanding), new_due=_rule_date(change)),
        *cover(dated, kind="refund", wanted_minor=max(0, -outstanding), new_due=_rule_date(change)),
    ]
    gone = {step.row_id for step in covering if isinstance(step, DeleteRow)}
    return (*(move for move in moves if move.row_id not in gone), *covering)


def _rule_date(change: BookingChange) -> date:
    """The day the terms give for a balance, or the day after the change when that has passed."""
    return max(_day_of(None, change=change), _day_after(change))


def _day_of(part: int | None, *, change: BookingChange) -> date:
    return change.terms.part_due(part, booked_on=change.booked_on, start_date=change.start_date)


def _day_after(change: BookingChange) -> date:
    return change.today + timedelta(days=1)


def _moves(rows: Iterable[PlanRow], *, change: BookingChange) -> list[MoveRow]:
    """Move the open rows that are due after today; one due today or earlier has been asked for already."""
    shift = change.start_date - change.previous_start_date
    if not shift:
        return []
    moves = []
    for row in rows:
        if not row.is_open or row.due_date <= change.today:
            continue
        wanted = _day_of(row.part, change=change) if row.rule_based else row.due_date + shift
        due = max(wanted, _day_after(change))
        if due != row.due_date:
            moves.append(MoveRow(row_id=row.id, due_date=due))
    return moves


def cover(
    rows: Iterable[PlanRow], *, kind: Kind, wanted_minor: int, new_due: date
) -> Iterator[ShrinkRow | DeleteRow | AddRow]:
    """Bring the open rows of one kind to a sum, in minor units: latest due shrink first, what is missing is one row."""
    bearing = [row for row in rows if row.is_open and row.kind == kind]
    excess = sum(row.amount_minor for row in bearing) - wanted_minor
    if excess < 0:
        yield AddRow(kind=kind, amount_minor=-excess, due_date=new_due, source=BOOKING_CHANGE)
    for row in sorted(bearing, key=lambda row: (row.due_date, row.id), reverse=True):
        if excess <= 0:
            return
        rest = max(0, row.amount_minor - excess)
        excess -= row.amount_minor - rest
        yield ShrinkRow(row_id=row.id, amount_minor=rest) if rest else DeleteRow(row_id=row.id)


def apply(
    rows: Sequence[PlanRow], *, steps: Iterable[Step], new_id: Callable[[], UUID]
) -> tuple[PlanRow, ...]:
    """Carry the steps out on values, as storage does on rows: for previews and tests. Order is kept."""
    by_id = {row.id: row for row in rows}
    for step in steps:
        match step:
            case AddRow():
                row_id = new_id()
                by_id[row_id] = PlanRow(
                    id=row_id,
                    kind=step.kind,
                    status="open",
                    amount_minor=step.amount_minor,
                    due_date=step.due_date,
                    rule_based=True,
                    source=step.source,
                )
            case ShrinkRow():
                by_id[step.row_id] = replace(by_id[step.row_id], amount_minor=step.amount_minor)
            case DeleteRow():
                by_id[step.row_id] = replace(by_id[step.row_id], status="deleted")
            case MoveRow():
                by_id[step.row_id] = replace(by_id[step.row_id], due_date=step.due_date)
    return tuple(by_id.values())
