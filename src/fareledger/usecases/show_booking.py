"""Everything that is shown of one booking; the Billing page, the booking home and the API read the same.

Read from one snapshot, so that every figure on a page belongs to one moment. Nothing here decides or
writes; the values are described in `booking_views.py`, the list of many bookings is `list_bookings.py`, the
way of the money to the bank `show_money_chain.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from fareledger.domain.booking import Component, Traveller
from fareledger.domain.errors import NotFound
from fareledger.domain.figures import Figures, PlanRow, figures_of
from fareledger.domain.plan import Terms
from fareledger.domain.wording import reference_key
from fareledger.persistence import queries
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_snapshot
from fareledger.usecases.booking_views import (
    OFFLINE,
    ApprovalView,
    Billing,
    BookingAttempt,
    BookingView,
    CollectionView,
    EmailView,
    EntryView,
    EventView,
    LineView,
    MandateView,
    RowView,
)
from fareledger.usecases.clock import today
from fareledger.usecases.json_rows import view_of, views_of

__all__ = [
    "OFFLINE",
    "ApprovalView",
    "Billing",
    "BookingAttempt",
    "BookingNotFound",
    "BookingView",
    "CollectionView",
    "EmailView",
    "EntryView",
    "EventView",
    "LineView",
    "MandateView",
    "RowView",
    "billing_by_id",
    "billing_by_reference",
    "billing_within",
]

_LISTS = ("components", "rows", "entries", "timeline", "attempts", "emails", "mandates")


class BookingNotFound(NotFound):
    """This operator has no such booking; another operator's booking is none of this one's."""

    def __init__(self, wanted: object) -> None:
        super().__init__(code="booking_not_found", message="There is no booking with this reference.")
        self.wanted = wanted


def billing_by_reference(operator: Operator, *, reference: str) -> Billing:
    """Read a booking by its reference in any spelling. Raises BookingNotFound."""
    return _billing(operator, booking_id=None, key=reference_key(reference), wanted=reference)


def billing_by_id(operator: Operator, *, booking_id: UUID) -> Billing:
    """Read a booking by its id. Raises BookingNotFound."""
    return _billing(operator, booking_id=booking_id, key="", wanted=booking_id)


def billing_within(operator: Operator, *, booking_id: UUID) -> Billing:
    """Read a booking inside the caller's operator transaction, with what it has written. Raises BookingNotFound."""
    asked = {"operator_id": operator.id, "booking_id": booking_id, "reference_key": ""}
    head = queries.row("booking.whole", arguments=asked)
    return _read(operator, head=head, wanted=booking_id)


def _billing(operator: Operator, *, booking_id: UUID | None, key: str, wanted: object) -> Billing:
    asked = {"operator_id": operator.id, "booking_id": booking_id, "reference_key": key}
    with operator_snapshot(operator.id):
        head = queries.row("booking.whole", arguments=asked)
    return _read(operator, head=head, wanted=wanted)


def _read(operator: Operator, *, head: dict[str, Any] | None, wanted: object) -> Billing:
    day = today(operator)
    if head is None:
        raise BookingNotFound(wanted)
    lists = {name: json.loads(head.pop(name)) for name in _LISTS}
    rows = tuple(_row(row, day=day) for row in lists["rows"])
    return Billing(
        booking=_booking(head),
        components=tuple(_component(value) for value in lists["components"]),
        rows=rows,
        figures=_figures(rows, head=head),
        entries=tuple(_entry(row) for row in lists["entries"]),
        timeline=views_of(EventView, lists["timeline"]),
        attempts=tuple(_attempt(row) for row in lists["attempts"]),
        emails=views_of(EmailView, lists["emails"]),
        mandates=views_of(MandateView, lists["mandates"]),
        today=day,
    )


def _booking(head: dict[str, Any]) -> BookingView:
    travellers = tuple(Traveller(**value) for value in json.loads(head["travellers"]))
    terms = Terms.from_json(json.loads(head["terms"]))
    return BookingView(**{**head, "travellers": travellers, "terms": terms})


def _component(value: dict[str, Any]) -> Component:
    dates = {
        name: date.fromisoformat(value[name]) if value[name] else None for name in ("start_date", "end_date")
    }
    return Component(**{**value, **dates})


def _row(row: dict[str, Any], *, day: date) -> RowView:
    overdue = row["status"] == "open" and date.fromisoformat(row["due_date"]) < day
    approval, collection = row["approval"], row["collection"]
    return view_of(
        RowView,
        row,
        overdue=overdue,
        approval=view_of(ApprovalView, approval) if approval else None,
        collection=view_of(CollectionView, collection) if collection else None,
    )


def _figures(rows: Iterable[RowView], *, head: dict[str, Any]) -> Figures:
    planned = (
        PlanRow(
            id=row.id,
            kind=row.kind,
            status=row.status,
            amount_minor=row.amount_minor,
            due_date=row.due_date,
            online=row.online,
            reversal=row.reverses is not None,
        )
        for row in rows
    )
    return figures_of(
        planned, sales_price_minor=head["sales_price_minor"], non_payable_minor=head["non_payable_minor"]
    )


def _entry(row: dict[str, Any]) -> EntryView:
    lines = tuple(
        LineView(account, "debit" if side == "D" else "credit", amount_minor)
        for account, side, amount_minor in row["lines"]
    )
    return view_of(EntryView, row, lines=lines)


def _attempt(row: dict[str, Any]) -> BookingAttempt:
    return view_of(BookingAttempt, row, transaction_ids=tuple(map(UUID, row["transaction_ids"])))
