"""Emails to people who work for the operator: about no booking, in the outbox like any other, with links that work."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import override_settings

from fareledger.domain.identity import new_id
from fareledger.faces.shared.emails import render_email
from fareledger.faces.shared.mail_delivery import deliver_email
from fareledger.persistence.models import EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.send_email import QueuedEmail, RenderedEmail, send_email
from fareledger.usecases.staff_links import StaffLetter, queue_staff_email, staff_token

NOTICES = ("role_changed", "reactivated", "mfa_reset", "mfa_added", "mfa_removed", "password_changed")
LINKS = {"staff_invitation": "/office/invitation/", "staff_password_link": "/office/new-password/"}


def rendered(operator: Operator, *, kind: str, **facts: object) -> RenderedEmail:
    """Render one email to Ana."""
    payload = {"to_name": "Ana Sousa", "expires_at": now().isoformat(), **facts}
    email = QueuedEmail(
        id=new_id(),
        kind=kind,
        operator=operator,
        booking_id=None,
        to_email="ana@acmetravel.example",
        queued_at=now(),
        payload=payload,
    )
    return render_email(email)


@pytest.mark.parametrize("kind", LINKS)
def test_both_parts_carry_the_link_and_the_kept_copy_does_not(operator: Operator, kind: str) -> None:
    email = rendered(operator, kind=kind, link_seed="seed", invited_by="Priya Nair", role="agent")
    token = staff_token("seed")
    for body in (email.text, email.html):
        assert f"{LINKS[kind]}{operator.slug}/{token}/" in body
        assert "Ana Sousa" in body
        assert "held in trust" not in body
        assert token not in email.kept(body)


@pytest.mark.parametrize("notice", NOTICES)
def test_every_notice_says_what_to_do_when_it_was_not_you(operator: Operator, notice: str) -> None:
    email = rendered(operator, kind="staff_notice", notice=notice, role="finance")
    assert email.subject.endswith(f" at {operator.name}")
    for body in (email.text, email.html):
        assert "tell an administrator" in re.sub(r"\s+", " ", body)


def test_an_email_to_staff_is_sent_like_any_other_and_belongs_to_no_booking(operator: Operator) -> None:
    letter = StaffLetter(
        kind="staff_notice",
        source_key="staff_notice:1",
        to_email="ana@acmetravel.example",
        to_name="Ana Sousa",
        payload={"notice": "mfa_reset", "role": "agent"},
    )
    with operator_transaction(operator.id):
        queue_staff_email(operator, letter=letter)
        email_id = EmailMessage.objects.get(operator_id=operator.id).id
    taken: list[str] = []

    def take(email: QueuedEmail, *, rendered: RenderedEmail) -> None:
        taken.append(rendered.subject)

    assert send_email(operator.id, email_id=email_id, render=render_email, deliver=take)
    assert taken == ["Your second step was reset at Acme Travel"]
    with operator_transaction(operator.id):
        row = EmailMessage.objects.get(operator_id=operator.id)
    assert (row.status, row.booking_id) == ("sent", None)


@pytest.mark.parametrize("kind", LINKS)
def test_the_mail_server_is_handed_it_in_english(operator: Operator, kind: str) -> None:
    letter = StaffLetter(
        kind=kind,  # type: ignore[arg-type]  # one of the two
        source_key=f"{kind}:handed",
        to_email="ana@acmetravel.example",
        to_name="Ana Sousa",
        payload={
            "link_seed": "seed",
            "invited_by": "Priya Nair",
            "role": "agent",
            "expires_at": (now() + timedelta(hours=1)).isoformat(),
        },
    )
    with operator_transaction(operator.id):
        queue_staff_email(operator, letter=letter)
        queued = EmailMessage.objects.get(operator_id=operator.id, source_key=letter.source_key)
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        mail.outbox = []
        assert send_email(operator.id, email_id=queued.id, render=render_email, deliver=deliver_email)
    (message,) = mail.outbox
    assert message.to == ["ana@acmetravel.example"]
    assert message.extra_headers["Content-Language"] == "en-GB"
