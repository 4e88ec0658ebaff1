"""The life of forty bookings, step by step: created, paid in part or too much, changed, moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from fareledger.domain.changes import BookingChange, apply, replan
from fareledger.domain.figures import PlanRow, figures_of
from fareledger.domain.identity import new_id
from fareledger.domain.plan import Terms, plan_booking
from tests.domain.vectors import day, load

STORIES = load("change")


class Booking:
    """A booking reduced to what the change rule looks at."""

    def __init__(self) -> None:
        self.rows: tuple[PlanRow, ...] = ()
        self.payable_minor = 0
        self.booked_on = self.start_date = date.min
        self.terms = Terms(balance_due_days=0)

    def follow(self, step: dict[str, Any]) -> None:
        getattr(self, f"_{step['do']}")(step)

    def _create(self, step: dict[str, Any]) -> None:
        self.payable_minor, self.start_date = step["payable"], day(step["start_date"])
        self.booked_on, self.terms = day(step["on"]), Terms.from_json(step["terms"])
        planned = plan_booking(
            self.payable_minor, booked_on=self.booked_on, start_date=self.start_date, terms=self.terms
        )
        self.rows = tuple(
            PlanRow(
                id=new_id(),
                kind=row.kind,
                status="open",
                amount_minor=row.amount_minor,
                due_date=row.due_date,
                part=row.part,
                source=row.source,
            )
            for row in planned
        )

    def _commit(self, step: dict[str, Any]) -> None:
        wanted, received = step["row"], step["amount"]
        row = next(r for r in self.rows if r.is_open and described(r) == wanted)
        closed = replace(row, status="closed", amount_minor=received)
        self.rows = tuple(closed if r is row else r for r in self.rows)
        if received < row.amount_minor:
            rest = replace(row, id=new_id(), amount_minor=row.amount_minor - received)
            self.rows = (*self.rows, rest)

    def _change(self, step: dict[str, Any]) -> None:
        previous = self.start_date
        self.payable_minor = self.payable_minor if step["payable"] is None else step["payable"]
        self.start_date = previous if step["start_date"] is None else day(step["start_date"])
        change = BookingChange(
            payable_minor=self.payable_minor,
            booked_on=self.booked_on,
            start_date=self.start_date,
            previous_start_date=previous,
            terms=self.terms,
            today=day(step["on"]),
        )
        self.rows = apply(self.rows, steps=replan(self.rows, change=change), new_id=new_id)
        again = replace(change, previous_start_date=self.start_date)
        assert replan(self.rows, change=again) == (), "the same change twice changes nothing"


def described(row: PlanRow) -> dict[str, Any]:
    return {"kind": row.kind, "amount": row.amount_minor, "due_date": row.due_date.isoformat()}


def seen(booking: Booking) -> dict[str, Any]:
    figures = figures_of(booking.rows, sales_price_minor=booking.payable_minor, non_payable_minor=0)
    return {
        "payable": figures.payable_minor,
        "total_payments": figures.paid_minor,
        "total_refunds": figures.refunded_minor,
        "outstanding": figures.outstanding_minor,
        "unplanned": figures.unplanned_minor,
        "status": figures.status,
        "transactions": list(transactions(booking)),
    }


def transactions(booking: Booking) -> Iterator[dict[str, Any]]:
    for row in booking.rows:
        if row.status != "deleted":
            yield {**described(row), "status": row.status, "source": row.source}


def in_any_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: sorted((key, str(value)) for key, value in row.items()))


@pytest.mark.parametrize("story", STORIES, ids=[str(number) for number in range(len(STORIES))])
def test_the_booking_looks_as_the_vector_says_after_every_step(story: list[dict[str, Any]]) -> None:
    booking = Booking()
    for number, step in enumerate(story):
        booking.follow(step)
        got, wanted = seen(booking), dict(step["then"])
        got["transactions"] = in_any_order(got["transactions"])
        wanted["transactions"] = in_any_order(wanted["transactions"])
        assert got == wanted, f"step {number}: {step['do']} on {step['on']}"
