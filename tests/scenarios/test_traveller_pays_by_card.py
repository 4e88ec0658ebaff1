"""A traveller pays what is due by card: straight away, after a decline, through 3-D Secure, slowly, in any currency."""

import pytest

from fareledger.domain.ledger import Account
from fareledger.domain.payment_machine import State
from fareledger.persistence.ledger import balances
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.start_payment import FormKeyReused, NoLongerOpen, PaymentInProgress, RowNotFound
from tests.support.acquirer import (
    CHALLENGED,
    DECLINED,
    PROCESSING,
    Acquirer,
    answer_challenge,
    enter_card,
    join,
)
from tests.support.bookings import a_trip_in, priced, sell
from tests.support.operators import new_operator
from tests.support.paying import Customer, a_customer, another_booking, assert_paid_once, assert_unpaid


@pytest.fixture
def customer(operator: Operator, acquirer: Acquirer) -> Customer:
    """A traveller with 300.00 and 700.00 to pay."""
    return a_customer(operator, acquirer=acquirer)


def test_deposit_and_balance(customer: Customer) -> None:
    for _ in range(2):
        attempt = customer.press_pay()
        enter_card(attempt.frame_url)
        assert refresh_attempt(customer.operator, attempt_id=attempt.id).state is State.SUCCEEDED
    billing = customer.billing
    assert (billing.figures.status, billing.figures.outstanding_minor) == ("paid", 0)
    assert [row.receipt_number for row in billing.closed_rows] == [1, 2]
    assert {(row.provider, row.channel, row.method) for row in billing.closed_rows} == {
        ("sandbox", "portal", "credit_card")
    }
    with operator_transaction(customer.operator.id):
        accounts = balances(customer.operator.id, booking_id=customer.booking_id)
    assert accounts[Account.ACQUIRER_CLEARING] == 100_000
    assert accounts[Account.CUSTOMER_RECEIVABLE] == 0
    assert customer.receipts() == 2


def test_declined_then_another_card_in_the_same_form(customer: Customer) -> None:
    attempt = customer.press_pay()
    enter_card(attempt.frame_url, number=DECLINED)
    declined = refresh_attempt(customer.operator, attempt_id=attempt.id)
    assert (declined.state, declined.failure_code) == (State.AWAITING_CUSTOMER, "generic_decline")
    assert_unpaid(customer)
    assert customer.press_pay().id == attempt.id
    enter_card(attempt.frame_url)
    refresh_attempt(customer.operator, attempt_id=attempt.id)
    assert_paid_once(customer)


@pytest.mark.parametrize("approves", [True, False])
def test_the_bank_asks(customer: Customer, approves: bool) -> None:
    attempt = customer.press_pay()
    page = enter_card(attempt.frame_url, number=CHALLENGED)
    assert refresh_attempt(customer.operator, attempt_id=attempt.id).state is State.AWAITING_CUSTOMER
    answer_challenge(page, approve=approves)
    after = refresh_attempt(customer.operator, attempt_id=attempt.id)
    if approves:
        assert_paid_once(customer)
    else:
        assert (after.state, after.failure_code) == (State.AWAITING_CUSTOMER, "authentication_failed")
        assert_unpaid(customer)


def test_a_slow_bank_blocks_a_second_payment_until_it_answers(customer: Customer, acquirer: Acquirer) -> None:
    attempt = customer.press_pay()
    enter_card(attempt.frame_url, number=PROCESSING)
    assert refresh_attempt(customer.operator, attempt_id=attempt.id).state is State.PROCESSING
    with pytest.raises(PaymentInProgress):
        customer.press_pay()
    acquirer.post(f"/admin/payments/{attempt.provider_reference}/finish", body={"outcome": "succeeded"})
    refresh_attempt(customer.operator, attempt_id=attempt.id)
    assert_paid_once(customer)


def test_a_slow_bank_that_says_no_frees_the_row(customer: Customer, acquirer: Acquirer) -> None:
    attempt = customer.press_pay()
    enter_card(attempt.frame_url, number=PROCESSING)
    refresh_attempt(customer.operator, attempt_id=attempt.id)
    acquirer.post(f"/admin/payments/{attempt.provider_reference}/finish", body={"outcome": "failed"})
    assert refresh_attempt(customer.operator, attempt_id=attempt.id).state is State.FAILED
    assert_unpaid(customer)
    assert customer.press_pay().id != attempt.id


@pytest.mark.parametrize(
    ("currency", "price_minor", "deposit_minor"), [("JPY", 100_001, 30_000), ("KWD", 1_000_005, 300_002)]
)
def test_other_currencies_are_exact(
    operator: Operator, acquirer: Acquirer, currency: str, price_minor: int, deposit_minor: int
) -> None:
    merchant = join(operator, acquirer=acquirer)
    trip = priced(a_trip_in(200, currency=currency), price_minor=price_minor)
    customer = Customer(operator, sell(operator, trip).booking.id, merchant)
    attempt = customer.press_pay()
    assert (attempt.amount_minor, attempt.currency) == (deposit_minor, currency)
    enter_card(attempt.frame_url)
    refresh_attempt(operator, attempt_id=attempt.id)
    assert_paid_once(customer, amount_minor=deposit_minor)
    assert customer.billing.figures.outstanding_minor == price_minor - deposit_minor


def test_a_paid_row_cannot_be_paid_again(customer: Customer) -> None:
    form = customer.form()
    attempt = customer.press_pay(form)
    enter_card(attempt.frame_url)
    refresh_attempt(customer.operator, attempt_id=attempt.id)
    assert customer.press_pay(form).id == attempt.id
    with pytest.raises(NoLongerOpen):
        customer.press_pay(customer.form(customer.billing.closed_rows[0]))


def test_another_bookings_row_and_another_operators_row_are_not_found(
    customer: Customer, acquirer: Acquirer
) -> None:
    neighbour, stranger = another_booking(customer), a_customer(new_operator(), acquirer=acquirer)
    for foreign in (neighbour, stranger):
        with pytest.raises(RowNotFound):
            customer.press_pay(customer.form(foreign.next_row))
    form = customer.form(key="one-key")
    customer.press_pay(form)
    with pytest.raises(FormKeyReused):
        neighbour.press_pay(neighbour.form(key="one-key"))
