"""Bookings change after money has moved: the worked stories, through the same use cases as every change."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fareledger.domain.booking import BookingDetails
from fareledger.domain.figures import PlanRow
from fareledger.domain.plan import Terms
from fareledger.persistence.operators import Operator
from fareledger.usecases.accept_booking import accept_booking
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.preview_change import preview_change
from fareledger.usecases.show_booking import Billing, RowView, billing_by_id, billing_by_reference
from fareledger.usecases.take_checkout_payments import PaymentRecordedOtherwise
from tests.domain.vectors import day, load
from tests.support.bookings import a_trip, a_trip_in, cancelling, paid_at_checkout, priced, sell
from tests.support.people import BOOKING_API, person

STORIES = load("change")


@contextmanager
def at_noon_of(text: str) -> Iterator[None]:
    year, month, number = (int(part) for part in text.split("-"))
    with time_machine.travel(datetime(year, month, number, 12, tzinfo=UTC), tick=False):
        yield


class Story:
    """One booking of an operator, followed through the steps of a vector."""

    def __init__(self, operator: Operator) -> None:
        self.operator = operator
        self.trip: BookingDetails | None = None

    def billing(self) -> Billing:
        assert self.trip is not None
        return billing_by_reference(self.operator, reference=self.trip.reference)

    def follow(self, step: dict[str, Any]) -> None:
        match step["do"]:
            case "create":
                self._create(step)
            case "commit":
                self._commit(step)
            case "change":
                self._change(step)

    def _create(self, step: dict[str, Any]) -> None:
        start = day(step["start_date"])
        trip = a_trip(
            booked_on=day(step["on"]),
            start_date=start,
            end_date=start + timedelta(days=400),
            terms=Terms.from_json(step["terms"]),
        )
        self._send(priced(trip, price_minor=step["payable"]))

    def _change(self, step: dict[str, Any]) -> None:
        assert self.trip is not None
        trip = self.trip
        if step["start_date"] is not None:
            trip = replace(trip, start_date=day(step["start_date"]))
        if step["payable"] is not None:
            trip = priced(trip, price_minor=step["payable"])
        self._send(replace(trip, booked_on=min(trip.booked_on, trip.start_date)))

    def _send(self, trip: BookingDetails) -> None:
        component = replace(trip.components[0], start_date=None, end_date=None)
        self.trip = replace(trip, components=(component,))
        preview = preview_change(self.operator, details=self.trip, actor=BOOKING_API)
        accept_booking(self.operator, details=self.trip, channel="api", actor=BOOKING_API)
        billing = self.billing()
        assert preview.after.figures == billing.figures
        assert in_any_order([seen_row(row) for row in preview.after.rows]) == seen(billing)["transactions"]

    def _commit(self, step: dict[str, Any]) -> None:
        billing = self.billing()
        row = next(
            row
            for row in billing.open_rows
            if (row.kind, row.amount_minor, row.due_date.isoformat())
            == (step["row"]["kind"], step["row"]["amount"], step["row"]["due_date"])
        )
        commit_transaction(
            self.operator,
            booking_id=billing.booking.id,
            transaction_id=row.id,
            received=Received(amount_minor=step["amount"], send_confirmation=False),
            actor=person("Marta Lindgren"),
        )


def seen(billing: Billing) -> dict[str, Any]:
    figures = billing.figures
    return {
        "payable": figures.payable_minor,
        "total_payments": figures.paid_minor,
        "total_refunds": figures.refunded_minor,
        "outstanding": figures.outstanding_minor,
        "unplanned": figures.unplanned_minor,
        "status": figures.status,
        "transactions": in_any_order([seen_row(row) for row in billing.rows]),
    }


def seen_row(row: RowView | PlanRow) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "amount": row.amount_minor,
        "due_date": row.due_date.isoformat(),
        "status": row.status,
        "source": row.source,
    }


def in_any_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: sorted((key, str(value)) for key, value in row.items()))


def balance(billing: Billing, account: str, /) -> int:
    signed = {"debit": 1, "credit": -1}
    return sum(
        signed[line.side] * line.amount_minor
        for entry in billing.entries
        for line in entry.lines
        if line.account == account
    )


@pytest.mark.parametrize("story", STORIES, ids=[str(number) for number in range(len(STORIES))])
def test_stored_bookings_follow_the_vectors(operator: Operator, story: list[dict[str, Any]]) -> None:
    told = Story(operator)
    for number, step in enumerate(story):
        with at_noon_of(step["on"]):
            told.follow(step)
            billing = told.billing()
        wanted = {**step["then"], "transactions": in_any_order(step["then"]["transactions"])}
        assert seen(billing) == wanted, f"step {number}: {step['do']} on {step['on']}"
        assert balance(billing, "customer_receivable") == billing.figures.outstanding_minor
        assert balance(billing, "contract_liability") == -billing.figures.payable_minor


def test_a_change_is_told_with_before_and_after(operator: Operator) -> None:
    trip = a_trip_in(200)
    sell(operator, trip)
    billing = sell(operator, cancelling(trip, "flights"))
    told = billing.timeline[-1]
    assert (told.kind, told.actor) == ("booking_changed", "Booking API")
    assert told.text == "Booking changed: payable GBP 1,000.00 to GBP 600.00, 1 step in the plan"
    assert told.payload["changed"]["sales_price_minor"] == {"before": 100000, "after": 60000}
    assert told.payload["version"] == billing.booking.version == 2


def test_a_cancelled_booking_owes_its_fees(operator: Operator) -> None:
    trip = a_trip_in(200)
    sell(operator, trip)
    billing = sell(operator, cancelling(trip, "flights", "hotel"))
    assert billing.booking.cancelled
    assert billing.figures.payable_minor == 20000
    assert [row.amount_minor for row in billing.open_rows] == [20000]
    assert [component.cancelled for component in billing.components] == [True, True]


def test_a_payment_that_is_sent_later_counts_once(operator: Operator) -> None:
    trip = a_trip_in(200)
    sell(operator, trip)
    paid = replace(trip, payments=(paid_at_checkout(30000, reference="pi_9"),))
    billing = sell(operator, paid)
    assert billing.figures.paid_minor == 30000
    assert sell(operator, paid) == billing
    assert sell(operator, trip) == billing, "a payment that is not repeated has still been made"
    with pytest.raises(PaymentRecordedOtherwise):
        sell(operator, replace(trip, payments=(paid_at_checkout(30001, reference="pi_9"),)))
    assert billing_by_id(operator, booking_id=billing.booking.id) == billing


def test_a_cashier_may_use_one_reference_for_two_bookings(operator: Operator) -> None:
    cash = paid_at_checkout(1000, reference="till 1", provider="offline", method="cash")
    for trip in (a_trip(payments=(cash,)), a_trip(payments=(cash,))):
        assert sell(operator, trip).figures.paid_minor == 1000


def test_terms_that_are_not_named_stay_as_agreed(operator: Operator) -> None:
    trip = a_trip_in(200, terms=Terms(balance_due_days=90))
    sell(operator, trip)
    billing = sell(operator, replace(trip, terms=None, package="Renamed"))
    assert billing.booking.terms == Terms(balance_due_days=90)
    assert [row.due_date for row in billing.rows] == [trip.start_date - timedelta(days=90)]
