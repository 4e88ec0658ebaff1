"""Storing a card goes wrong at the provider or on the way: nothing is agreed to by accident, and nobody is stuck."""

from dataclasses import replace

import pytest

from fareledger.domain.identity import new_id
from fareledger.persistence.operators import Operator
from fareledger.usecases.ask_setups import ask_setup, due_setups, withdraw_setup
from fareledger.usecases.process_webhook import process_webhook
from fareledger.usecases.receive_webhook import receive_webhook
from tests.support.acquirer import Acquirer, enter_card
from tests.support.approving import NOBODY, Approver, an_approver
from tests.support.bookings import a_trip_in, sell
from tests.support.paying import later, nobody_answers
from tests.support.scripted_provider import scripted
from tests.support.webhook_box import signed


def worker_asks(operator: Operator) -> None:
    for setup_id in due_setups(operator):
        ask_setup(operator, setup_id=setup_id)


@pytest.mark.parametrize("fault", ["drop_answer", "error_after_success"])
def test_a_lost_answer_is_asked_about_and_the_form_is_there_after_all(
    operator: Operator, acquirer: Acquirer, fault: str
) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    acquirer.admin.order_fault(fault, where="create_setup")
    request = traveller.press()
    assert request.setup is not None
    assert request.setup.state.value == "unknown"
    with later(6):
        worker_asks(operator)
    found = traveller.setup_of(request)
    assert found.in_frame
    enter_card(found.frame_url)
    traveller.setup_of(request)
    assert traveller.approvals() == [(70_000, "")]


def test_whoever_does_not_wait_starts_anew_and_the_first_card_is_given_back(
    operator: Operator, acquirer: Acquirer
) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    acquirer.admin.order_fault("drop_answer", where="create_setup")
    first = traveller.press()
    traveller.approve()
    assert traveller.approvals() == [(70_000, "")]
    with later(6):
        worker_asks(operator)
    assert first.setup is not None
    assert traveller.setup_of(first).in_frame
    withdraw_setup(operator, setup_id=first.setup.id)
    assert traveller.setups() == ["cancelled", "succeeded"]
    assert traveller.approvals() == [(70_000, "")]


def test_a_provider_that_is_down_stores_nothing_and_says_so(operator: Operator) -> None:
    customer = nobody_answers(operator)
    traveller = Approver(operator, customer.booking_id, customer.merchant, customer.booking_id)
    request = traveller.press()
    assert request.state == "ended"
    assert request.setup is not None
    assert request.setup.failure_code == "provider_unavailable"
    assert traveller.approvals() == []


def test_never_heard_of_means_failed_only_once_it_can_no_longer_arrive(
    operator: Operator, acquirer: Acquirer
) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    acquirer.admin.order_fault("error_before", where="create_setup")
    request = traveller.press()
    with later(6):
        worker_asks(operator)
        assert traveller.setups() == ["unknown"]
    with later(80):
        worker_asks(operator)
    assert traveller.setups() == ["failed"]
    assert traveller.setup_of(request).failure_code == "never_reached"


def test_a_webhook_brings_the_news_ten_times_and_in_any_order(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    request = traveller.press()
    assert request.setup is not None
    enter_card(request.setup.frame_url)
    for number in range(10):
        kind = "setup.declined" if number % 2 else "setup.succeeded"
        assert told(traveller, kind=kind, number=number, reference=request.setup.provider_reference) == (
            "processed"
        )
    assert traveller.approvals() == [(70_000, "")]
    assert len(traveller.emails("approval_given")) == 1


def test_a_webhook_about_a_card_nobody_asked_for_is_set_aside(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    assert told(traveller, kind="setup.succeeded", number=1, reference="set_unknown") == "exception"
    sell(operator, a_trip_in(200))
    assert traveller.mandates() == []


def told(traveller: Approver, *, kind: str, number: int, reference: str) -> str:
    """Let a webhook arrive that is signed as the provider signs, and process it."""
    content = {
        "id": f"evt_{number}_{traveller.booking_id.hex}",
        "object": "event",
        "type": kind,
        "created": "2026-11-01T10:00:00Z",
        "data": {"object": {"id": reference, "object": "setup"}},
    }
    letter = signed(content, secret=traveller.merchant.webhook_secret)
    headers = {"sandbox-signature": letter.signature}
    stored = receive_webhook(traveller.operator, provider="sandbox", body=letter.body, headers=headers)
    assert stored.event_id is not None
    return process_webhook(traveller.operator, event_id=stored.event_id)


def test_a_set_up_that_succeeded_without_a_card_is_set_aside_for_a_person(operator: Operator) -> None:
    gateway = scripted(operator)
    traveller = Approver(operator, sell(operator, a_trip_in(200)).booking.id, NOBODY, new_id())
    request = traveller.press()
    assert request.setup is not None
    gateway.setups[request.setup.id] = replace(gateway.setups[request.setup.id], state="succeeded")
    assert traveller.setup_of(request).failure_code == "provider_misconfigured"
    assert traveller.setups() == ["failed"]
    assert len(traveller.told("attempt_needs_attention")) == 1
    assert (traveller.approvals(), traveller.mandates()) == ([], [])
    with later(86_400):
        assert due_setups(operator) == []
