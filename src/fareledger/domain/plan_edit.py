"""What becomes of a plan when staff rewrite its open rows: by other terms, or each by hand.

Closed rows and rows that somebody is paying at this moment are left as they are. A row that shrinks or becomes due
later stays the same row; one that grows or comes earlier is replaced by a new one, because the customer may have
agreed to the old. What an edit does is told as a pair of rows, before and after. The rules of a changed booking are
`changes.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from fareledger.domain.change_effect import RowEffect
from fareledger.domain.changes import AddRow, DeleteRow, ShrinkRow, cover
from fareledger.domain.figures import Figures, PlanRow
from fareledger.domain.money import MAX_MINOR
from fareledger.domain.plan import MANUAL, PLAN, Kind, PlannedRow, Terms, plan_booking

LAST_DAY: Final = date(2199, 12, 31)
MAX_ROWS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    """An open row as staff want it, in minor units; without `row_id` it is a new one."""

    row_id: UUID | None
    kind: Kind
    amount_minor: int
    due_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftError:
    """One problem of a draft: the place of its row (None: the whole plan), the field, a code and a sentence."""

    place: int | None
    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A plan that is being edited: its rows, those nobody may touch, the figures, the operator-local day, new ids."""

    rows: tuple[PlanRow, ...]
    untouchable: Collection[UUID]
    figures: Figures
    today: date
    new_id: Callable[[], UUID]

    def editable(self, *, kind: Kind | None = None) -> tuple[PlanRow, ...]:
        """Give the open rows that may change, of one kind or both, earliest due first."""
        rows = (row for row in self.rows if row.is_open and row.id not in self.untouchable)
        wanted = (row for row in rows if kind in (None, row.kind))
        return tuple(sorted(wanted, key=lambda row: (row.due_date, row.id)))

    def bound_minor(self, *, kind: Kind) -> int:
        """Sum the open rows of a kind that must stay as they are."""
        rows = (row for row in self.rows if row.is_open and row.kind == kind and row.id in self.untouchable)
        return sum(row.amount_minor for row in rows)

    def still_minor(self, *, kind: Kind) -> int:
        """What open rows of a kind may add up to: what is outstanding, or owed back."""
        outstanding = self.figures.outstanding_minor
        return max(0, outstanding if kind == "payment" else -outstanding)


def check_drafts(drafts: Sequence[DraftRow], *, desk: Desk) -> tuple[DraftError, ...]:
    """Name every problem of rows written by hand, but for their sum."""
    errors = [error for place, draft in enumerate(drafts) for error in _errors(draft, place=place, desk=desk)]
    if len(drafts) > MAX_ROWS:
        message = f"A plan has at most {MAX_ROWS} open rows."
        errors.append(DraftError(place=None, field="", code="too_many", message=message))
    named = [draft.row_id for draft in drafts if draft.row_id is not None]
    if len(set(named)) < len(named):
        message = "A row stands in the plan twice."
        errors.append(DraftError(place=None, field="", code="duplicate_row", message=message))
    return tuple(errors)


def _errors(draft: DraftRow, *, place: int, desk: Desk) -> Iterator[DraftError]:
    row = next((row for row in desk.editable() if row.id == draft.row_id), None)
    if draft.row_id is not None and row is None:
        message = "This row can no longer be edited."
        yield DraftError(place=place, field="", code="row_not_editable", message=message)
    if type(draft.amount_minor) is not int or not 0 < draft.amount_minor <= MAX_MINOR:
        message = "Give an amount above 0."
        yield DraftError(place=place, field="amount", code="invalid_amount", message=message)
    stays = row is not None and draft.due_date == row.due_date and draft.amount_minor <= row.amount_minor
    if draft.due_date < desk.today and not stays:
        message = "The due date is today or later; an overdue row keeps its date only while it does not grow."
        yield DraftError(place=place, field="due", code="past_due_date", message=message)
    elif draft.due_date > LAST_DAY:
        message = f"Give a date up to {LAST_DAY}."
        yield DraftError(place=place, field="due", code="date_out_of_range", message=message)


def over_minor(effects: Iterable[RowEffect], *, kind: Kind, desk: Desk) -> int:
    """Say by how much the open rows of a kind would exceed what is still to move; 0 or below is fine."""
    after = (effect.after for effect in effects if effect.after is not None)
    together = sum(row.amount_minor for row in after if row.is_open and row.kind == kind)
    return together - desk.still_minor(kind=kind)


def edit_by_hand(drafts: Sequence[DraftRow], *, desk: Desk) -> tuple[RowEffect, ...]:
    """Turn checked drafts into the plan they make; a row that no draft names is deleted.

    Preconditions: `check_drafts` found nothing.
    """
    by_id = {draft.row_id: draft for draft in drafts if draft.row_id is not None}
    editable = {row.id for row in desk.editable()}
    effects = [
        RowEffect(before=row, after=_by_hand(row, draft=by_id.get(row.id), desk=desk))
        if row.id in editable
        else RowEffect(before=row, after=row)
        for row in desk.rows
    ]
    new = (draft for draft in drafts if draft.row_id is None)
    return (*effects, *(RowEffect(before=None, after=_new_row(draft, desk=desk)) for draft in new))


