"""An email leaves once per fact: a mail server that is down delays it, one that refuses it ends it, a second worker
finds nothing to do."""

import re
import smtplib
from dataclasses import dataclass, field
from threading import Thread
from uuid import UUID

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, connections
from django.test import override_settings

from fareledger.faces.shared.emails import render_email
from fareledger.faces.shared.mail_delivery import deliver_email
from fareledger.persistence.models import EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.requeue_waiting import requeue_waiting
from fareledger.usecases.send_email import (
    RETRY_LADDER_S,
    MailServerUnavailable,
    MailUndeliverable,
    QueuedEmail,
    RenderedEmail,
    send_email,
)
from fareledger.usecases.send_portal_link import send_portal_link
from fareledger.usecases.show_booking import billing_by_id
from tests.support.bookings import a_trip_in, sell
from tests.support.paying import later
from tests.support.people import person


@dataclass
class Postbox:
    """A mail server of a few lines: it takes everything, or fails as told."""

    failure: Exception | None = None
    taken: list[RenderedEmail] = field(default_factory=list)

    def __call__(self, email: QueuedEmail, *, rendered: RenderedEmail) -> None:
        """Take one email."""
        if self.failure:
            raise self.failure
        self.taken.append(rendered)


class Refusing(BaseEmailBackend):
    """A mail server that answers as the test says."""

    answer: Exception

    def send_messages(self, messages: object) -> int:
        """Refuse."""
        raise type(self).answer


@pytest.fixture
def booking_id(operator: Operator) -> UUID:
    """A booking to write about."""
    return sell(operator, a_trip_in(200)).booking.id


def a_queued_link(operator: Operator, *, booking_id: UUID) -> UUID:
    """Queue a link email, as staff would."""
    send_portal_link(operator, booking_id=booking_id, asked_by="operator", actor=person("Marta"))
    with operator_transaction(operator.id):
        return EmailMessage.objects.filter(booking_id=booking_id).latest("queued_at").id


def row(operator: Operator, *, email_id: UUID) -> EmailMessage:
    """Read an email as it is stored."""
    with operator_transaction(operator.id):
        return EmailMessage.objects.get(operator_id=operator.id, id=email_id)


def send(operator: Operator, *, email_id: UUID, postbox: Postbox) -> bool:
    """Do what the worker does."""
    return send_email(operator.id, email_id=email_id, render=render_email, deliver=postbox)


def test_it_is_sent_and_kept_without_its_secret(operator: Operator, booking_id: UUID) -> None:
    email_id, postbox = a_queued_link(operator, booking_id=booking_id), Postbox()
    assert send(operator, email_id=email_id, postbox=postbox)
    token = re.search(r"/link/(\S+)", postbox.taken[0].text)
    assert token is not None
    stored = row(operator, email_id=email_id)
    assert stored.status == "sent"
    assert token[1] not in stored.text_body + stored.html_body + str(stored.payload)
    assert "/link/•" in stored.text_body
    assert "link_seed" not in stored.payload
    told = [event.kind for event in billing_by_id(operator, booking_id=booking_id).timeline]
    assert told.count("email_sent") == 1


def test_sending_again_does_nothing(operator: Operator, booking_id: UUID) -> None:
    email_id, postbox = a_queued_link(operator, booking_id=booking_id), Postbox()
    send(operator, email_id=email_id, postbox=postbox)
    assert not send(operator, email_id=email_id, postbox=postbox)
    assert len(postbox.taken) == 1


def test_a_server_that_is_down_only_delays_it(operator: Operator, booking_id: UUID) -> None:
    email_id, postbox = a_queued_link(operator, booking_id=booking_id), Postbox(MailServerUnavailable("down"))
    assert not send(operator, email_id=email_id, postbox=postbox)
    stored = row(operator, email_id=email_id)
    assert (stored.status, stored.tries, stored.problem) == ("queued", 1, "down")
    postbox.failure = None
    assert send(operator, email_id=email_id, postbox=postbox)
    assert row(operator, email_id=email_id).problem == ""


def test_it_is_given_up_after_the_last_try(operator: Operator, booking_id: UUID) -> None:
    email_id, postbox = a_queued_link(operator, booking_id=booking_id), Postbox(MailServerUnavailable("down"))
    for _ in range(len(RETRY_LADDER_S) + 1):
        send(operator, email_id=email_id, postbox=postbox)
    assert row(operator, email_id=email_id).status == "failed"


