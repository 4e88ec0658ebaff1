"""Many bookings with the figures a list shows, by search and status, page by page.

The figures are sums over plan rows made in SQL; one booking in full is `show_booking.py`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from fareledger.domain.errors import Refused
from fareledger.domain.figures import PaymentStatus, payment_status
from fareledger.domain.wording import reference_key
from fareledger.persistence import queries
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_snapshot
from fareledger.usecases.clock import today

PAGE_SIZE: Final = 50
MAX_PAGE: Final = 10_000
Filter = Literal["", "unpaid", "partially_paid", "paid", "overdue", "refund_due", "departing", "cancelled"]
FILTERS: Final = (
    "",
    "unpaid",
    "partially_paid",
    "paid",
    "overdue",
    "refund_due",
    "departing",
    "cancelled",
)


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
    "next_due_date",
    "next_due_minor",
)


class UnknownFilter(Refused):
    """There is no such filter of the list."""

    def __init__(self) -> None:
        words = ", ".join(word for word in FILTERS if word)
        super().__init__(code="unknown_status", message=f"Give one of {words}.", field="/status")


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
    """One page of the list, most lately changed first; `total` counts what search and status find."""

    rows: tuple[ListedBooking, ...]
    total: int
    page: int
    search: str
    status: str

    @property
    def pages(self) -> int:
        """The number of pages, at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingSlice:
    """A stretch of the list after a cursor; `more` says whether anything follows."""

    rows: tuple[ListedBooking, ...]
    more: bool


def list_bookings(operator: Operator, *, search: str, status: str, page: int) -> BookingList:
    """Read one page of an operator's bookings; pages count from 1, a page beyond the last is empty.

    Searches reference (any spelling), customer, travellers, email and a provider's reference. Raises
    UnknownFilter.
    """
    page = min(max(page, 1), MAX_PAGE)
    arguments = _arguments(operator, search=search, status=status)
    arguments |= {"limit": PAGE_SIZE, "offset": (page - 1) * PAGE_SIZE, "before_at": None, "before_id": None}
    with operator_snapshot(operator.id):
        found = queries.rows("booking_list.page", arguments=arguments)
        counted = queries.row("booking_list.count", arguments=arguments)
    return BookingList(
        rows=tuple(_listed(row) for row in found),
        total=counted["total"] if counted else 0,
        page=page,
        search=search,
        status=status,
    )


def slice_bookings(
    operator: Operator, *, search: str, status: str, limit: int, before: tuple[datetime, UUID] | None
) -> BookingSlice:
    """Read up to `limit` bookings after a cursor, which names the last one read. Raises UnknownFilter."""
    arguments = _arguments(operator, search=search, status=status)
    before_at, before_id = before or (None, None)
    arguments |= {"limit": limit + 1, "offset": 0, "before_at": before_at, "before_id": before_id}
    with operator_snapshot(operator.id):
        found = queries.rows("booking_list.page", arguments=arguments)
    return BookingSlice(rows=tuple(_listed(row) for row in found[:limit]), more=len(found) > limit)


def _arguments(operator: Operator, *, search: str, status: str) -> dict[str, object]:
    if status not in FILTERS:
        raise UnknownFilter
    # PostgreSQL's text holds no NUL; a search with one finds what it finds without.
    text = search.replace("\x00", "").strip()[:200]
    return {
        "operator_id": operator.id,
        "search": _escaped(text.lower()),
        "exact": text,
        "reference_key": reference_key(text)[:40],
        "status": status,
        "today": today(operator),
    }


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _listed(row: dict[str, Any]) -> ListedBooking:
    payable, paid, refunded = row["payable_minor"], row["paid_minor"], row["refunded_minor"]
    outstanding = payable - paid + refunded
    travellers = json.loads(row["travellers"])
    return ListedBooking(
        **{name: row[name] for name in _AS_STORED},
        lead_traveller=next((one["name"] for one in travellers if one["lead"]), row["customer_name"]),
        cancelled=row["status"] == "cancelled",
        outstanding_minor=outstanding,
        unplanned_minor=outstanding - row["open_payments_minor"] + row["open_refunds_minor"],
        payment_status=payment_status(received_minor=paid - refunded, payable_minor=payable),
        refund_due=outstanding < 0,
        overdue=row["overdue_minor"] > 0,
    )
