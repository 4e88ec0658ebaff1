"""The figures that the list reads beside a booking are at any moment those that its plan comes to."""

from dataclasses import replace

import pytest

from fareledger.domain.booking import BookingDetails
from fareledger.persistence.models import Booking
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.booking_query import BookingQuery
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.list_bookings import ListedBooking, list_bookings
from fareledger.usecases.show_booking import Billing, billing_by_id
from tests.support.bookings import a_trip_in, cancelling, paid_at_checkout, priced, sell
from tests.support.database import TestDatabase
from tests.support.people import MARTA


def listed(operator: Operator, shown: Billing, /) -> ListedBooking:
    found = list_bookings(operator, asked=BookingQuery(search=shown.booking.reference))
    (row,) = found.rows
    return row


def assert_the_same(operator: Operator, shown: Billing, /) -> None:
    row, figures = listed(operator, shown), shown.figures
    upcoming = shown.next_payment
    assert (
        row.payable_minor,
        row.paid_minor,
        row.refunded_minor,
        row.outstanding_minor,
        row.unplanned_minor,
        row.payment_status,
        row.refund_due,
        row.next_due_date,
        row.next_due_minor,
    ) == (
        figures.payable_minor,
        figures.paid_minor,
        figures.refunded_minor,
        figures.outstanding_minor,
        figures.unplanned_minor,
        figures.status,
        figures.refund_due,
        upcoming.due_date if upcoming else None,
        upcoming.amount_minor if upcoming else None,
    )


@pytest.mark.parametrize(
    "details",
    [
        a_trip_in(200),
        a_trip_in(3),
        a_trip_in(90, payments=(paid_at_checkout(30_000),)),
        a_trip_in(90, payments=(paid_at_checkout(100_000),)),
        a_trip_in(90, payments=(paid_at_checkout(120_000),)),
        priced(a_trip_in(90), price_minor=0),
    ],
    ids=["unpaid", "late", "part", "paid", "surplus", "for nothing"],
)
def test_when_a_booking_comes_in_and_when_it_changes(operator: Operator, details: BookingDetails) -> None:
    assert_the_same(operator, sell(operator, details))
    assert_the_same(operator, sell(operator, replace(details, package="Madeira")))
    assert_the_same(operator, sell(operator, priced(details, price_minor=70_000)))
    assert_the_same(operator, sell(operator, cancelling(details, "flights", "hotel")))
    assert_the_same(operator, sell(operator, priced(details, price_minor=150_000)))


def test_when_money_arrives(operator: Operator) -> None:
    shown = sell(operator, a_trip_in(90))
    commit_transaction(
        operator,
        booking_id=shown.booking.id,
        transaction_id=shown.open_rows[0].id,
        received=Received(amount_minor=10_000, method="bank_transfer"),
        actor=MARTA,
    )
    assert_the_same(operator, billing_by_id(operator, booking_id=shown.booking.id))


def test_saving_a_booking_that_was_read_earlier_puts_no_older_figures_back(operator: Operator) -> None:
    shown = sell(operator, a_trip_in(90))
    with operator_transaction(operator.id):
        stale = Booking.objects.get(id=shown.booking.id)
    commit_transaction(
        operator,
        booking_id=shown.booking.id,
        transaction_id=shown.open_rows[0].id,
        received=Received(method="bank_transfer"),
        actor=MARTA,
    )
    with operator_transaction(operator.id):
        stale.save(force_update=True)
    assert_the_same(operator, billing_by_id(operator, booking_id=shown.booking.id))


def test_the_database_folds_many_plans_in_one_statement(operator: Operator, database: TestDatabase) -> None:
    sold = [sell(operator, a_trip_in(90)) for _ in range(3)]
    ids = [one.booking.id for one in sold]
    database.as_owner(
        "UPDATE transaction SET due_date = due_date + 1 WHERE booking_id = ANY(%s)", arguments=(ids,)
    )
    for one in sold:
        assert_the_same(operator, billing_by_id(operator, booking_id=one.booking.id))
