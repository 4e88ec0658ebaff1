"""Puts an email into the outbox, in the same database transaction as the fact it tells of.

What is kept are facts, as they were at that moment; the words are made when the email is sent. Nothing is
sent here: see `send_email.py`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from fareledger.domain.identity import new_id
from fareledger.domain.receipts import receipt_name
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import Booking, EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.usecases.clock import now

EmailKind = Literal["receipt", "refund_confirmation", "portal_link"]


@dataclass(frozen=True, kw_only=True)
class ReceiptFacts:
    """One movement of money as its receipt tells it, in minor units of the booking's currency.

    `received_at` is aware UTC; `instrument` is what the customer recognises, such as "Visa ending 4242".
    `paid_before_minor` is net of refunds, `left_minor` is the outstanding afterwards (negative: we owe
    the customer), `next_due` the open payments that are left, earliest first.
    """

    kind: Literal["receipt", "refund_confirmation"]
    amount_minor: int
    received_at: datetime
    instrument: str
    receipt_number: int
    paid_before_minor: int
    payable_minor: int
    left_minor: int
    next_due: tuple[tuple[date, int], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What an email is: its kind, the fact that makes it unique, what it says, and to whom (the customer)."""

    kind: EmailKind
    source_key: str
    payload: dict[str, object]
    to_email: str = ""


def queue_receipt(
    operator: Operator, *, booking: Booking, source_key: str, facts: ReceiptFacts, to_email: str = ""
) -> UUID | None:
    """Queue the receipt of one movement inside the caller's operator transaction.

    Returns the email's id, or None when the same fact has its receipt already. Without `to_email` it goes to
    the customer.
    """
    payload: dict[str, object] = {
        "amount_minor": facts.amount_minor,
        "received_at": facts.received_at.isoformat(),
        "instrument": facts.instrument,
        "receipt": receipt_name(booking.reference, number=facts.receipt_number),
        "paid_before_minor": facts.paid_before_minor,
        "payable_minor": facts.payable_minor,
        "left_minor": facts.left_minor,
        "next_due": [[day.isoformat(), amount_minor] for day, amount_minor in facts.next_due],
    }
    letter = Letter(kind=facts.kind, source_key=source_key, payload=payload, to_email=to_email)
    return queue_email(operator, booking=booking, letter=letter)


def queue_email(operator: Operator, *, booking: Booking, letter: Letter) -> UUID | None:
    """Queue one email about a booking, and the job that sends it, inside the caller's operator transaction.

    Returns the email's id, or None when an email with this source key was queued before.
    """
    email_id = new_id()
    row = EmailMessage(
        operator_id=operator.id,
        id=email_id,
        booking_id=booking.id,
        kind=letter.kind,
        source_key=letter.source_key,
        to_email=letter.to_email or booking.customer_email,
        payload={**_about(booking), **letter.payload},
        queued_at=now(),
    )
    EmailMessage.objects.bulk_create([row], ignore_conflicts=True)
    if not EmailMessage.objects.filter(operator_id=operator.id, id=email_id).exists():
        return None
    enqueue("send_email", operator_id=str(operator.id), email_id=str(email_id))
    return email_id


def _about(booking: Booking) -> dict[str, object]:
    return {
        "reference": booking.reference,
        "currency": booking.currency,
        "locale": booking.customer_locale,
        "customer_name": booking.customer_name,
        "package": booking.package,
    }
