"""Hands a drawn email to the mail server, and tells a refusal for good from a delay.

What it says is decided elsewhere (`emails.py`), and so is what a failure means for the outbox.
"""

import smtplib
from collections.abc import Sequence
from email.message import Message
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.utils import formataddr
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from fareledger.usecases.send_email import (
    MailServerUnavailable,
    MailUndeliverable,
    Picture,
    QueuedEmail,
    RenderedEmail,
)

# The words of a permanent refusal start with a 5 (RFC 5321); anything else may pass.
_PERMANENT: Final = range(500, 600)


class _Letter(EmailMultiAlternatives):
    """A message whose HTML has pictures of its own beside it (RFC 2387), apart from the files that are handed over."""

    def __init__(self, *, pictures: Sequence[Picture], **parts: Any) -> None:
        super().__init__(**parts)
        self.pictures = pictures

    def message(self, **how: Any) -> Any:
        """Return the message as it is sent."""
        whole: Any = super().message(**how)
        for part in [*whole.walk()] if self.pictures else []:
            inner = part.get_payload() if part.is_multipart() else []
            for place, each in enumerate(inner):
                if each.get_content_type() == "text/html":
                    inner[place] = self._with_pictures(each)
        return whole

    def _with_pictures(self, page: Message) -> MIMEMultipart:
        together = MIMEMultipart("related", type="text/html")
        together.attach(page)
        for picture in self.pictures:
            part = MIMEImage(picture.content, "png")
            part["Content-ID"] = f"<{picture.name}>"
            part["Content-Disposition"] = 'inline; filename="logo.png"'
            together.attach(part)
        return together


def deliver_email(email: QueuedEmail, *, rendered: RenderedEmail) -> None:
    """Hand one email to the mail server. Raises MailUndeliverable and MailServerUnavailable."""
    sender = settings.DEFAULT_FROM_EMAIL
    message = _Letter(
        pictures=rendered.pictures,
        subject=rendered.subject,
        body=rendered.text,
        from_email=formataddr((email.operator.brand.get("sender_name") or email.operator.name, sender)),
        to=[email.to_email],
        reply_to=[_answered_by(email)],
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


def _answered_by(email: QueuedEmail) -> str:
    """Return who gets an answer: the customer who wrote, else the operator's people."""
    written_by = str(email.payload.get("reply_to") or "")
    return written_by or email.operator.brand.get("reply_to") or email.operator.support_email


def _failure(code: int, *, words: bytes | str) -> MailUndeliverable | MailServerUnavailable:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    kind = MailUndeliverable if code in _PERMANENT else MailServerUnavailable
    return kind(f"{code} {text}")
