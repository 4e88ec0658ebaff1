"""Fifty times the same press of the button is one attempt and one payment; two tabs cannot both charge a row
(P2).
"""

from functools import partial

import pytest

from fareledger.persistence.operators import Operator
from fareledger.usecases.start_payment import PaymentInProgress
from tests.support.acquirer import Acquirer
from tests.support.paying import Customer, a_customer, another_booking
from tests.support.racing import race

pytestmark = pytest.mark.slow

PRESSES = 50
ROUNDS = 10


def live(customer: Customer) -> int:
    return sum(state in ("intended", "awaiting_customer", "unknown") for state in customer.states())


def test_fifty_identical_presses_are_one_payment(operator: Operator, acquirer: Acquirer) -> None:
    customer = a_customer(operator, acquirer=acquirer)
    for number in range(1, ROUNDS + 1):
        form = customer.form(key=f"form-{number}")
        finish = race([partial(customer.press_pay, form)] * PRESSES)
        assert finish.errors == []
        assert len({attempt.id for attempt in finish.results}) == 1
        assert {attempt.state.value for attempt in finish.results} == {"awaiting_customer"}
        assert len(customer.states()) == 1
        assert len(acquirer.payments_of(customer.merchant)) == number
        customer = another_booking(customer)


def test_many_tabs_share_one_payment_of_the_row(operator: Operator, acquirer: Acquirer) -> None:
    customer = a_customer(operator, acquirer=acquirer)
    tabs = [partial(customer.press_pay, customer.form()) for _ in range(12)]
    finish = race(tabs)
    assert all(isinstance(error, PaymentInProgress) for error in finish.errors)
    assert len({attempt.id for attempt in finish.results}) == 1
    assert (len(customer.states()), live(customer)) == (1, 1)
    assert len(acquirer.payments_of(customer.merchant)) == 1


def test_without_the_lock_the_same_presses_collide(operator: Operator, acquirer: Acquirer) -> None:
    """The control: only unique constraints are left then, and presses die of them."""
    customer = a_customer(operator, acquirer=acquirer)
    form = customer.form(key="form-without-lock")
    finish = race([partial(customer.press_pay, form)] * PRESSES, row_locks=False)
    assert {type(error).__name__ for error in finish.errors} == {"IntegrityError"}
    assert len(acquirer.payments_of(customer.merchant)) == 1
