"""What a customer may pay now, and which open rows of the plan an amount covers.

Nothing is asked for that would be handed back: no amount is above what is outstanding, whatever the rows say. Money
that arrived all the same is never refused; that is `allocation.py`'s affair.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from fareledger.domain.allocation import allocate
from fareledger.domain.errors import Refused
from fareledger.domain.figures import PlanRow

Wanted = Literal["full", "next", "other"]


class NothingToPay(Refused):
    """The booking has nothing left to pay, or nothing of the kind that was asked for."""

    def __init__(self) -> None:
        super().__init__(code="nothing_to_pay", message="There is nothing to pay right now.", field="/wanted")


class OtherAmountNotOffered(Refused):
    """The operator takes the whole rest or the next payment, and nothing in between."""

    def __init__(self) -> None:
        message = "Another amount cannot be paid here."
        super().__init__(code="other_amount_not_offered", message=message, field="/wanted")


class AmountOutOfRange(Refused):
    """An amount below the operator's minimum, or above what is outstanding; both ends in minor units."""

    def __init__(self, *, lowest_minor: int, highest_minor: int) -> None:
        message = f"Give from {lowest_minor} to {highest_minor} minor units."
        super().__init__(code="amount_out_of_range", message=message, field="/amount")
        self.lowest_minor = lowest_minor
        self.highest_minor = highest_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The other amounts that may be paid, in minor units, both ends included."""

    lowest_minor: int
    highest_minor: int

    def __contains__(self, amount_minor: int) -> bool:
        """Say whether an amount is one of them."""
        return self.lowest_minor <= amount_minor <= self.highest_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What may be paid now, in minor units; 0 and None where there is nothing of the kind."""

    full_minor: int
    next_row: PlanRow | None
    next_minor: int
    other: Range | None

    def wanted_for(self, amount_minor: int) -> Wanted | None:
        """Say as which choice an amount may be paid now, such as one that failed before; None when as none."""
        if amount_minor > 0 and amount_minor == self.next_minor:
            return "next"
        if amount_minor > 0 and amount_minor == self.full_minor:
            return "full"
        return "other" if self.other and amount_minor in self.other else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What an amount means to close: a row, what it stands at, and how much of that is covered (minor units)."""

    row_id: UUID
    row_minor: int
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Which rows an amount covers, in the order in which it closes them, and what of it no row plans."""

    covers: tuple[Cover, ...]
    unplanned_minor: int

    @property
    def amount_minor(self) -> int:
        """The whole amount."""
        return sum(cover.amount_minor for cover in self.covers) + self.unplanned_minor

    @property
    def row_ids(self) -> frozenset[UUID]:
        """The rows that are covered, wholly or in part."""
        return frozenset(cover.row_id for cover in self.covers)


def choices_of(
    rows: Iterable[PlanRow],
    *,
    outstanding_minor: int,
    other_from_minor: int | None,
    row_id: UUID | None = None,
) -> Choices:
    """Give what may be paid now; the next payment is the open one due first, or the one that is named.

    `other_from_minor` is the least other amount, None when the operator takes none; a smaller rest may be paid whole.
    """
    full_minor = max(0, outstanding_minor)
    following = _payments(rows)
    if row_id is not None:
        following = [row for row in following if row.id == row_id]
    next_row = following[0] if following and full_minor else None
    return Choices(
        full_minor=full_minor,
        next_row=next_row,
        next_minor=min(next_row.amount_minor, full_minor) if next_row else 0,
        other=None
        if other_from_minor is None or not full_minor
        else Range(lowest_minor=min(max(1, other_from_minor), full_minor), highest_minor=full_minor),
    )


def amount_of(choices: Choices, *, wanted: Wanted, typed_minor: int) -> int:
    """Give the amount of a choice in minor units; `typed_minor` counts for another amount only.

    Raises NothingToPay, OtherAmountNotOffered and AmountOutOfRange.
    """
    if not choices.full_minor or (wanted == "next" and choices.next_row is None):
        raise NothingToPay
    if wanted == "full":
        return choices.full_minor
    if wanted == "next":
        return choices.next_minor
    if choices.other is None:
        raise OtherAmountNotOffered
    if typed_minor not in choices.other:
        raise AmountOutOfRange(
            lowest_minor=choices.other.lowest_minor, highest_minor=choices.other.highest_minor
        )
    return typed_minor


def reach_of(rows: Iterable[PlanRow], *, amount_minor: int, first: UUID | None = None) -> Reach:
    """Say which open rows an amount above 0 covers: the named one first, then the oldest due, ties by id.

    It is exactly what the money closes when it arrives and nothing has changed in between.
    """
    known = list(rows)
    minor_of = {row.id: row.amount_minor for row in known}
    spread = allocate(known, amount_minor=amount_minor, covered_ids=() if first is None else (first,))
    return Reach(
        covers=tuple(
            Cover(row_id=close.row_id, row_minor=minor_of[close.row_id], amount_minor=close.amount_minor)
            for close in spread.closes
        ),
        unplanned_minor=spread.surplus_minor,
    )


def holds_back(standing: Reach, *, new: Reach, outstanding_minor: int) -> bool:
    """Say whether money that may be on its way already stands in the way of a new payment (P2).

    It does when both mean the same row, when both pay something that no row plans, and when together they are more
    than is outstanding.
    """
    return (
        bool(standing.row_ids & new.row_ids)
        or (standing.unplanned_minor > 0 and new.unplanned_minor > 0)
        or standing.amount_minor + new.amount_minor > outstanding_minor
    )


def _payments(rows: Iterable[PlanRow]) -> Sequence[PlanRow]:
    bearing = [row for row in rows if row.is_open and row.kind == "payment"]
    return sorted(bearing, key=lambda row: (row.due_date, row.id))
