"""Webhooks come twice, late, in the wrong order, from the wrong sender, or with the wrong amount: one result,
or none.

What they say is only a hint; every figure comes from asking the provider (P3, P4, P10).
"""

import json
import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from fareledger.domain.payment_machine import State
from fareledger.persistence.models import WebhookEvent
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.process_webhook import process_webhook
from fareledger.usecases.show_attempt import AttemptView, show_attempt
from tests.support.acquirer import DECLINED, Acquirer, enter_card
from tests.support.operators import new_operator
from tests.support.paying import Customer, a_customer, assert_paid_once, assert_unpaid, eventually, later
from tests.support.webhook_box import Letter, WebhookBox, deliver, signed, webhook_box


@pytest.fixture
def box() -> Iterator[WebhookBox]:
    """Where the acquirer of this test sends its webhooks."""
    with webhook_box() as listening:
        yield listening


@pytest.fixture
def customer(operator: Operator, acquirer: Acquirer, box: WebhookBox) -> Customer:
    """A customer whose webhooks we hold in our hands."""
    return a_customer(operator, acquirer=acquirer, webhook_url=box.url)


def pay(customer: Customer, *, box: WebhookBox) -> tuple[AttemptView, list[Letter]]:
    """Be declined, then pay; return the attempt and the two webhooks, undelivered."""
    attempt = customer.press_pay()
    enter_card(attempt.frame_url, number=DECLINED)
    enter_card(attempt.frame_url)
    eventually(lambda: len(box.letters) == 2)
    return attempt, list(box.letters)


def process_all(operator: Operator) -> None:
    """Process the inbox as the worker does."""
    for event in inbox(operator):
        process_webhook(operator, event_id=event.id)


def inbox(operator: Operator, *, status: str = "") -> list[WebhookEvent]:
    with operator_transaction(operator.id):
        events = WebhookEvent.objects.filter(operator_id=operator.id).order_by("received_at")
        return [event for event in events if status in ("", event.status)]


def test_ten_times_the_same_webhook_is_one_payment(customer: Customer, box: WebhookBox) -> None:
    attempt, letters = pay(customer, box=box)
    for _ in range(10):
        for letter in letters:
            assert deliver(letter, slug=customer.operator.slug) == 204
        process_all(customer.operator)
    assert len(inbox(customer.operator)) == 2
    assert show_attempt(customer.operator, attempt_id=attempt.id).state is State.SUCCEEDED
    assert_paid_once(customer)


@pytest.mark.parametrize("seed", range(3))
def test_any_order_ends_in_the_same_state(customer: Customer, box: WebhookBox, seed: int) -> None:
    attempt, letters = pay(customer, box=box)
    jumbled = [*letters, *reversed(letters)]
    random.Random(seed).shuffle(jumbled)
    for letter in jumbled:
        deliver(letter, slug=customer.operator.slug)
        process_all(customer.operator)
    assert show_attempt(customer.operator, attempt_id=attempt.id).state is State.SUCCEEDED
    assert_paid_once(customer)


def test_a_webhook_before_our_own_answer_is_enough(
    customer: Customer, acquirer: Acquirer, box: WebhookBox
) -> None:
    acquirer.admin.order_fault("drop_answer", where="create_payment")
    attempt = customer.press_pay()
    assert (attempt.state, attempt.provider_reference) == (State.UNKNOWN, "")
    (payment,) = acquirer.payments_of(customer.merchant)
    enter_card(payment["frame_url"])
    eventually(lambda: len(box.letters) == 1)
    deliver(box.letters[0], slug=customer.operator.slug)
    process_all(customer.operator)
    assert show_attempt(customer.operator, attempt_id=attempt.id).state is State.SUCCEEDED
    assert_paid_once(customer)


def test_three_days_late_still_tells_us(customer: Customer, box: WebhookBox) -> None:
    attempt, letters = pay(customer, box=box)
    with later(timedelta(days=3).total_seconds()):
        again = signed(letters[1].body, secret=customer.merchant.webhook_secret)
        assert deliver(again, slug=customer.operator.slug) == 204
        process_all(customer.operator)
    assert show_attempt(customer.operator, attempt_id=attempt.id).state is State.SUCCEEDED
    assert_paid_once(customer)


