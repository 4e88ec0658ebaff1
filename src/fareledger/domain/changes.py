"""What a change of the booking does to its payment plan.

One rule for a new price, new dates and a cancellation: dates move first, then the open rows are made to cover
exactly what is still to move. Closed rows are history and stay as they are. The steps say what to store; who
may make the change, and what happens to approvals, is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
    start_date: date
    previous_start_date: date
    terms: Terms
    today: date


def replan(rows: Sequence[PlanRow], *, change: BookingChange) -> tuple[Step, ...]:
    """Decide how the open rows follow a changed booking; afterwards `unplanned` is exactly 0.

    Steps come in the order in which they are to be applied, and name each row at most once per sort of step.
    Repeating the same change yields no steps.
    """
    moves = _moves(rows, change=change)
    new_due = {move.row_id: move.due_date for move in moves}
    dated = [replace(row, due_date=new_due.get(row.id, row.due_date)) for row in rows]
    unplanned = figures_of(dated, sales_price_minor=change.payable_minor, non_payable_minor=0).unplanned_minor
    to_shrink: Kind = "refund" if unplanned > 0 else "payment"
    to_add: Kind = "payment" if unplanned > 0 else "refund"
    bearing = (row for row in dated if row.is_open and row.kind == to_shrink)
    shrinks, rest = _shrink(bearing, amount_minor=abs(unplanned))
    added = (
        (AddRow(kind=to_add, amount_minor=rest, due_date=_rule_date(change), source=BOOKING_CHANGE),)
        if rest
        else ()
    )
    gone = {step.row_id for step in shrinks if isinstance(step, DeleteRow)}
    return (*(move for move in moves if move.row_id not in gone), *shrinks, *added)


def _rule_date(change: BookingChange) -> date:
    """The day the terms give, or the day after the change when that has passed."""
    return max(change.terms.balance_due(change.start_date), change.today + timedelta(days=1))


def _moves(rows: Iterable[PlanRow], *, change: BookingChange) -> list[MoveRow]:
    shift = change.start_date - change.previous_start_date
    if not shift:
        return []
    moves = []
    for row in rows:
        if not row.is_open or row.due_date <= change.today:
            continue
        shifted = max(row.due_date + shift, change.today + timedelta(days=1))
        due = _rule_date(change) if row.rule_based else shifted
        if due != row.due_date:
            moves.append(MoveRow(row_id=row.id, due_date=due))
    return moves


def _shrink(rows: Iterable[PlanRow], *, amount_minor: int) -> tuple[list[ShrinkRow | DeleteRow], int]:
    """Take an amount out of open rows, latest due first; also give what they could not bear."""
    steps: list[ShrinkRow | DeleteRow] = []
    left = amount_minor
    for row in sorted(rows, key=lambda row: (row.due_date, row.id), reverse=True):
        if not left:
            break
        taken = min(left, row.amount_minor)
        left -= taken
        rest = row.amount_minor - taken
        steps.append(ShrinkRow(row_id=row.id, amount_minor=rest) if rest else DeleteRow(row_id=row.id))
    return steps, left


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
