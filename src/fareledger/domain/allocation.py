"""Which rows of the plan a received amount closes.

Money that arrived is always taken in full: what no open payment row can bear is a surplus, and becomes a
refund due. What the customer chose to pay comes first, then whatever is due soonest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from fareledger.domain.errors import Refused
from fareledger.domain.figures import PlanRow


class NothingReceived(Refused):
    """An amount that is no money."""

    def __init__(self, amount_minor: int) -> None:
        super().__init__(code="nothing_received", message="A received amount is above 0.", field="/amount")
        self.amount_minor = amount_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """Close a row at an amount in minor units; a remainder above 0 stays open on the same due date."""

    row_id: UUID
    amount_minor: int
    remainder_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """Where a received amount goes; the closes and the surplus add up to it exactly."""

    closes: tuple[Close, ...]
    surplus_minor: int


def allocate(rows: Iterable[PlanRow], *, amount_minor: int, covered_ids: Collection[UUID]) -> Allocation:
    """Spread a received amount over open payment rows: covered ones first, oldest due first, ties by id.

    A covered row that is no longer open, because somebody closed it meanwhile, is passed over.
    Raises NothingReceived.
    """
    if amount_minor <= 0:
        raise NothingReceived(amount_minor)
    bearing = [row for row in rows if row.is_open and row.kind == "payment"]
    bearing.sort(key=lambda row: (row.id not in covered_ids, row.due_date, row.id))
    closes = []
    left = amount_minor
    for row in bearing:
        if not left:
            break
        taken = min(left, row.amount_minor)
        left -= taken
        closes.append(Close(row_id=row.id, amount_minor=taken, remainder_minor=row.amount_minor - taken))
    return Allocation(closes=tuple(closes), surplus_minor=left)
