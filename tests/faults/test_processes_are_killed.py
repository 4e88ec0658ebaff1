"""The whole way through real processes: acquirer, web and worker, each killed at its worst moment and started again."""

import pytest

from fareledger.domain.payment_machine import State
from fareledger.persistence.models import DemoClock, EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.show_attempt import AttemptView, show_attempt
from tests.support.acquirer import Acquirer, enter_card
from tests.support.database import TestDatabase
from tests.support.mail_sink import mail_sink
from tests.support.paying import Customer, a_customer, assert_paid_once, eventually
from tests.support.processes import free_port, web, worker

pytestmark = pytest.mark.slow


def settled(attempt: AttemptView, *, customer: Customer) -> bool:
    return show_attempt(customer.operator, attempt_id=attempt.id).state is State.SUCCEEDED


def receipt_of(customer: Customer) -> EmailMessage | None:
    with operator_transaction(customer.operator.id):
        return EmailMessage.objects.filter(operator_id=customer.operator.id, kind="receipt").first()


def receipt_sent(customer: Customer) -> bool:
    receipt = receipt_of(customer)
    return receipt is not None and receipt.status == "sent"


def test_nobody_comes_back_and_everything_dies_once(
    operator: Operator, acquirer: Acquirer, database: TestDatabase
) -> None:
    """The customer closes the browser after paying; web dies at the webhook, the worker at the posting and the mail."""
    port, mail_port = free_port(), free_port()
    customer = a_customer(
        operator, acquirer=acquirer, webhook_url=f"http://127.0.0.1:{port}/webhooks/sandbox/{operator.slug}"
    )
    smtp = f"smtp://127.0.0.1:{mail_port}"
    attempt = customer.press_pay()

    with web(database, port=port, FARELEDGER_CRASH_AT="after_webhook_stored") as _:
        enter_card(attempt.frame_url)
        eventually(lambda: inbox_size(customer, database=database) == 1)

    with mail_sink(mail_port) as sink:
        for point in ("before_post", "before_mail"):
            with worker(database, FARELEDGER_CRASH_AT=point, FARELEDGER_SMTP_URL=smtp) as dying:
                assert dying.wait(timeout=120) == -9
        with web(database, port=port), worker(database, FARELEDGER_SMTP_URL=smtp):
            eventually(lambda: settled(attempt, customer=customer), within_s=120)
            eventually(lambda: receipt_sent(customer), within_s=120)
            eventually(lambda: inbox_size(customer, database=database) == 1)
        assert_paid_once(customer)
        receipt = receipt_of(customer)
        assert receipt is not None
        # The worker sends what other tests have left in the outbox too.
        ours = [message for message in sink.messages if str(receipt.id) in message["Message-ID"]]
        assert len(ours) == 1


def test_the_worker_alone_settles_a_payment_whose_webhook_never_comes(
    operator: Operator, acquirer: Acquirer, database: TestDatabase
) -> None:
    """No web, no webhook, no customer: the worker asks when the time has come. Its clock is moved there."""
    customer = a_customer(operator, acquirer=acquirer)
    attempt = customer.press_pay()
    enter_card(attempt.frame_url)
    DemoClock.objects.update_or_create(id=1, defaults={"offset_s": 70 * 60})
    try:
        with worker(database, FARELEDGER_DEMO="1"):
            eventually(lambda: settled(attempt, customer=customer), within_s=120)
    finally:
        DemoClock.objects.filter(id=1).delete()
    assert_paid_once(customer)


def inbox_size(customer: Customer, *, database: TestDatabase) -> int:
    query = "SELECT count(*) FROM webhook_event WHERE operator_id = %s"
    (row,) = database.as_owner(query, arguments=(customer.operator.id,))
    return int(str(row[0]))
