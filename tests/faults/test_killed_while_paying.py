"""A process is killed at every named point of a card payment, twenty times each: one charge, one entry, one
receipt.

The kills are real (SIGKILL to a process of its own); recovery is what the worker and the return page do
anyway.
"""

import pytest

from fareledger.domain.payment_machine import State
from fareledger.persistence.models import Attempt
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.crash_points import CrashPoint
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.show_attempt import AttemptView, show_attempt
from tests.support.acquirer import Acquirer, enter_card
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
from tests.support.processes import KILLED, Dying, dying_at

pytestmark = pytest.mark.slow

TIMES = 20


def customers(operator: Operator, *, acquirer: Acquirer) -> list[Customer]:
    """Twenty customers of one operator."""
    first = a_customer(operator, acquirer=acquirer)
    return [first, *(another_booking(first) for _ in range(TIMES - 1))]


def press_and_die(dying: Dying, *, customer: Customer) -> AttemptView:
    """Press the pay button in a process that is killed; return the attempt it left behind."""
    ended = dying.start(customer.operator.id, booking_id=customer.booking_id, row_id=customer.next_row.id)
    assert ended == KILLED
    with operator_transaction(customer.operator.id):
        left = Attempt.objects.get(operator_id=customer.operator.id, booking_id=customer.booking_id)
    return show_attempt(customer.operator, attempt_id=left.id)


def charges(acquirer: Acquirer, *, customer: Customer) -> int:
    """How many payments of this customer succeeded at the acquirer."""
    with operator_transaction(customer.operator.id):
        ours = Attempt.objects.filter(operator_id=customer.operator.id, booking_id=customer.booking_id)
        references = [str(attempt_id) for attempt_id in ours.values_list("id", flat=True)]
    found = [
        payment
        for reference in references
        for payment in acquirer.payments_of(customer.merchant, reference=reference)
    ]
    return sum(payment["status"] == "succeeded" for payment in found)


def test_killed_before_the_provider_heard_of_it(
    operator: Operator, acquirer: Acquirer, database: TestDatabase
) -> None:
    everybody = customers(operator, acquirer=acquirer)
    with dying_at("after_attempt_commit", database=database) as dying:
        for customer in everybody:
            assert press_and_die(dying, customer=customer).state is State.INTENDED
    with later(90):
        assert len(worker_asks(operator)) == TIMES
    for customer in everybody:
        assert customer.states() == ["failed"]
        attempt = customer.press_pay()
        enter_card(attempt.frame_url)
        refresh_attempt(operator, attempt_id=attempt.id)
        assert_paid_once(customer)
        assert charges(acquirer, customer=customer) == 1


def test_killed_after_the_provider_accepted(
    operator: Operator, acquirer: Acquirer, database: TestDatabase
) -> None:
    everybody = customers(operator, acquirer=acquirer)
    with dying_at("after_provider_accepted", database=database) as dying:
        for customer in everybody:
            assert press_and_die(dying, customer=customer).provider_reference == ""
    with later(30):
        found = {attempt.booking_id: attempt for attempt in worker_asks(operator)}
    for customer in everybody:
        attempt = found[customer.booking_id]
        assert attempt.state is State.AWAITING_CUSTOMER
        enter_card(attempt.frame_url)
        refresh_attempt(operator, attempt_id=attempt.id)
        assert_paid_once(customer)
        assert charges(acquirer, customer=customer) == 1


@pytest.mark.parametrize("point", ["before_post", "after_post", "after_outcome_recorded"])
def test_killed_while_the_outcome_is_recorded(
    operator: Operator, acquirer: Acquirer, database: TestDatabase, point: CrashPoint
) -> None:
    attempts = []
    for customer in customers(operator, acquirer=acquirer):
        attempt = customer.press_pay()
        enter_card(attempt.frame_url)
        attempts.append((customer, attempt))
    with dying_at(point, database=database) as dying:
        for customer, attempt in attempts:
            assert dying.refresh(operator.id, attempt_id=attempt.id) == KILLED
            if point != "after_outcome_recorded":
                assert_unpaid(customer)
    for customer, attempt in attempts:
        assert refresh_attempt(operator, attempt_id=attempt.id).state is State.SUCCEEDED
        assert_paid_once(customer)
        assert charges(acquirer, customer=customer) == 1