def test_a_payment_is_declined_and_the_story_tells_it(customer: Customer, box: WebhookBox) -> None:
    attempt = customer.press_pay()
    enter_card(attempt.frame_url, number=DECLINED)
    eventually(lambda: len(box.letters) == 1)
    deliver(box.letters[0], slug=customer.operator.slug)
    process_all(customer.operator)
    standing = show_attempt(customer.operator, attempt_id=attempt.id)
    assert (standing.state, standing.failure_code, standing.declines) == (
        State.AWAITING_CUSTOMER,
        "generic_decline",
        1,
    )
    assert_unpaid(customer)


def test_the_provider_is_believed_and_not_the_webhook(customer: Customer) -> None:
    attempt = customer.press_pay()
    claim = {"id": attempt.provider_reference, "amount": 30_000, "currency": "GBP", "status": "succeeded"}
    event = {"id": "evt_claim", "type": "payment.succeeded", "data": {"object": claim}}
    deliver(signed(event, secret=customer.merchant.webhook_secret), slug=customer.operator.slug)
    process_all(customer.operator)
    assert show_attempt(customer.operator, attempt_id=attempt.id).state is State.AWAITING_CUSTOMER
    assert_unpaid(customer)


@pytest.mark.parametrize(("amount", "currency"), [(29_999, "GBP"), (30_000, "EUR"), (None, "")])
def test_right_signature_but_wrong_amount_waits_for_a_person(
    customer: Customer, box: WebhookBox, amount: int | None, currency: str
) -> None:
    _, letters = pay(customer, box=box)
    event = json.loads(letters[1].body)
    event["data"]["object"].update(amount=amount, currency=currency)
    deliver(signed(event, secret=customer.merchant.webhook_secret), slug=customer.operator.slug)
    process_all(customer.operator)
    (kept,) = inbox(customer.operator, status="exception")
    assert "the provider says 30000 GBP" in kept.problem
    assert_unpaid(customer)


def test_a_payment_that_is_not_ours_waits_for_a_person(customer: Customer) -> None:
    event = {"id": "evt_x", "type": "payment.succeeded", "data": {"object": {"id": "pay_x", "amount": 1}}}
    deliver(signed(event, secret=customer.merchant.webhook_secret), slug=customer.operator.slug)
    process_all(customer.operator)
    (kept,) = inbox(customer.operator, status="exception")
    assert "does not know pay_x" in kept.problem


@pytest.mark.parametrize("kind", ["forged", "altered", "old", "no signature", "another operator's"])
def test_what_is_not_the_providers_is_refused_and_only_noted(
    customer: Customer, box: WebhookBox, acquirer: Acquirer, kind: str
) -> None:
    _, letters = pay(customer, box=box)
    genuine = letters[1]
    secret = customer.merchant.webhook_secret
    other = a_customer(new_operator(), acquirer=acquirer).merchant
    bad = {
        "forged": signed(genuine.body, secret="whsec_guessed"),
        "altered": Letter(genuine.body.replace(b"30000", b"3000"), genuine.signature),
        "old": signed(genuine.body, secret=secret, age_s=301),
        "no signature": Letter(genuine.body, ""),
        "another operator's": signed(genuine.body, secret=other.webhook_secret),
    }[kind]
    assert deliver(bad, slug=customer.operator.slug) == 400
    process_all(customer.operator)
    (noted,) = inbox(customer.operator)
    assert (noted.status, noted.event_id) == ("refused", "")
    assert noted.problem
    assert_unpaid(customer)


def test_a_body_of_more_than_256_kib_is_refused_and_not_kept(customer: Customer) -> None:
    large = signed(b"x" * (256 * 1024 + 1), secret=customer.merchant.webhook_secret)
    assert deliver(large, slug=customer.operator.slug) == 413
    (noted,) = inbox(customer.operator)
    assert (noted.status, len(noted.body)) == ("refused", 1024)


def test_a_body_in_chunks_is_told_to_name_its_length(customer: Customer) -> None:
    answer = Client().post(
        f"/webhooks/sandbox/{customer.operator.slug}",
        data=b"{}",
        content_type="application/json",
        CONTENT_LENGTH="",
        HTTP_TRANSFER_ENCODING="chunked",
    )
    assert answer.status_code == 411
    assert inbox(customer.operator) == []


def test_an_operator_nobody_knows_is_not_found(customer: Customer) -> None:
    assert deliver(signed(b"{}", secret="whsec_x"), slug="nobody-here") == 404
