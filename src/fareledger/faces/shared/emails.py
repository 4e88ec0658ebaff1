"""Draws the emails of the outbox and hands them to the mail server.

Every kind has two templates, `email/<kind>.txt`, whose first line is the subject, and `email/<kind>.html`;
both say the same. They work from the facts that were queued; nothing is read from the database.
"""

import re
import smtplib
from collections.abc import Mapping
from datetime import date, datetime
from email.utils import formataddr
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from fareledger.faces.shared.wording import first_name, wording_locale
from fareledger.usecases.find_operator import Operator
from fareledger.usecases.portal_tokens import link_token
from fareledger.usecases.send_email import (
    MailServerUnavailable,
    MailUndeliverable,
    QueuedEmail,
    RenderedEmail,
)
from fareledger.usecases.send_portal_link import link_url

_LIGHT_DARK: Final = re.compile(r"light-dark\(\s*(#[0-9a-fA-F]{3,6})\s*,\s*(#[0-9a-fA-F]{3,6})\s*\)")
# The words of a permanent refusal start with a 5 (RFC 5321); anything else may pass.
_PERMANENT: Final = range(500, 600)


def render_email(email: QueuedEmail) -> RenderedEmail:
    """Draw one email in the customer's number formats and the operator's colours."""
    token = link_token(email.payload["link_seed"]) if "link_seed" in email.payload else ""
    context = {**_frame(email.operator, facts=email.payload), **_facts(email.payload)}
    if token:
        context["link"] = link_url(email.operator, token=token)
    text = render_to_string(f"email/{email.kind}.txt", context, using="jinja2")
    html = render_to_string(f"email/{email.kind}.html", context, using="jinja2")
    subject, _, body = text.lstrip().partition("\n")
    return RenderedEmail(
        subject=" ".join(subject.split()),
        text=body.strip() + "\n",
        html=html,
        hidden=(token,) if token else (),
    )


def deliver_email(email: QueuedEmail, *, rendered: RenderedEmail) -> None:
    """Hand one email to the mail server. Raises MailUndeliverable and MailServerUnavailable."""
    sender = settings.DEFAULT_FROM_EMAIL
    message = EmailMultiAlternatives(
        subject=rendered.subject,
        body=rendered.text,
        from_email=formataddr((email.operator.name, sender)),
        to=[email.to_email],
        reply_to=[email.operator.support_email],
        headers={
            "Message-ID": f"<{email.id}@{sender.rpartition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(rendered.html, "text/html")
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as refusal:
        code, words = next(iter(refusal.recipients.values()))
        raise _failure(code, words=words) from refusal
    except smtplib.SMTPResponseException as refusal:
        raise _failure(refusal.smtp_code, words=refusal.smtp_error) from refusal
    except (smtplib.SMTPException, OSError) as trouble:
        raise MailServerUnavailable(str(trouble)) from trouble


def _failure(code: int, *, words: bytes | str) -> MailUndeliverable | MailServerUnavailable:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    kind = MailUndeliverable if code in _PERMANENT else MailServerUnavailable
    return kind(f"{code} {text}")


def _frame(operator: Operator, *, facts: Mapping[str, Any]) -> dict[str, object]:
    """Return what every email shows: whose it is, in which colours, where it leads."""
    name, locale = str(facts["customer_name"]), str(facts["locale"])
    portal = f"{settings.ENVIRONMENT.base_url}/p/{operator.slug}/"
    return {
        "operator": operator,
        "zone": operator.time_zone,
        "locale": locale,
        "wording": wording_locale(locale),
        "first_name": first_name(name, locale=locale),
        "booking_url": f"{portal}?booking={quote(str(facts['reference']))}",
        "light": {token: _colour(value, dark=False) for token, value in operator.brand.items()},
        "dark": {token: _colour(value, dark=True) for token, value in operator.brand.items()},
    }


def _facts(payload: Mapping[str, Any]) -> dict[str, object]:
    """Return the queued facts with their dates and moments as such."""
    facts = dict(payload)
    for name in ("received_at", "expires_at"):
        if name in facts:
            facts[name] = datetime.fromisoformat(str(facts[name]))
    if "next_due" in facts:
        facts["next_due"] = [(date.fromisoformat(day), amount) for day, amount in facts["next_due"]]
    return facts


def _colour(value: str, *, dark: bool) -> str:
    both = _LIGHT_DARK.fullmatch(value)
    return value if both is None else both[2 if dark else 1]
