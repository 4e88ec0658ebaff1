"""Two tabs with different amounts, the next payment and everything at once, one press many times: the provider never
holds two payments for the same money (P2)."""

from __future__ import annotations

from functools import partial

import pytest

from fareledger.persistence.operators import Operator
from fareledger.usecases.intend_payment import Intent, intend_payment
from fareledger.usecases.start_payment import PaymentForm, PaymentInProgress
from tests.support.acquirer import Acquirer, enter_card
from tests.support.paying import Customer, a_customer, another_booking
from tests.support.paying_ways import from_a_bank, takes_other_amounts, unplan, wants
from tests.support.racing import race

pytestmark = pytest.mark.slow

ROUNDS = 8
ALIVE = ("intended", "awaiting_customer", "processing", "unknown")


@pytest.fixture
def customer(operator: Operator, acquirer: Acquirer) -> Customer:
    """A traveller with 300.00 and 700.00 to pay, whose operator takes other amounts."""
    return a_customer(takes_other_amounts(operator), acquirer=acquirer)


def alive(customer: Customer) -> int:
    return sum(state in ALIVE for state in customer.states())


def payable(customer: Customer, acquirer: Acquirer, /) -> list[int]:
    """The amounts the acquirer would still take of this customer."""
    attempts = {str(one.id) for one in customer.billing.attempts}
    return [
        int(one["amount"])
        for one in acquirer.payments_of(customer.merchant)
        if one["reference"] in attempts
        and one["status"] in ("requires_card", "requires_action", "processing")
    ]


def tabs(customer: Customer) -> list[PaymentForm]:
    """Tabs that were all opened before any of them was used, each for another amount or another way."""
    return [
        customer.form(),
        wants(customer, amount_minor=100_000, wanted="full"),
        wants(customer, amount_minor=12_345),
        wants(customer, amount_minor=54_321),
        from_a_bank(customer),
    ]


def test_tabs_with_different_amounts_leave_one_payment(customer: Customer, acquirer: Acquirer) -> None:
    for _ in range(ROUNDS):
        finish = race([partial(customer.press_pay, form) for form in tabs(customer)])
        assert all(isinstance(error, PaymentInProgress) for error in finish.errors), finish.errors
        assert alive(customer) == 1
        assert len(payable(customer, acquirer)) == 1
        customer = another_booking(customer)


def test_one_press_many_times_is_one_payment(customer: Customer, acquirer: Acquirer) -> None:
    for make in (lambda one: wants(one, amount_minor=40_000), from_a_bank):
        form = make(customer)
        finish = race([partial(customer.press_pay, form)] * 30)
        assert finish.errors == []
        assert len({attempt.id for attempt in finish.results}) == 1
        assert (len(customer.states()), len(payable(customer, acquirer))) == (1, 1)
        customer = another_booking(customer)


def test_everything_and_the_next_payment_are_not_both_charged(customer: Customer, acquirer: Acquirer) -> None:
    for _ in range(ROUNDS):
        race([partial(pay, customer, form) for form in tabs(customer)[:2]])
        for attempt in customer.billing.attempts:
            assert attempt.amount_minor in (30_000, 100_000)
        assert sum(payable(customer, acquirer)) + customer.billing.figures.paid_minor <= 100_000
        customer = another_booking(customer)


def pay(customer: Customer, form: PaymentForm, /) -> None:
    attempt = customer.press_pay(form)
    if attempt.frame_url and attempt.state == "awaiting_customer":
        enter_card(attempt.frame_url)


def test_without_the_lock_unplanned_money_is_meant_twice(customer: Customer) -> None:
    """The control: no row says no for money that nothing plans, so only the lock keeps two tabs apart."""
    for _ in range(20):
        forms = [wants(customer, amount_minor=amount) for amount in (100_000, 100_000, 100_000, 100_000)]
        unplan(customer)
        finish = race(
            [partial(intend_payment, customer.operator, form=form) for form in forms], row_locks=False
        )
        if sum(isinstance(one, Intent) for one in finish.results) > 1:
            return
        customer = another_booking(customer)
    pytest.fail("without the lock two attempts for the same money should have been made")


def test_with_the_lock_unplanned_money_is_meant_once(customer: Customer) -> None:
    for _ in range(ROUNDS):
        forms = [wants(customer, amount_minor=100_000) for _ in range(4)]
        unplan(customer)
        finish = race([partial(intend_payment, customer.operator, form=form) for form in forms])
        assert finish.errors == []
        assert sum(isinstance(one, Intent) for one in finish.results) == 1
        customer = another_booking(customer)
