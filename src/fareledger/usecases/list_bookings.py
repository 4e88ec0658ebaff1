"""Many bookings with the figures a list shows, for one question, page by page.

The figures stand beside each booking, where the database keeps them; one booking in full is `show_booking.py`. What may
be asked is said in `booking_query.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, cast
from uuid import UUID

from fareledger.domain.figures import PaymentStatus
from fareledger.persistence import booking_list
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_snapshot
from fareledger.usecases.booking_query import BookingQuery, wanted
from fareledger.usecases.clock import today

PAGE_SIZE: Final = 50
MAX_PAGE: Final = booking_list.COUNTED // PAGE_SIZE

_AS_STORED: Final = (
    "id",
    "reference",
    "currency",
    "customer_name",
    "customer_email",
    "package",
    "booked_on",
    "start_date",
    "end_date",
    "version",
    "changed_at",
    "payable_minor",
    "paid_minor",
    "refunded_minor",
    "outstanding_minor",
    "next_due_date",
    "next_due_minor",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedBooking:
    """One line of the list; amounts in minor units of its own currency."""

    id: UUID
    reference: str
    currency: str
    customer_name: str
    customer_email: str
    lead_traveller: str
    package: str
    booked_on: date
    start_date: date
    end_date: date
    cancelled: bool
    version: int
    changed_at: datetime
    payable_minor: int
    paid_minor: int
    refunded_minor: int
    outstanding_minor: int
    unplanned_minor: int
    payment_status: PaymentStatus
    refund_due: bool
    overdue: bool
    next_due_date: date | None
    next_due_minor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingList:
    """One page of the list; `total` counts what the question finds, and `more` says that there are more than that."""

    rows: tuple[ListedBooking, ...]
    total: int
    more: bool
    page: int
    asked: BookingQuery

    @property
    def pages(self) -> int:
        """The number of pages, at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingSlice:
    """A stretch of the list after a cursor; `more` says whether anything follows."""

    rows: tuple[ListedBooking, ...]
    more: bool


def list_bookings(operator: Operator, *, asked: BookingQuery, page: int = 1) -> BookingList:
    """Read one page of an operator's bookings; pages count from 1, a page beyond the last is empty.

    The page and the count are of one moment.
    """
    page = min(max(page, 1), MAX_PAGE)
    pieces = wanted(asked, operator=operator)
    with operator_snapshot(operator.id):
        offset = (page - 1) * PAGE_SIZE
        found = booking_list.page(pieces, limit=PAGE_SIZE, offset=offset)
        # A page that is neither full nor empty is the last one, which says how many there are.
        counted = 0 < len(found) < PAGE_SIZE or (not found and page == 1)
        total = offset + len(found) if counted else booking_list.count(pieces)
    day = today(operator)
    return BookingList(
        rows=tuple(listed(row, day=day) for row in found),
        total=min(total, booking_list.COUNTED),
        more=total > booking_list.COUNTED,
        page=page,
        asked=asked,
    )


def slice_found(
    operator: Operator, *, asked: BookingQuery, limit: int, before: tuple[datetime, UUID] | None
) -> BookingSlice:
    """Read up to `limit` bookings after a cursor, which names the last one read; most lately changed first."""
    pieces = wanted(replace(asked, order="changed_down"), operator=operator)
    if before:
        cursor = {"before_at": before[0], "before_id": before[1]}
        pieces = replace(
            pieces,
            conditions=[*pieces.conditions, "before"],
            arguments={**pieces.arguments, **cursor},
        )
    with operator_snapshot(operator.id):
        found = booking_list.page(pieces, limit=limit + 1)
    day = today(operator)
    return BookingSlice(rows=tuple(listed(row, day=day) for row in found[:limit]), more=len(found) > limit)


def listed(row: Mapping[str, Any], *, day: date) -> ListedBooking:
    """Read one row of the list as at a day where the operator is."""
    outstanding = row["outstanding_minor"]
    travellers = json.loads(row["travellers"]) if isinstance(row["travellers"], str) else row["travellers"]
    return ListedBooking(
        **{name: row[name] for name in _AS_STORED},
        lead_traveller=next((one["name"] for one in travellers if one["lead"]), row["customer_name"]),
        cancelled=row["status"] == "cancelled",
        unplanned_minor=outstanding - row["open_payments_minor"] + row["open_refunds_minor"],
        payment_status=cast("PaymentStatus", row["payment_status"]),
        refund_due=outstanding < 0,
        overdue=row["next_due_date"] is not None and row["next_due_date"] < day,
    )
