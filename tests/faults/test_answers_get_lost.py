"""The provider's answer does not arrive: unknown is a state, a new try is blocked, and asking settles it (P2,
P6).
"""

import pytest

from fareledger.domain.payment_machine import ASK_LADDER_S, State
from fareledger.persistence.operators import Operator
from fareledger.providers.breaker import Breaker
from fareledger.providers.contract import OutcomeUnknown, PaymentRequest, Unavailable
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.show_attempt import show_attempt
from fareledger.usecases.start_payment import PaymentInProgress
from tests.support.acquirer import Acquirer, enter_card
from tests.support.paying import (
    Customer,
    assert_paid_once,
    assert_unpaid,
    later,
    nobody_answers,
    worker_asks,
)
from tests.support.scripted_provider import ScriptedGateway


@pytest.mark.parametrize("fault", ["drop_answer", "error_after_success"])
def test_a_payment_that_was_set_up_after_all_is_found_by_asking(
    customer: Customer, acquirer: Acquirer, fault: str
) -> None:
    acquirer.admin.order_fault(fault, where="create_payment")
    attempt = customer.press_pay()
    assert attempt.state is State.UNKNOWN
    with pytest.raises(PaymentInProgress) as refusal:
        customer.press_pay()
    assert refusal.value.attempt.id == attempt.id
    with later(6):
        (found,) = worker_asks(customer.operator)
    assert (found.id, found.state) == (attempt.id, State.AWAITING_CUSTOMER)
    enter_card(found.frame_url)
    assert refresh_attempt(customer.operator, attempt_id=attempt.id).state is State.SUCCEEDED
    assert_paid_once(customer)
    assert len(acquirer.payments_of(customer.merchant)) == 1


def test_not_found_means_failed_only_once_it_can_no_longer_arrive(
    customer: Customer, acquirer: Acquirer
) -> None:
    acquirer.admin.order_fault("error_before", where="create_payment")
    attempt = customer.press_pay()
    assert attempt.state is State.UNKNOWN
    with later(6):
        (still,) = worker_asks(customer.operator)
    assert still.state is State.UNKNOWN
    with later(80):
        (ended,) = worker_asks(customer.operator)
    assert (ended.state, ended.failure_code) == (State.FAILED, "never_reached")
    assert customer.press_pay().state is State.AWAITING_CUSTOMER
    assert_unpaid(customer)


def test_questions_become_rare_and_end_with_a_person(
    scripted_customer: Customer, gateway: ScriptedGateway
) -> None:
    gateway.on_create = lost
    attempt = scripted_customer.press_pay()
    gateway.silent = True
    elapsed_s = 0
    for wait_s in ASK_LADDER_S:
        elapsed_s += wait_s
        with later(elapsed_s - 2):
            assert worker_asks(scripted_customer.operator) == []
        with later(elapsed_s + 1):
            (asked,) = worker_asks(scripted_customer.operator)
            assert asked.state is State.UNKNOWN
    with later(elapsed_s + 10 * 86400):
        assert worker_asks(scripted_customer.operator) == []
    standing = show_attempt(scripted_customer.operator, attempt_id=attempt.id)
    assert standing.state is State.UNKNOWN
    assert "do not charge again" in standing.problem
    with pytest.raises(PaymentInProgress):
        scripted_customer.press_pay()


def test_a_provider_nobody_reaches_leaves_the_customer_free_to_try_again(operator: Operator) -> None:
    customer = nobody_answers(operator)
    attempt = customer.press_pay()
    assert (attempt.state, attempt.failure_code) == (State.FAILED, "provider_unavailable")
    assert customer.press_pay().id != attempt.id
    assert_unpaid(customer)


def test_a_provider_that_is_down_is_left_alone_after_five_failures() -> None:
    breaker = Breaker()
    for _ in range(5):
        breaker.check()
        breaker.failed()
    with pytest.raises(Unavailable, match="left alone"):
        breaker.check()
    breaker.worked()
    breaker.check()


def lost(request: PaymentRequest) -> None:
    raise OutcomeUnknown("no answer")
