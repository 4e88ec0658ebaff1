"""Hands a drawn email to the mail server, and tells a refusal for good from a delay.

What it says is decided elsewhere (`emails.py`), and so is what a failure means for the outbox.
"""

import smtplib
from email.utils import formataddr
from typing import Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from fareledger.usecases.send_email import (
    MailServerUnavailable,
    MailUndeliverable,
    QueuedEmail,
    RenderedEmail,
)

# The words of a permanent refusal start with a 5 (RFC 5321); anything else may pass.
_PERMANENT: Final = range(500, 600)


def deliver_email(email: QueuedEmail, *, rendered: RenderedEmail) -> None:
    """Hand one email to the mail server. Raises MailUndeliverable and MailServerUnavailable."""
    sender = settings.DEFAULT_FROM_EMAIL
    message = EmailMultiAlternatives(
        subject=rendered.subject,
        body=rendered.text,
        from_email=formataddr((email.operator.brand.get("sender_name") or email.operator.name, sender)),
        to=[email.to_email],
        reply_to=[email.operator.brand.get("reply_to") or email.operator.support_email],
        headers={
            "Message-ID": f"<{email.id}@{sender.rpartition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
            # Mail services tell us what became of an email at an address they choose by its stream.
            "X-Mail-Stream": email.operator.slug,
            # The back office speaks English, and so does what is written to the people who work there.
            "Content-Language": str(email.payload.get("locale", "en-GB")),
        },
    )
    message.attach_alternative(rendered.html, "text/html")
    for each in rendered.attachments:
        message.attach(each.name, each.content, each.content_type)
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
