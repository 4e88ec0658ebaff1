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
    Billing,
    BookingAttempt,
    BookingView,
    EmailView,
    EntryView,
    EventView,
    LineView,
    RowView,
)
from fareledger.usecases.clock import today

__all__ = [
    "OFFLINE",
    "Billing",
    "BookingAttempt",
    "BookingNotFound",
    "BookingView",
    "EmailView",
    "EntryView",
    "EventView",
    "LineView",
    "RowView",
    "billing_by_id",
    "billing_by_reference",
]


class BookingNotFound(NotFound):
    """This operator has no such booking; another operator's booking is none of this one's."""

    def __init__(self, wanted: object) -> None:
        super().__init__(code="booking_not_found", message="There is no booking with this reference.")
        self.wanted = wanted


def billing_by_reference(operator: Operator, *, reference: str) -> Billing:
    """Read a booking by its reference in any spelling. Raises BookingNotFound."""
    arguments: dict[str, object] = {"operator_id": operator.id, "reference_key": reference_key(reference)}
    return _billing(operator, query="booking.by_key", arguments=arguments, wanted=reference)


def billing_by_id(operator: Operator, *, booking_id: UUID) -> Billing:
    """Read a booking by its id. Raises BookingNotFound."""
    arguments: dict[str, object] = {"operator_id": operator.id, "booking_id": booking_id}
    return _billing(operator, query="booking.by_id", arguments=arguments, wanted=booking_id)


def _billing(operator: Operator, *, query: str, arguments: dict[str, object], wanted: object) -> Billing:
    day = today(operator)
    with operator_snapshot(operator.id):
        head = queries.row(query, arguments=arguments)
        if head is None:
            raise BookingNotFound(wanted)
        of_booking = {"operator_id": operator.id, "booking_id": head["id"]}
        rows = tuple(_row(row, day=day) for row in queries.rows("booking.rows", arguments=of_booking))
        entries = tuple(_entry(row) for row in queries.rows("booking.entries", arguments=of_booking))
        events = tuple(_event(row) for row in queries.rows("booking.timeline", arguments=of_booking))
        attempts = tuple(_attempt(row) for row in queries.rows("booking.attempts", arguments=of_booking))
        emails = tuple(EmailView(**row) for row in queries.rows("booking.emails", arguments=of_booking))
    components = tuple(_component(value) for value in json.loads(head.pop("components")))
    return Billing(
        booking=_booking(head),
        components=components,
        rows=rows,
        figures=_figures(rows, head=head),
        entries=entries,
        timeline=events,
        attempts=attempts,
        emails=emails,
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
    return RowView(**row, overdue=row["status"] == "open" and row["due_date"] < day)


def _figures(rows: Iterable[RowView], *, head: dict[str, Any]) -> Figures:
    planned = (
        PlanRow(
            id=row.id,
            kind=row.kind,
            status=row.status,
            amount_minor=row.amount_minor,
            due_date=row.due_date,
            online=row.online,
        )
        for row in rows
    )
    return figures_of(
        planned, sales_price_minor=head["sales_price_minor"], non_payable_minor=head["non_payable_minor"]
    )


def _entry(row: dict[str, Any]) -> EntryView:
    lines = tuple(
        LineView(account, "debit" if side == "D" else "credit", amount_minor)
        for account, side, amount_minor in json.loads(row["lines"])
    )
    return EntryView(**{**row, "lines": lines})


def _event(row: dict[str, Any]) -> EventView:
    return EventView(**{**row, "payload": json.loads(row["payload"])})


def _attempt(row: dict[str, Any]) -> BookingAttempt:
    return BookingAttempt(**{**row, "transaction_ids": tuple(row["transaction_ids"])})
