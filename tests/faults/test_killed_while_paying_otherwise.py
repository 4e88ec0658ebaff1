"""A process is killed around a bank payment and around a charge of a stored card, five times each: one payment, one
entry, one receipt."""

import pytest

from fareledger.domain.payment_machine import State
from fareledger.persistence.operators import Operator
from fareledger.usecases.crash_points import CrashPoint
from fareledger.usecases.refresh_attempt import refresh_attempt
from tests.support.acquirer import Acquirer, answer_bank
from tests.support.database import TestDatabase
from tests.support.paying import (
    Customer,
    a_customer,
    another_booking,
    assert_paid_once,
    assert_unpaid,
    later,
    worker_asks,
)
from tests.support.paying_ways import from_a_bank, with_saved_card, with_the_saved_card
from tests.support.processes import KILLED, dying_at

pytestmark = pytest.mark.slow

TIMES = 5


@pytest.fixture
def everybody(operator: Operator, acquirer: Acquirer) -> list[Customer]:
    """Five customers of one operator."""
    first = a_customer(operator, acquirer=acquirer)
    return [first, *(another_booking(first) for _ in range(TIMES - 1))]


def statuses(acquirer: Acquirer, *, customer: Customer) -> list[str]:
    """How the payments of this customer stand at the acquirer."""
    ours = {str(attempt.id) for attempt in customer.billing.attempts}
    found = acquirer.payments_of(customer.merchant)
    return [str(one["status"]) for one in found if one["reference"] in ours]


@pytest.mark.parametrize("by", ["bank", "saved_card"])
def test_killed_before_the_provider_heard_of_it(
    everybody: list[Customer], operator: Operator, acquirer: Acquirer, database: TestDatabase, by: str
) -> None:
    prepare(everybody, acquirer=acquirer, by=by)
    with dying_at("after_attempt_commit", database=database) as dying:
        for customer in everybody:
            row_id = customer.next_row.id
            assert dying.start(operator.id, booking_id=customer.booking_id, row_id=row_id, by=by) == KILLED
    with later(90):
        assert {attempt.state for attempt in worker_asks(operator)} == {State.FAILED}
    for customer in everybody:
        assert_unpaid(customer)
        assert statuses(acquirer, customer=customer) == []
        settle(customer, by=by)
        assert_paid_once(customer)
        assert statuses(acquirer, customer=customer) == ["succeeded"]


@pytest.mark.parametrize("by", ["bank", "saved_card"])
def test_killed_after_the_provider_accepted(
    everybody: list[Customer], operator: Operator, acquirer: Acquirer, database: TestDatabase, by: str
) -> None:
    prepare(everybody, acquirer=acquirer, by=by)
    with dying_at("after_provider_accepted", database=database) as dying:
        for customer in everybody:
            row_id = customer.next_row.id
            assert dying.start(operator.id, booking_id=customer.booking_id, row_id=row_id, by=by) == KILLED
    with later(30):
        found = {attempt.booking_id: attempt for attempt in worker_asks(operator)}
    for customer in everybody:
        attempt = found[customer.booking_id]
        if by == "bank":
            assert attempt.state is State.AWAITING_CUSTOMER
            answer_bank(attempt.hosted_url)
            refresh_attempt(operator, attempt_id=attempt.id)
        assert_paid_once(customer)
        assert statuses(acquirer, customer=customer) == ["succeeded"]


@pytest.mark.parametrize("point", ["before_post", "after_post", "after_outcome_recorded"])
def test_killed_while_a_bank_payment_is_recorded(
    everybody: list[Customer],
    operator: Operator,
    acquirer: Acquirer,
    database: TestDatabase,
    point: CrashPoint,
) -> None:
    attempts = [(customer, customer.press_pay(from_a_bank(customer))) for customer in everybody]
    for _, attempt in attempts:
        answer_bank(attempt.hosted_url)
    with dying_at(point, database=database) as dying:
        for _, attempt in attempts:
            assert dying.refresh(operator.id, attempt_id=attempt.id) == KILLED
    for customer, attempt in attempts:
        assert refresh_attempt(operator, attempt_id=attempt.id).state is State.SUCCEEDED
        assert_paid_once(customer)
        assert statuses(acquirer, customer=customer) == ["succeeded"]


@pytest.mark.parametrize("fault", ["drop_answer", "error_after_success"])
def test_a_lost_answer_of_a_bank_payment_is_asked_about(
    operator: Operator, acquirer: Acquirer, fault: str
) -> None:
    customer = a_customer(operator, acquirer=acquirer)
    acquirer.admin.order_fault(fault, where="create_payment")
    attempt = customer.press_pay(from_a_bank(customer))
    assert attempt.state is State.UNKNOWN
    with later(6):
        (found,) = worker_asks(operator)
    assert (found.id, found.state) == (attempt.id, State.AWAITING_CUSTOMER)
    assert customer.press_pay(from_a_bank(customer)).id == attempt.id
    answer_bank(found.hosted_url)
    refresh_attempt(operator, attempt_id=attempt.id)
    assert_paid_once(customer)
    assert statuses(acquirer, customer=customer) == ["succeeded"]


def prepare(everybody: list[Customer], *, acquirer: Acquirer, by: str) -> None:
    if by == "saved_card":
        for customer in everybody:
            with_saved_card(customer, acquirer=acquirer)


def settle(customer: Customer, *, by: str) -> None:
    """Pay once more, and this time nobody dies."""
    if by == "saved_card":
        customer.press_pay(with_the_saved_card(customer))
        return
    attempt = customer.press_pay(from_a_bank(customer))
    answer_bank(attempt.hosted_url)
    refresh_attempt(customer.operator, attempt_id=attempt.id)
