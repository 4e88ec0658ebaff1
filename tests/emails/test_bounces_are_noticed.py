"""What the mail service tells afterwards is believed only with its signature, stored once, and shown at the email."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.test import Client, override_settings

from fareledger.faces.shared.emails import render_email
from fareledger.persistence.models import EmailMessage, WebhookEvent
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.process_webhook import process_webhook
from fareledger.usecases.send_email import QueuedEmail, RenderedEmail, send_email
from fareledger.usecases.send_portal_link import send_portal_link
from fareledger.usecases.show_booking import billing_by_id
from tests.support.bookings import a_trip_in, sell
from tests.support.operators import new_operator
from tests.support.people import MARTA

OLD, NEW = "old-secret", "new-secret"


@pytest.fixture(autouse=True)
def two_live_secrets() -> Iterator[None]:
    """An installation whose mail service changes its secret just now."""
    with override_settings(ENVIRONMENT=replace(settings.ENVIRONMENT, mail_webhook_secrets=(OLD, NEW))):
        yield


def sent(operator: Operator) -> tuple[UUID, UUID]:
    """An email that left: the ids of its booking and its own."""
    booking_id = sell(operator, a_trip_in(200)).booking.id
    send_portal_link(operator, booking_id=booking_id, asked_by="operator", actor=MARTA)
    with operator_transaction(operator.id):
        email_id = EmailMessage.objects.get(operator_id=operator.id, booking_id=booking_id).id
    assert send_email(operator.id, email_id=email_id, render=render_email, deliver=takes_it)
    return booking_id, email_id


def takes_it(email: QueuedEmail, *, rendered: RenderedEmail) -> None:
    """A mail server that takes everything."""


def event(email_id: UUID, *, kind: str = "bounced", reason: str = "550 no such mailbox") -> bytes:
    """What a mail service tells of one email."""
    told = {"message_id": f"<{email_id}@fareledger.example>", "event": kind, "reason": reason}
    return json.dumps(told).encode()


def deliver(slug: str, *, body: bytes, secret: str = NEW, age_s: int = 0, signature: str = "") -> int:
    """Post an event, signed as the mail service signs; return the status of the answer."""
    stamp = str(int(time.time()) - age_s)
    signed = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return (
        Client()
        .post(
            f"/webhooks/mail/{slug}",
            data=body,
            content_type="application/json",
            headers={"Mail-Signature": signature or f"t={stamp},v1={signed}"},
        )
        .status_code
    )


def inbox(operator: Operator, *, status: str = "received") -> list[UUID]:
    """The events that were stored."""
    with operator_transaction(operator.id):
        found = WebhookEvent.objects.filter(operator_id=operator.id, provider="mail", status=status)
        return list(found.values_list("id", flat=True))


def stored_email(operator: Operator, *, email_id: UUID) -> EmailMessage:
    """The email as it is stored."""
    with operator_transaction(operator.id):
        return EmailMessage.objects.get(operator_id=operator.id, id=email_id)


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_a_bounce_is_stored_first_and_then_marks_the_email(operator: Operator, secret: str) -> None:
    booking_id, email_id = sent(operator)
    assert deliver(operator.slug, body=event(email_id), secret=secret) == 204
    assert stored_email(operator, email_id=email_id).status == "sent"
    (event_id,) = inbox(operator)
    assert process_webhook(operator, event_id=event_id) == "processed"
    stored = stored_email(operator, email_id=email_id)
    assert (stored.status, stored.problem) == ("bounced", "550 no such mailbox")
    timeline = billing_by_id(operator, booking_id=booking_id).timeline
    assert timeline[-1].text == "Email came back undelivered (portal link)"


def test_the_same_bounce_counts_once(operator: Operator) -> None:
    booking_id, email_id = sent(operator)
    for _ in range(3):
        assert deliver(operator.slug, body=event(email_id)) == 204
    assert len(inbox(operator)) == 1
    process_webhook(operator, event_id=inbox(operator)[0])
    assert deliver(operator.slug, body=event(email_id, kind="complained")) == 204
    process_webhook(operator, event_id=inbox(operator)[0])
    kinds = [one.kind for one in billing_by_id(operator, booking_id=booking_id).timeline]
    assert kinds.count("email_bounced") == 1


def test_a_complaint_says_so(operator: Operator) -> None:
    booking_id, email_id = sent(operator)
    deliver(operator.slug, body=event(email_id, kind="complained", reason=""))
    process_webhook(operator, event_id=inbox(operator)[0])
    assert stored_email(operator, email_id=email_id).problem == "The recipient called it unwanted"
    assert "called unwanted" in billing_by_id(operator, booking_id=booking_id).timeline[-1].text


@pytest.mark.parametrize(
    "how", [{"secret": "guessed"}, {"age_s": 301}, {"age_s": -301}, {"signature": "t=1,v1=00"}]
)
def test_what_is_forged_or_old_is_refused_and_only_noted(operator: Operator, how: dict[str, object]) -> None:
    _, email_id = sent(operator)
    assert deliver(operator.slug, body=event(email_id), **how) == 400  # type: ignore[arg-type]  # one at a time
    assert inbox(operator) == []
    assert len(inbox(operator, status="refused")) == 1
    assert stored_email(operator, email_id=email_id).status == "sent"


def test_without_a_secret_nobody_is_believed(operator: Operator) -> None:
    _, email_id = sent(operator)
    with override_settings(ENVIRONMENT=replace(settings.ENVIRONMENT, mail_webhook_secrets=())):
        assert deliver(operator.slug, body=event(email_id), secret="") == 400


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"message_id": 1, "event": "x", "reason": ""}', b"\xff"]
)
def test_what_is_no_event_is_refused(operator: Operator, body: bytes) -> None:
    assert deliver(operator.slug, body=body) == 400


def test_too_much_is_refused(operator: Operator) -> None:
    assert deliver(operator.slug, body=b"x" * (256 * 1024 + 1)) == 413


def test_another_operators_email_stays_as_it_is(operator: Operator) -> None:
    other = new_operator()
    _, email_id = sent(other)
    assert deliver(operator.slug, body=event(email_id)) == 204
    assert process_webhook(operator, event_id=inbox(operator)[0]) == "exception"
    assert stored_email(other, email_id=email_id).status == "sent"


def test_other_news_and_unknown_emails_change_nothing(operator: Operator) -> None:
    assert deliver(operator.slug, body=event(uuid4(), kind="opened")) == 204
    assert process_webhook(operator, event_id=inbox(operator)[0]) == "ignored"
    assert deliver(operator.slug, body=event(uuid4())) == 204
    assert process_webhook(operator, event_id=inbox(operator)[0]) == "exception"
    assert deliver("nobody", body=event(uuid4())) == 404


def test_one_that_comes_back_before_we_wrote_that_it_left_stays_bounced(operator: Operator) -> None:
    booking_id = sell(operator, a_trip_in(200)).booking.id
    send_portal_link(operator, booking_id=booking_id, asked_by="operator", actor=MARTA)
    with operator_transaction(operator.id):
        email_id = EmailMessage.objects.get(operator_id=operator.id, booking_id=booking_id).id

    def quick(email: QueuedEmail, *, rendered: RenderedEmail) -> None:
        assert deliver(operator.slug, body=event(email.id)) == 204
        process_webhook(operator, event_id=inbox(operator)[0])

    send_email(operator.id, email_id=email_id, render=render_email, deliver=quick)
    stored = stored_email(operator, email_id=email_id)
    assert (stored.status, stored.problem) == ("bounced", "550 no such mailbox")
    assert stored.text_body