def edit_by_terms(terms: Terms, *, booked_on: date, start_date: date, desk: Desk) -> tuple[RowEffect, ...]:
    """Plan what is still owed by other terms; afterwards open rows come to exactly what has still to move.

    What was received, and what is being paid now, counts as the earliest parts. A part whose day has passed is due
    today, unless its row was overdue by the same rule already. Refunds are brought to what is owed back.
    """
    wanted_minor = max(0, desk.still_minor(kind="payment") - desk.bound_minor(kind="payment"))
    planned = plan_booking(
        desk.figures.payable_minor, booked_on=booked_on, start_date=start_date, terms=terms
    )
    rest = _uncovered(planned, wanted_minor=wanted_minor, balance_due=terms.balance_due(start_date))
    effects = {row.id: RowEffect(before=row, after=row) for row in desk.rows}
    effects |= {row.id: RowEffect(before=row, after=None) for row in desk.editable(kind="payment")}
    added = []
    for new in _from_today(rest, desk=desk):
        old = _same_part(new, effects=effects.values())
        if old is None:
            added.append(RowEffect(before=None, after=new))
        else:
            effects[old.id] = RowEffect(before=old, after=_settled(old, wanted=new))
    for refund in _refunds(desk, due=max(terms.balance_due(start_date), desk.today)):
        if refund.before is None:
            added.append(refund)
        else:
            effects[refund.before.id] = refund
    return (*effects.values(), *added)


def _by_hand(row: PlanRow, *, draft: DraftRow | None, desk: Desk) -> PlanRow | None:
    if draft is None:
        return None
    moved = draft.due_date != row.due_date
    wanted = replace(
        row,
        id=desk.new_id(),
        amount_minor=draft.amount_minor,
        due_date=draft.due_date,
        rule_based=row.rule_based and not moved,
        part=None if moved else row.part,
    )
    return _settled(row, wanted=wanted)


def _settled(row: PlanRow, *, wanted: PlanRow) -> PlanRow:
    """Keep the row itself where it only shrinks or becomes due later; else the new one takes its place."""
    if wanted.amount_minor <= row.amount_minor and wanted.due_date >= row.due_date:
        return replace(wanted, id=row.id)
    return wanted


def _new_row(draft: DraftRow, *, desk: Desk) -> PlanRow:
    return PlanRow(
        id=desk.new_id(),
        kind=draft.kind,
        status="open",
        amount_minor=draft.amount_minor,
        due_date=draft.due_date,
        rule_based=False,
        source=MANUAL,
    )


def _uncovered(planned: Sequence[PlannedRow], *, wanted_minor: int, balance_due: date) -> list[PlannedRow]:
    """Take what is covered off the earliest rows; owing more than the whole price is owed with the balance."""
    covered_minor = sum(row.amount_minor for row in planned) - wanted_minor
    rest = []
    for row in planned:
        taken_minor = min(row.amount_minor, max(0, covered_minor))
        covered_minor -= taken_minor
        if row.amount_minor > taken_minor:
            rest.append(replace(row, amount_minor=row.amount_minor - taken_minor))
    if covered_minor < 0:
        last = (
            rest.pop()
            if rest
            else PlannedRow(kind="payment", amount_minor=0, due_date=balance_due, source=PLAN)
        )
        rest.append(replace(last, amount_minor=last.amount_minor - covered_minor))
    return rest


def _from_today(planned: Iterable[PlannedRow], *, desk: Desk) -> Iterator[PlanRow]:
    """Date what has passed today, one row a day; a row that is overdue by the same rule stays overdue."""
    by_day: dict[date, PlannedRow] = {}
    for row in planned:
        overdue = any(
            old.rule_based and old.part == row.part and old.due_date == row.due_date
            for old in desk.editable(kind="payment")
        )
        day = row.due_date if overdue else max(row.due_date, desk.today)
        before = by_day.get(day)
        amount_minor = row.amount_minor + (before.amount_minor if before else 0)
        by_day[day] = replace(row, amount_minor=amount_minor, due_date=day)
    for row in by_day.values():
        yield PlanRow(
            id=desk.new_id(),
            kind="payment",
            status="open",
            amount_minor=row.amount_minor,
            due_date=row.due_date,
            part=row.part,
            source=PLAN,
        )


def _same_part(new: PlanRow, *, effects: Iterable[RowEffect]) -> PlanRow | None:
    """Find the row that stood for the same part of the terms and has no successor yet."""
    left = (effect.before for effect in effects if effect.after is None and effect.before is not None)
    return next((row for row in left if row.rule_based and row.source == PLAN and row.part == new.part), None)


def _refunds(desk: Desk, *, due: date) -> Iterator[RowEffect]:
    wanted_minor = max(0, desk.still_minor(kind="refund") - desk.bound_minor(kind="refund"))
    rows = desk.editable(kind="refund")
    by_id = {row.id: row for row in rows}
    for step in cover(rows, kind="refund", wanted_minor=wanted_minor, new_due=due):
        match step:
            case ShrinkRow():
                row = by_id[step.row_id]
                yield RowEffect(before=row, after=replace(row, amount_minor=step.amount_minor))
            case DeleteRow():
                yield RowEffect(before=by_id[step.row_id], after=None)
            case AddRow():
                draft = DraftRow(
                    row_id=None, kind=step.kind, amount_minor=step.amount_minor, due_date=step.due_date
                )
                yield RowEffect(
                    before=None, after=replace(_new_row(draft, desk=desk), rule_based=True, source=PLAN)
                )
