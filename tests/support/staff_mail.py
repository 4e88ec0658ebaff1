"""The links that staff were sent by email, as they would find them in their inbox."""

import re
from urllib.parse import urlsplit

from fareledger.faces.shared.emails import render_email
from fareledger.persistence.models import EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.send_email import QueuedEmail, RenderedEmail, send_email


def mails_to(operator: Operator, *, email: str) -> list[RenderedEmail]:
    """Send what is queued for this address and return it, oldest first."""
    sent: list[RenderedEmail] = []

    def take(email: QueuedEmail, *, rendered: RenderedEmail) -> None:
        sent.append(rendered)

    with operator_transaction(operator.id):
        waiting = EmailMessage.objects.filter(operator_id=operator.id, to_email=email, status="queued")
        ids = list(waiting.order_by("queued_at").values_list("id", flat=True))
    for email_id in ids:
        send_email(operator.id, email_id=email_id, render=render_email, deliver=take)
    return sent


def link_in(mail: RenderedEmail) -> str:
    """Return the path of the link in an email."""
    found = re.search(r"https?://\S+/office/\S+", mail.text)
    assert found, mail.text
    return urlsplit(found[0]).path
