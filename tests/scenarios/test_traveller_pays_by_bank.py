"""A traveller pays from a bank: approves it there, at once or later, refuses it, lets it run out; and pays otherwise
while the bank still has it."""

from dataclasses import replace

import pytest

from fareledger.domain.payment_machine import State
from fareledger.persistence.models import EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.offer_payment import banks_for, may_have_banks
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.show_attempt import AttemptView
from fareledger.usecases.start_payment import PaymentInProgress
from fareledger.usecases.verify_ledger import verify_ledger
from tests.support.acquirer import Acquirer, answer_bank, enter_card, join
from tests.support.bookings import a_trip_in, paid_at_checkout, sell
from tests.support.operators import new_operator
from tests.support.paying import (
    BANK_NAME,
    Customer,
    a_customer,
    assert_paid_once,
    assert_unpaid,
    nobody_answers,
)
from tests.support.paying_ways import from_a_bank, takes_other_amounts, wants
from tests.support.today import only


@pytest.fixture
def customer(operator: Operator, acquirer: Acquirer) -> Customer:
    """A traveller with 300.00 and 700.00 to pay."""
    return a_customer(operator, acquirer=acquirer)


def asked(customer: Customer, attempt: AttemptView, /) -> AttemptView:
    return refresh_attempt(customer.operator, attempt_id=attempt.id)


def test_approved_at_the_bank(customer: Customer) -> None:
    attempt = customer.press_pay(from_a_bank(customer))
    assert (attempt.state, attempt.method, attempt.bank_name) == (
        State.AWAITING_CUSTOMER,
        "bank_transfer",
        BANK_NAME,
    )
    answer_bank(attempt.hosted_url)
    assert asked(customer, attempt).state is State.SUCCEEDED
    assert_paid_once(customer)
    (row,) = customer.billing.closed_rows
    assert (row.method, row.provider, row.channel) == ("bank_transfer", "sandbox", "portal")
    told = [event.payload["text"] for event in customer.billing.timeline]
    assert f"Bank payment started at {BANK_NAME}" in told
    assert f"GBP 300.00 received by bank payment from {BANK_NAME}" in told
    with operator_transaction(customer.operator.id):
        receipt = EmailMessage.objects.get(operator_id=customer.operator.id, kind="receipt")
    assert receipt.payload["instrument"] == f"bank payment from {BANK_NAME}"


def test_approved_later_is_pending_and_holds_back_a_second_payment(
    customer: Customer, acquirer: Acquirer
) -> None:
    attempt = customer.press_pay(from_a_bank(customer))
    answer_bank(attempt.hosted_url, answer="later")
    assert asked(customer, attempt).state is State.PROCESSING
    for form in (customer.form(), from_a_bank(customer)):
        with pytest.raises(PaymentInProgress):
            customer.press_pay(form)
    acquirer.admin.finish_payment(attempt.provider_reference, outcome="succeeded")
    assert asked(customer, attempt).state is State.SUCCEEDED
    assert_paid_once(customer)


@pytest.mark.parametrize("how", ["refused", "not made"])
def test_what_the_bank_does_not_pay_is_free_again(customer: Customer, acquirer: Acquirer, how: str) -> None:
    attempt = customer.press_pay(from_a_bank(customer))
    answer_bank(attempt.hosted_url, answer="refuse" if how == "refused" else "later")
    if how == "not made":
        acquirer.admin.finish_payment(attempt.provider_reference, outcome="failed")
    ended = asked(customer, attempt)
    code = "customer_refused" if how == "refused" else "bank_payment_failed"
    assert (ended.state, ended.failure_code) == (State.FAILED, code)
    assert_unpaid(customer)
    again = customer.press_pay(from_a_bank(customer))
    assert again.id != attempt.id
    answer_bank(again.hosted_url)
    asked(customer, again)
    assert_paid_once(customer)


def test_the_same_bank_goes_on_and_another_way_takes_it_back(customer: Customer, acquirer: Acquirer) -> None:
    first = customer.press_pay(from_a_bank(customer))
    assert customer.press_pay(from_a_bank(customer)).id == first.id
    other = customer.press_pay(from_a_bank(customer, bank="gb-wherry", name="Wherry"))
    assert other.id != first.id
    by_card = customer.press_pay()
    assert customer.states() == ["cancelled", "cancelled", "awaiting_customer"]
    enter_card(by_card.frame_url)
    asked(customer, by_card)
    assert_paid_once(customer)
    told = [one["status"] for one in acquirer.payments_of(customer.merchant)]
    assert told == ["succeeded", "cancelled", "cancelled"]


def test_part_of_a_row_from_a_bank_splits_it(operator: Operator, acquirer: Acquirer) -> None:
    customer = a_customer(takes_other_amounts(operator), acquirer=acquirer)
    form = replace(wants(customer, amount_minor=10_000), method="bank", bank="gb-plover", bank_name=BANK_NAME)
    attempt = customer.press_pay(form)
    answer_bank(attempt.hosted_url)
    asked(customer, attempt)
    assert_paid_once(customer, amount_minor=10_000)
    assert [row.amount_minor for row in customer.billing.open_rows] == [20_000, 70_000]


def test_paid_otherwise_while_the_bank_has_it_is_recorded_twice_and_owed_back(
    operator: Operator, acquirer: Acquirer
) -> None:
    """The bank payment waits while the agency takes everything at its till: money that arrived is never refused."""
    trip = a_trip_in(200)
    merchant = join(operator, acquirer=acquirer)
    customer = Customer(operator, sell(operator, trip).booking.id, merchant)
    attempt = customer.press_pay(from_a_bank(customer))
    answer_bank(attempt.hosted_url, answer="later")
    assert asked(customer, attempt).state is State.PROCESSING
    sell(operator, replace(trip, payments=(paid_at_checkout(100_000),)))
    assert customer.billing.figures.status == "paid"
    acquirer.admin.finish_payment(attempt.provider_reference, outcome="succeeded")
    assert asked(customer, attempt).state is State.SUCCEEDED
    figures = customer.billing.figures
    assert (figures.paid_minor, figures.outstanding_minor, figures.refund_due) == (130_000, -30_000, True)
    surplus = [row for row in customer.billing.closed_rows if row.method == "bank_transfer"]
    assert [row.amount_minor for row in surplus] == [30_000]
    item = only(operator, "refunds")
    assert (item.reference, item.amount_minor) == (customer.billing.booking.reference, 30_000)
    assert all(verdict.holds for verdict in verify_ledger([operator]))


def test_which_banks_there_are(operator: Operator, acquirer: Acquirer) -> None:
    join(operator, acquirer=acquirer)
    offered = banks_for(operator, currency="GBP")
    assert (offered.why, len(offered.popular), len(offered.others)) == ("", 10, 10)
    assert offered.named("gb-plover") is not None
    assert offered.named("es-faro") is None
    foreign = banks_for(operator, currency="EUR")
    assert (foreign.banks, foreign.why, foreign.currency) == ((), "other_currency", "GBP")
    assert may_have_banks(operator, currency="GBP")
    assert not may_have_banks(operator, currency="EUR")


def test_no_banks_and_nobody_to_ask(acquirer: Acquirer) -> None:
    swiss = new_operator(country="CH", currencies=("CHF",))
    join(swiss, acquirer=acquirer)
    assert banks_for(swiss, currency="CHF").why == "no_banks"
    assert not may_have_banks(swiss, currency="CHF")
    alone = new_operator()
    nobody_answers(alone)
    assert banks_for(alone, currency="GBP").why == "unavailable"
