"""A process is killed after it stored a webhook, or around the sending of a receipt: nothing is lost, nothing
told twice.
"""

from collections.abc import Iterator
from uuid import UUID

import pytest

from fareledger.domain.payment_machine import State
from fareledger.faces.shared.emails import render_email
from fareledger.faces.shared.mail_delivery import deliver_email
from fareledger.persistence.models import EmailMessage, WebhookEvent
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.crash_points import CrashPoint
from fareledger.usecases.process_webhook import process_webhook
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.send_email import send_email
from fareledger.usecases.show_attempt import show_attempt
from tests.support.acquirer import Acquirer, enter_card
from tests.support.database import TestDatabase
from tests.support.mail_sink import MailSink, mail_sink
from tests.support.paying import Customer, a_customer, another_booking, assert_paid_once, eventually
from tests.support.processes import KILLED, dying_at, free_port
from tests.support.webhook_box import Letter, WebhookBox, deliver, webhook_box

pytestmark = pytest.mark.slow

TIMES = 20


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """Where receipts go."""
    with mail_sink(free_port()) as listening:
        yield listening


def test_killed_after_the_webhook_was_stored(
    operator: Operator, acquirer: Acquirer, database: TestDatabase
) -> None:
    with webhook_box() as box, dying_at("after_webhook_stored", database=database) as dying:
        customer = a_customer(operator, acquirer=acquirer, webhook_url=box.url)
        for _ in range(TIMES):
            attempt = customer.press_pay()
            enter_card(attempt.frame_url)
            letter = next_letter(box)
            assert dying.receive(operator.id, letter=letter) == KILLED
            (event,) = waiting(operator)
            assert deliver(letter, slug=operator.slug) == 204
            assert [again.id for again in waiting(operator)] == [event.id]
            assert process_webhook(operator, event_id=event.id) == "processed"
            assert show_attempt(operator, attempt_id=attempt.id).state is State.SUCCEEDED
            assert_paid_once(customer)
            customer = another_booking(customer)


def next_letter(box: WebhookBox) -> Letter:
    """Wait for the next webhook and take it out of the box."""
    eventually(lambda: bool(box.letters))
    return box.letters.pop(0)


@pytest.mark.parametrize("point", ["before_mail", "after_mail"])
def test_killed_around_sending_the_receipt(
    operator: Operator, acquirer: Acquirer, database: TestDatabase, sink: MailSink, point: CrashPoint
) -> None:
    first = a_customer(operator, acquirer=acquirer)
    emails = [
        receipt_of(customer) for customer in (first, *(another_booking(first) for _ in range(TIMES - 1)))
    ]
    with dying_at(point, database=database, smtp_url=sink.url) as dying:
        for email_id in emails:
            assert dying.mail(operator.id, email_id=email_id) == KILLED
    assert len(sink.messages) == (0 if point == "before_mail" else TIMES)
    with dying_at("after_outcome_recorded", database=database, smtp_url=sink.url) as living:
        for email_id in emails:
            assert living.mail(operator.id, email_id=email_id) == 0
            assert not send_email(operator.id, email_id=email_id, render=render_email, deliver=deliver_email)
    assert len({message["Message-ID"] for message in sink.messages}) == TIMES
    with operator_transaction(operator.id):
        sent = EmailMessage.objects.filter(operator_id=operator.id, status="sent", tries=1)
        assert sent.count() == TIMES


def receipt_of(customer: Customer) -> UUID:
    """Pay, and return the receipt that waits in the outbox."""
    attempt = customer.press_pay()
    enter_card(attempt.frame_url)
    refresh_attempt(customer.operator, attempt_id=attempt.id)
    with operator_transaction(customer.operator.id):
        ours = EmailMessage.objects.filter(operator_id=customer.operator.id, booking_id=customer.booking_id)
        return ours.get(kind="receipt").id


def waiting(operator: Operator) -> list[WebhookEvent]:
    with operator_transaction(operator.id):
        return list(WebhookEvent.objects.filter(operator_id=operator.id, status="received"))
