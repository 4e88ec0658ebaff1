"""Webhooks about refunds come ten times, in any order, before our own answer: money goes back once, or is owed once."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from fareledger.domain.payment_machine import State
from fareledger.persistence.models import WebhookEvent
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.process_webhook import process_webhook
from tests.support.acquirer import APPROVED, Acquirer, join, running_acquirer
from tests.support.paying import eventually, later
from tests.support.refunding import (
    REFUND_FAILS,
    REFUND_WAITS,
    Overpaid,
    another_overpaid,
    assert_refunded_once,
    assert_sound,
    press,
    worker_asks,
)
from tests.support.webhook_box import Letter, WebhookBox, deliver, signed, webhook_box


@pytest.fixture
def box() -> Iterator[WebhookBox]:
    """Where the acquirer of this test sends its webhooks."""
    with webhook_box() as listening:
        yield listening


@pytest.fixture
def own_acquirer(tmp_path: Path) -> Iterator[Acquirer]:
    """An acquirer whose clock is this test's own."""
    with running_acquirer(tmp_path) as running:
        yield running


def owed(operator: Operator, *, acquirer: Acquirer, box: WebhookBox, card: str = APPROVED) -> Overpaid:
    """A customer to whom 200.00 are owed, and whose refund webhooks we hold in our hands."""
    merchant = join(operator, acquirer=acquirer, webhook_url=box.url)
    return another_overpaid(operator, merchant=merchant, cards=((100_000, card),))


def refund_letters(box: WebhookBox, *, count: int) -> list[Letter]:
    """Wait for so many webhooks about refunds."""
    found: list[Letter] = []

    def there() -> bool:
        found[:] = [letter for letter in box.letters if letter.type.startswith("refund.")]
        return len(found) >= count

    eventually(there)
    return found


def process(operator: Operator) -> list[str]:
    """Process the inbox as the worker does."""
    with operator_transaction(operator.id):
        ids = list(WebhookEvent.objects.filter(operator_id=operator.id).values_list("id", flat=True))
    return [process_webhook(operator, event_id=event_id) for event_id in ids]


def read(one: Overpaid, *, letters: list[Letter]) -> None:
    """Have each letter delivered with a fresh signature, and the inbox processed after it."""
    for letter in letters:
        again = signed(letter.body, secret=one.merchant.webhook_secret)
        assert deliver(again, slug=one.operator.slug) == 204
        process(one.operator)


def emails(one: Overpaid) -> list[str]:
    return sorted(mail.kind for mail in one.billing.emails if mail.kind.startswith("refund"))


def test_before_our_own_answer_and_ten_times(
    operator: Operator, own_acquirer: Acquirer, box: WebhookBox
) -> None:
    one = owed(operator, acquirer=own_acquirer, box=box)
    own_acquirer.post("/admin/faults", body={"kind": "drop_answer", "where": "create_refund"})
    press(one)
    assert [(part.state, part.provider_reference) for part in one.parts] == [(State.UNKNOWN, None)]
    read(one, letters=refund_letters(box, count=1) * 10)
    assert [order.status for order in one.orders] == ["done"]
    assert_refunded_once(one)
    with later(60):
        assert worker_asks(operator) == 0
    assert emails(one) == ["refund_confirmation"]


@pytest.mark.parametrize("seed", range(3))
def test_told_late_by_the_webhook_alone(
    operator: Operator, own_acquirer: Acquirer, box: WebhookBox, seed: int
) -> None:
    one = owed(operator, acquirer=own_acquirer, box=box, card=REFUND_WAITS)
    press(one)
    assert [part.state for part in one.parts] == [State.PROCESSING]
    own_acquirer.admin.set_clock(offset_s=60)
    jumbled = refund_letters(box, count=1) * 5 + list(box.letters)
    random.Random(seed).shuffle(jumbled)
    read(one, letters=jumbled)
    assert_refunded_once(one)
    assert emails(one) == ["refund_confirmation", "refund_on_its_way"]


def test_a_failure_is_one_failure_however_often_it_is_told(
    operator: Operator, own_acquirer: Acquirer, box: WebhookBox
) -> None:
    one = owed(operator, acquirer=own_acquirer, box=box, card=REFUND_FAILS)
    press(one)
    own_acquirer.admin.set_clock(offset_s=60)
    read(one, letters=refund_letters(box, count=1) * 10)
    assert [(order.status, one.told("refund_failed")) for order in one.orders] == [("failed", 1)]
    assert [row.id for row in one.open_refunds] == [one.row_id]
    assert one.billing.figures.outstanding_minor == -20_000
    assert emails(one) == ["refund_failed", "refund_on_its_way"]
    assert_sound(operator)


def test_what_an_event_claims_does_not_count(
    operator: Operator, own_acquirer: Acquirer, box: WebhookBox
) -> None:
    one = owed(operator, acquirer=own_acquirer, box=box, card=REFUND_FAILS)
    press(one)
    own_acquirer.admin.set_clock(offset_s=60)
    (letter,) = refund_letters(box, count=1)
    claimed = letter.body.replace(b"refund.failed", b"refund.succeeded")
    deliver(signed(claimed, secret=one.merchant.webhook_secret), slug=operator.slug)
    process(operator)
    assert [part.state for part in one.parts] == [State.FAILED]
    altered = letter.body.replace(b"20000", b"19999")
    assert altered != letter.body
    event = altered.replace(b'"id":"evt_', b'"id":"evt_x')
    deliver(signed(event, secret=one.merchant.webhook_secret), slug=operator.slug)
    process(operator)
    assert [part.amount_minor for part in one.parts] == [20_000]
    assert one.billing.figures.refunded_online_minor == 0
    assert_sound(operator)