def test_a_refused_address_ends_it_at_once(operator: Operator, booking_id: UUID) -> None:
    email_id, postbox = a_queued_link(operator, booking_id=booking_id), Postbox(MailUndeliverable("550 no"))
    send(operator, email_id=email_id, postbox=postbox)
    stored = row(operator, email_id=email_id)
    assert (stored.status, stored.problem) == ("failed", "550 no")


def test_a_link_that_ran_out_is_not_sent(operator: Operator, booking_id: UUID) -> None:
    email_id, postbox = a_queued_link(operator, booking_id=booking_id), Postbox()
    with later(73 * 3600):
        assert not send(operator, email_id=email_id, postbox=postbox)
    assert postbox.taken == []
    assert row(operator, email_id=email_id).status == "failed"


def test_a_lost_job_is_found_again_after_its_time(operator: Operator, booking_id: UUID) -> None:
    email_id = a_queued_link(operator, booking_id=booking_id)
    send(operator, email_id=email_id, postbox=Postbox(MailServerUnavailable("down")))
    requeue_waiting()
    assert jobs_that_found(email_id) == 0
    with later(RETRY_LADDER_S[0] + 120):
        requeue_waiting()
    assert jobs_that_found(email_id) == 1


def jobs_that_found(email_id: UUID) -> int:
    """How many jobs the sweep has queued for an email."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE queueing_lock = %s", (f"email:{email_id}",)
        )
        return int(cursor.fetchone()[0])


def test_two_workers_at_once_send_one(operator: Operator, booking_id: UUID) -> None:
    email_id, postbox = a_queued_link(operator, booking_id=booking_id), Postbox()
    met: list[bool] = []

    def slow(email: QueuedEmail, *, rendered: RenderedEmail) -> None:
        met.append(in_another_thread(operator, email_id=email_id, postbox=postbox))
        postbox(email, rendered=rendered)

    assert send_email(operator.id, email_id=email_id, render=render_email, deliver=slow)
    assert met == [False]
    assert len(postbox.taken) == 1


def in_another_thread(operator: Operator, *, email_id: UUID, postbox: Postbox) -> bool:
    """Send from a second database connection and return what came of it."""
    answers: list[bool] = []

    def work() -> None:
        answers.append(send(operator, email_id=email_id, postbox=postbox))
        connections.close_all()

    thread = Thread(target=work)
    thread.start()
    thread.join(10)
    return answers[0]


def test_what_the_mail_server_is_handed(operator: Operator, booking_id: UUID) -> None:
    email_id = a_queued_link(operator, booking_id=booking_id)
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        mail.outbox = []
        assert send_email(operator.id, email_id=email_id, render=render_email, deliver=deliver_email)
        message = mail.outbox[0]
    assert isinstance(message, mail.EmailMultiAlternatives)
    assert message.from_email == "Acme Travel <payments@fareledger.example>"
    assert message.reply_to == [operator.support_email]
    assert message.to == ["eleanor.hartley@example.com"]
    assert message.extra_headers["Message-ID"] == f"<{email_id}@fareledger.example>"
    assert [part[1] for part in message.alternatives] == ["text/html"]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (smtplib.SMTPRecipientsRefused({"x@example.com": (550, b"no such user")}), "failed"),
        (smtplib.SMTPRecipientsRefused({"x@example.com": (451, b"later")}), "queued"),
        (smtplib.SMTPDataError(554, b"refused"), "failed"),
        (smtplib.SMTPServerDisconnected("gone"), "queued"),
        (ConnectionRefusedError("nobody there"), "queued"),
    ],
)
def test_a_refusal_is_told_from_a_delay(
    operator: Operator, booking_id: UUID, answer: Exception, status: str
) -> None:
    email_id = a_queued_link(operator, booking_id=booking_id)
    Refusing.answer = answer
    with override_settings(EMAIL_BACKEND=f"{__name__}.Refusing"):
        send_email(operator.id, email_id=email_id, render=render_email, deliver=deliver_email)
    assert row(operator, email_id=email_id).status == status
