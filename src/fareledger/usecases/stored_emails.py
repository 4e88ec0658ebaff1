"""Emails of a booking as they were sent or wait to be, and sending one again.

What is sent again are the facts of the first email, under a Message-ID of its own; the first one stays as it is. A link
works once and its secret is not kept, so an email with a link is not sent again: a new link is made instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import NotFound, Refused
from fareledger.domain.wording import is_email
from fareledger.persistence.models import EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.lock_booking import lock_booking
from fareledger.usecases.queue_email import Letter, queue_email

WITH_A_LINK: Final = ("portal_link", "portal_code")


class EmailNotFound(NotFound):
    """The booking has no such email."""

    def __init__(self, email_id: UUID) -> None:
        super().__init__(code="email_not_found", message="There is no such email.")
        self.email_id = email_id


class CannotSendAgain(Refused):
    """This email, or to this address, is not sent again; `field` says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEmail:
    """One email with the words it was sent in, empty before that, and the facts it is drawn from."""

    id: UUID
    kind: str
    to_email: str
    subject: str
    status: str
    problem: str
    tries: int
    queued_at: datetime
    sent_at: datetime | None
    text_body: str
    html_body: str
    payload: dict[str, Any]

    @property
    def can_go_again(self) -> bool:
        """Say whether it may be sent once more."""
        return self.kind not in WITH_A_LINK


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """To whom an email goes once more; the key is that of the form, which counts once."""

    to_email: str
    key: UUID


def stored_email(operator: Operator, *, booking_id: UUID, email_id: UUID) -> StoredEmail:
    """Read one email of a booking. Raises EmailNotFound."""
    with operator_transaction(operator.id):
        return _view(_row(operator, booking_id=booking_id, email_id=email_id))


@retried_on_deadlock
def send_email_again(
    operator: Operator, *, booking_id: UUID, email_id: UUID, again: Again, actor: Actor
) -> None:
    """Queue an email once more, to an address; the same form again does nothing.

    Raises NotPermitted, BookingNotFound, EmailNotFound and CannotSendAgain.
    """
    actor.require(Permission.CONTACT_CUSTOMERS)
    if not is_email(again.to_email):
        message = "Give one email address, such as ana@example.com."
        raise CannotSendAgain(code="invalid_email", message=message, field="/to_email")
    with operator_transaction(operator.id):
        booking = lock_booking(operator, booking_id=booking_id).booking
        first = _view(_row(operator, booking_id=booking_id, email_id=email_id))
        if not first.can_go_again:
            message = "The link in it works once. Email a new pay link instead."
            raise CannotSendAgain(code="link_works_once", message=message)
        letter = Letter(
            kind=first.kind,  # type: ignore[arg-type]  # it was queued as one of them
            source_key=f"again:{email_id}:{again.key}",
            payload=first.payload,
            to_email=again.to_email,
        )
        queue_email(operator, booking=booking, letter=letter)


def _row(operator: Operator, *, booking_id: UUID, email_id: UUID) -> EmailMessage:
    ours = EmailMessage.objects.filter(operator_id=operator.id, booking_id=booking_id, id=email_id)
    row = ours.first()
    if row is None:
        raise EmailNotFound(email_id)
    return row


def _view(row: EmailMessage) -> StoredEmail:
    return StoredEmail(**{name: getattr(row, name) for name in StoredEmail.__dataclass_fields__})
