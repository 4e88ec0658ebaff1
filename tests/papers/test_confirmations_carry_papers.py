"""The receipt that goes with an email is the portal's own, and an email that cannot be drawn is not lost."""

from __future__ import annotations

import smtplib
from uuid import UUID

from django.core import mail
from django.core.mail import EmailMultiAlternatives

from fareledger.faces.shared.emails import render_email
from fareledger.faces.shared.mail_delivery import deliver_email
from fareledger.persistence.models import EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.send_confirmation import send_confirmation
from fareledger.usecases.send_email import RETRY_LADDER_S, QueuedEmail, RenderedEmail, send_email
from fareledger.usecases.show_booking import Billing, billing_by_id
from tests.papers.test_receipts import lived
from tests.support.invoices import pdf_text
from tests.support.people import MARTA
from tests.support.planning import commit, plan, with_nothing_planned
from tests.support.portal import inside


def confirmations(operator: Operator, shown: Billing, /) -> list[EmailMessage]:
    """The emails about movements, first one first."""
    with operator_transaction(operator.id):
        found = EmailMessage.objects.filter(booking_id=shown.booking.id, payload__has_key="receipt")
        return list(found.order_by("queued_at"))


def post(operator: Operator, email_id: UUID, /) -> EmailMultiAlternatives:
    """Send one email to the test's mail server and give it as it arrived."""
    assert send_email(operator.id, email_id=email_id, render=render_email, deliver=deliver_email)
    return mail.outbox[-1]  # type: ignore[return-value]  # every email of ours has an HTML part


def test_every_confirmation_brings_the_portals_paper(operator: Operator) -> None:
    shown = lived(operator)
    client = inside(operator, booking_id=shown.booking.id)
    kinds = []
    for row in confirmations(operator, shown):
        sent = post(operator, row.id)
        ((name, content, content_type),) = sent.attachments
        assert (name, content_type) == (f"{row.payload['receipt']}.pdf", "application/pdf")
        page = f"/p/{operator.slug}/receipts/{row.payload['receipt']}/pdf/"
        assert client.get(page).content == content
        assert "The receipt is attached as a PDF." in sent.body
        assert len(content) < 60_000
        kinds.append(row.kind)
    assert kinds == ["receipt", "receipt", "refund_confirmation"]


def test_an_email_that_cannot_be_drawn_waits_for_its_next_try(operator: Operator) -> None:
    shown = lived(operator)
    row = confirmations(operator, shown)[0]

    def cannot(_: QueuedEmail) -> RenderedEmail:
        raise ValueError("no such font")

    for tries in range(1, len(RETRY_LADDER_S) + 1):
        assert not send_email(operator.id, email_id=row.id, render=cannot, deliver=deliver_email)
        again = confirmations(operator, shown)[0]
        assert (again.status, again.tries) == ("queued", tries)
        assert again.problem == "It could not be drawn: no such font"
    assert post(operator, row.id).attachments
    assert confirmations(operator, shown)[0].status == "sent"


def test_one_that_never_can_is_given_up_and_told(operator: Operator) -> None:
    shown = lived(operator)
    row = confirmations(operator, shown)[0]

    def cannot(_: QueuedEmail) -> RenderedEmail:
        raise smtplib.SMTPException("not even that")

    for _ in range(len(RETRY_LADDER_S) + 1):
        send_email(operator.id, email_id=row.id, render=cannot, deliver=deliver_email)
    assert confirmations(operator, shown)[0].status == "failed"
    timeline = billing_by_id(operator, booking_id=shown.booking.id).timeline
    assert "email_failed" in [event.kind for event in timeline]


def test_a_late_confirmation_tells_what_its_paper_tells(operator: Operator) -> None:
    shown = with_nothing_planned(operator, paid_minor=0)
    first, second = (plan(operator, shown, amount_minor=amount_minor) for amount_minor in (200_000, 300_000))
    for row_id in (first, second):
        commit(operator, shown, row_id, send_confirmation=False)
    send_confirmation(
        operator,
        booking_id=shown.booking.id,
        transaction_id=first,
        to_email="eleanor@example.com",
        actor=MARTA,
    )
    (row,) = confirmations(operator, shown)
    assert (row.payload["paid_before_minor"], row.payload["left_minor"]) == (0, 451_600)
    sent = post(operator, row.id)
    assert "Left to pay: US$4,516.00" in sent.body
    assert "US$4,516.00" in pdf_text(sent.attachments[0][1])
