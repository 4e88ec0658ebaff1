"""What a change of the booking did to each row of its payment plan, as a preview tells it.

Compares two plans; it decides nothing about them (`changes.py` does) and knows no words for people, only what
happened. Nothing has to be approved yet: `approval_effect` says what would become of an approval once there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from fareledger.domain.figures import PlanRow

Happening = Literal["kept", "moved", "shrunk", "closed", "deleted", "added"]
ApprovalEffect = Literal["none", "keeps", "needs_its_own", "ends"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowEffect:
    """One row before and after; a new row has no before, a deleted one no after. Both may move and shrink."""

    before: PlanRow | None
    after: PlanRow | None

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """Name what happened to the row, dates first; never empty."""
        if self.before is None:
            return ("added",)
        if self.after is None:
            return ("deleted",)
        if self.before.is_open and not self.after.is_open:
            return ("closed",)
        found: list[Happening] = []
        if self.before.due_date != self.after.due_date:
            found.append("moved")
        if self.before.amount_minor != self.after.amount_minor:
            found.append("shrunk")
        return tuple(found) or ("kept",)

    @property
    def row(self) -> PlanRow:
        """The row as it is afterwards or, once gone, as it was."""
        row = self.after or self.before
        if row is None:
            raise ValueError("an effect is that of a row")
        return row

    @property
    def moved_by(self) -> timedelta:
        """By how much the due date moved; zero for a row that is new or gone."""
        if self.before is None or self.after is None:
            return timedelta()
        return self.after.due_date - self.before.due_date

    @property
    def approval(self) -> ApprovalEffect:
        """What becomes of an approval that the row may have."""
        return approval_effect(self.before, after=self.after)


def row_effects(before: Iterable[PlanRow], *, after: Iterable[PlanRow]) -> tuple[RowEffect, ...]:
    """Pair the rows of two plans of one booking, earliest due first; deleted rows count as gone."""
    return tuple(sorted(_pairs(before, after=after), key=_by_due_date))


def approval_effect(before: PlanRow | None, *, after: PlanRow | None) -> ApprovalEffect:
    """Say what a change does to the approval of one row.

    A payment that shrank or became due later keeps it; a new or earlier one, or one that grew, needs its own. Money
    that moved, and refunds, are approved by nobody.
    """
    row = after or before
    if row is None or row.kind == "refund" or (after and not after.is_open):
        return "none"
    if after is None:
        return "ends"
    if before is None or after.due_date < before.due_date or after.amount_minor > before.amount_minor:
        return "needs_its_own"
    return "keeps"


def _pairs(before: Iterable[PlanRow], *, after: Iterable[PlanRow]) -> Iterator[RowEffect]:
    left = {row.id: row for row in after if row.status != "deleted"}
    for row in before:
        if row.status != "deleted":
            yield RowEffect(before=row, after=left.pop(row.id, None))
    for row in left.values():
        yield RowEffect(before=None, after=row)


def _by_due_date(effect: RowEffect) -> tuple[object, ...]:
    row = effect.row
    return (row.due_date, row.is_open, effect.before is None, row.kind, row.amount_minor)
