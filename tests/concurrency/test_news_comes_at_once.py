"""The customer comes back, the webhook arrives and the worker asks, all at the same moment: one posting (P4,
P9, P10).
"""

from collections.abc import Callable
from functools import partial

import pytest

from fareledger.domain.payment_machine import State
from fareledger.persistence.models import WebhookEvent
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.commit_transaction import AlreadyClosed, Received, commit_transaction
from fareledger.usecases.process_webhook import process_webhook
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.show_attempt import AttemptView, show_attempt
from tests.support.acquirer import Acquirer, enter_card
from tests.support.paying import Customer, a_customer, another_booking, assert_paid_once
from tests.support.people import person
from tests.support.racing import race
from tests.support.webhook_box import deliver, signed

pytestmark = pytest.mark.slow

ROUNDS = 8


def paid_at_the_acquirer(customer: Customer) -> AttemptView:
    """Pay in the frame; nobody has told us yet."""
    attempt = customer.press_pay()
    enter_card(attempt.frame_url)
    return attempt


def news_of(customer: Customer, *, attempt: AttemptView) -> list[Callable[[], object]]:
    """Every way the success can reach us, twice."""
    operator = customer.operator
    told = {"id": attempt.provider_reference, "amount": 30_000, "currency": "GBP"}
    for number in range(2):
        event = {"id": f"evt_{attempt.id}_{number}", "type": "payment.succeeded", "data": {"object": told}}
        deliver(signed(event, secret=customer.merchant.webhook_secret), slug=operator.slug)
    with operator_transaction(operator.id):
        waiting = WebhookEvent.objects.filter(operator_id=operator.id, status="received")
        events = list(waiting.values_list("id", flat=True))
    comes_back = partial(refresh_attempt, operator, attempt_id=attempt.id)
    return [comes_back, comes_back, *(partial(process_webhook, operator, event_id=event) for event in events)]


def test_return_and_webhook_at_once_are_one_payment(operator: Operator, acquirer: Acquirer) -> None:
    customer = a_customer(operator, acquirer=acquirer)
    for _ in range(ROUNDS):
        attempt = paid_at_the_acquirer(customer)
        finish = race(news_of(customer, attempt=attempt))
        assert finish.errors == []
        assert show_attempt(operator, attempt_id=attempt.id).state is State.SUCCEEDED
        assert_paid_once(customer)
        customer = another_booking(customer)


def test_without_the_lock_the_news_collide(operator: Operator, acquirer: Acquirer) -> None:
    """The control: the database's guards still keep the money single, but somebody's request dies of it."""
    customer = a_customer(operator, acquirer=acquirer)
    died = 0
    for _ in range(ROUNDS):
        attempt = paid_at_the_acquirer(customer)
        died += len(race(news_of(customer, attempt=attempt), row_locks=False).errors)
        customer = another_booking(customer)
    assert died > 0


def test_staff_and_card_at_once_have_one_winner_of_the_row(operator: Operator, acquirer: Acquirer) -> None:
    customer = a_customer(operator, acquirer=acquirer)
    for _ in range(ROUNDS):
        row = customer.next_row
        attempt = paid_at_the_acquirer(customer)
        by_hand = partial(
            commit_transaction,
            operator,
            booking_id=customer.booking_id,
            transaction_id=row.id,
            received=Received(method="cash", send_confirmation=False),
            actor=person("Finance"),
        )
        racers: list[Callable[[], object]] = [
            by_hand,
            partial(refresh_attempt, operator, attempt_id=attempt.id),
        ]
        finish = race(racers)
        assert all(isinstance(error, AlreadyClosed) for error in finish.errors)
        figures = customer.billing.figures
        # Staff first: both sums are real. The card first: staff see that the row is closed.
        assert figures.paid_minor == (30_000 if finish.errors else 60_000)
        assert figures.outstanding_minor == 100_000 - figures.paid_minor
        customer = another_booking(customer)
