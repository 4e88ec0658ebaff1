"""A traveller who is here pays with the card that is stored for them: at once, after a challenge, or not at all."""

import pytest
from httpx import get

from fareledger.domain.payment_machine import State
from fareledger.persistence.models import Mandate
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.start_payment import NoSavedCard, PaymentInProgress
from fareledger.usecases.visit_rights import NotProven
from tests.support.acquirer import CHALLENGED, Acquirer, answer_challenge
from tests.support.paying import Customer, a_customer, assert_paid_once, assert_unpaid, later, worker_asks
from tests.support.paying_ways import with_saved_card, with_the_saved_card


@pytest.fixture
def customer(operator: Operator, acquirer: Acquirer) -> Customer:
    """A traveller with 300.00 and 700.00 to pay."""
    return a_customer(operator, acquirer=acquirer)


def test_it_is_charged_at_once(customer: Customer, acquirer: Acquirer) -> None:
    with_saved_card(customer, acquirer=acquirer)
    attempt = customer.press_pay(with_the_saved_card(customer))
    assert (attempt.state, attempt.card_last4, attempt.off_session) == (State.SUCCEEDED, "4242", False)
    assert attempt.mandate_id == mandate_of(customer).id
    assert_paid_once(customer)


@pytest.mark.parametrize("approves", [True, False])
def test_its_bank_asks(customer: Customer, acquirer: Acquirer, approves: bool) -> None:
    with_saved_card(customer, acquirer=acquirer, number=CHALLENGED)
    attempt = customer.press_pay(with_the_saved_card(customer))
    assert (attempt.state, bool(attempt.frame_origin)) == (State.AWAITING_CUSTOMER, True)
    assert customer.press_pay(with_the_saved_card(customer)).id == attempt.id
    answer_challenge(get(attempt.frame_url), approve=approves)
    after = refresh_attempt(customer.operator, attempt_id=attempt.id)
    if approves:
        assert_paid_once(customer)
    else:
        assert (after.state, after.failure_code) == (State.AWAITING_CUSTOMER, "authentication_failed")
        assert_unpaid(customer)


def test_an_expired_card_is_told_and_takes_nothing(customer: Customer, acquirer: Acquirer) -> None:
    with_saved_card(customer, acquirer=acquirer)
    acquirer.admin.change_saved_card(mandate_of(customer).provider_method, exp_month=1, exp_year=2020)
    attempt = customer.press_pay(with_the_saved_card(customer))
    assert (attempt.state, attempt.failure_code) == (State.FAILED, "expired_card")
    assert_unpaid(customer)
    told = [event.payload["text"] for event in customer.billing.timeline if event.kind == "attempt_ended"]
    assert told == ["Card payment failed: This card has expired."]
    assert attempt.provider_reference == acquirer.payments_of(customer.merchant)[0]["id"]


def test_a_card_that_is_known_to_have_expired_is_not_tried(customer: Customer, acquirer: Acquirer) -> None:
    with_saved_card(customer, acquirer=acquirer)
    form, mandate = with_the_saved_card(customer), mandate_of(customer)
    with operator_transaction(customer.operator.id):
        Mandate.objects.filter(id=mandate.id).update(card_expires="2020-01")
    with pytest.raises(NoSavedCard):
        customer.press_pay(form)
    assert started(customer) == []


def test_only_a_proven_visit_uses_it(customer: Customer, acquirer: Acquirer) -> None:
    with_saved_card(customer, acquirer=acquirer)
    with pytest.raises(NotProven):
        customer.press_pay(with_the_saved_card(customer, proven=False))
    assert started(customer) == []


def test_without_a_card_or_after_it_ended(customer: Customer, acquirer: Acquirer) -> None:
    with pytest.raises(NoSavedCard):
        customer.press_pay(with_the_saved_card(customer))
    with_saved_card(customer, acquirer=acquirer)
    form = with_the_saved_card(customer)
    mandate = mandate_of(customer)
    with operator_transaction(customer.operator.id):
        Mandate.objects.filter(id=mandate.id).update(ended_at=mandate.set_up_at, ended_because="withdrawn")
    with pytest.raises(NoSavedCard):
        customer.press_pay(form)
    assert started(customer) == []


@pytest.mark.parametrize("fault", ["drop_answer", "error_after_success"])
def test_a_lost_answer_is_asked_about_and_never_sent_again(
    customer: Customer, acquirer: Acquirer, fault: str
) -> None:
    with_saved_card(customer, acquirer=acquirer)
    acquirer.admin.order_fault(fault, where="create_payment")
    attempt = customer.press_pay(with_the_saved_card(customer))
    assert attempt.state is State.UNKNOWN
    with pytest.raises(PaymentInProgress):
        customer.press_pay(with_the_saved_card(customer))
    with later(6):
        (found,) = worker_asks(customer.operator)
    assert (found.id, found.state) == (attempt.id, State.SUCCEEDED)
    assert_paid_once(customer)
    assert [one["status"] for one in acquirer.payments_of(customer.merchant)] == ["succeeded"]


def started(customer: Customer) -> list[str]:
    """The tries of today; the card itself came with an older one."""
    return [one.state for one in customer.billing.attempts if one.mandate_id]


def mandate_of(customer: Customer) -> Mandate:
    with operator_transaction(customer.operator.id):
        return Mandate.objects.get(operator_id=customer.operator.id, booking_id=customer.booking_id)
