"""The price falls, or the trip is cancelled, while the customer has the card form open: nothing is charged that was not
shown, and money that comes late is recorded and re-planned (P5)."""

import pytest

from fareledger.domain.booking import BookingDetails, cancelled
from fareledger.domain.payment_machine import State
from fareledger.domain.plan import Terms
from fareledger.persistence.operators import Operator
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.requeue_waiting import requeue_waiting_of
from fareledger.usecases.start_payment import AmountChanged, NoLongerOpen
from fareledger.usecases.withdraw_attempt import withdraw_attempt
from tests.support.acquirer import Acquirer, enter_card, join
from tests.support.bookings import a_trip_in, priced, sell
from tests.support.database import TestDatabase
from tests.support.paying import Customer, assert_unpaid


@pytest.fixture
def trip() -> BookingDetails:
    """A trip for 1,000.00 without a down payment: one row."""
    return priced(a_trip_in(200, terms=Terms(balance_due_days=30)), price_minor=100_000)


@pytest.fixture
def customer(operator: Operator, acquirer: Acquirer, trip: BookingDetails) -> Customer:
    """A traveller with 1,000.00 to pay."""
    merchant = join(operator, acquirer=acquirer)
    return Customer(operator, sell(operator, trip).booking.id, merchant)


def falls_to(customer: Customer, *, trip: BookingDetails, price_minor: int) -> None:
    sell(customer.operator, priced(trip, price_minor=price_minor))


def test_the_old_amount_is_not_taken_from_an_old_page(customer: Customer, trip: BookingDetails) -> None:
    form = customer.form()
    falls_to(customer, trip=trip, price_minor=80_000)
    with pytest.raises(AmountChanged) as refusal:
        customer.press_pay(form)
    assert (refusal.value.shown_minor, refusal.value.amount_minor) == (100_000, 80_000)
    assert customer.states() == []


def test_a_new_page_takes_the_old_payment_back_first(
    customer: Customer, acquirer: Acquirer, trip: BookingDetails
) -> None:
    old = customer.press_pay()
    falls_to(customer, trip=trip, price_minor=80_000)
    new = customer.press_pay()
    assert (new.amount_minor, new.state) == (80_000, State.AWAITING_CUSTOMER)
    assert customer.states() == ["cancelled", "awaiting_customer"]
    told = {payment["id"]: payment["status"] for payment in acquirer.payments_of(customer.merchant)}
    assert told == {old.provider_reference: "cancelled", new.provider_reference: "requires_card"}


def test_money_paid_meanwhile_is_recorded_and_the_rest_is_a_refund_due(
    customer: Customer, trip: BookingDetails
) -> None:
    attempt = customer.press_pay()
    falls_to(customer, trip=trip, price_minor=80_000)
    enter_card(attempt.frame_url)
    assert refresh_attempt(customer.operator, attempt_id=attempt.id).state is State.SUCCEEDED
    figures = customer.billing.figures
    assert (figures.paid_minor, figures.outstanding_minor, figures.refund_due) == (100_000, -20_000, True)
    assert sorted(row.amount_minor for row in customer.billing.closed_rows) == [20_000, 80_000]
    assert (len(customer.entries()), customer.receipts()) == (1, 1)


def test_money_for_a_cancelled_trip_is_recorded_in_full(customer: Customer, trip: BookingDetails) -> None:
    attempt = customer.press_pay()
    sell(customer.operator, cancelled(trip))
    with pytest.raises(NoLongerOpen):
        customer.press_pay(customer.form_of(attempt))
    enter_card(attempt.frame_url)
    refresh_attempt(customer.operator, attempt_id=attempt.id)
    figures = customer.billing.figures
    assert (figures.paid_minor, figures.outstanding_minor, figures.status) == (100_000, -100_000, "paid")


def test_the_worker_takes_back_what_nobody_should_pay_any_more(
    customer: Customer, trip: BookingDetails, database: TestDatabase
) -> None:
    attempt = customer.press_pay()
    sell(customer.operator, cancelled(trip))
    requeue_waiting_of(customer.operator)
    queued = database.as_owner(
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'withdraw_attempt' AND args ->> 'attempt_id' = %s",
        arguments=(str(attempt.id),),
    )
    assert queued == [(1,)]
    withdrawn = withdraw_attempt(customer.operator, attempt_id=attempt.id, actor="Worker")
    assert withdrawn.state is State.CANCELLED
    assert_unpaid(customer)
