"""Puts an email into the outbox, in the same database transaction as the fact it tells of.

What is kept are facts, as they were at that moment; the words are made when the email is sent. Nothing is
sent here: see `send_email.py`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol
from uuid import UUID

from fareledger.domain.identity import new_id
from fareledger.domain.receipts import receipt_name
from fareledger.persistence.jobs import enqueue
from fareledger.persistence.models import Booking, EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.usecases.clock import now

EmailKind = Literal[
    "receipt",
    "refund_confirmation",
    "refund_on_its_way",
    "refund_failed",
    "portal_link",
    "portal_code",
    "booking_change",
    "reminder_before",
    "reminder_after",
    "invoice",
    "staff_message",
    "approval_given",
    "approval_withdrawn",
    "approval_ended",
    "collection_notice",
    "charge_needs_you",
    "charge_failed",
    "card_expiring",
]
# An open row of a plan: its kind, its amount in minor units, and the day it is due.
OpenRow = tuple[str, int, date]


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
class ChangeFacts:
    """What a change of a booking means for its customer, in minor units of the booking's currency.

    `cancelled` and `reinstated` are true when this change did it. `outstanding_minor` is that after the change
    (negative: we owe the customer). The plans are the open rows before and after.
    """

    payable_before_minor: int
    payable_after_minor: int
    start_before: date
    start_after: date
    cancelled: bool
    reinstated: bool
    outstanding_minor: int
    plan_before: tuple[OpenRow, ...]
    plan_after: tuple[OpenRow, ...]


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


def queue_change(operator: Operator, *, booking: Booking, facts: ChangeFacts) -> UUID | None:
    """Queue the email that tells of a change, inside the caller's operator transaction; one a version of the booking.

    Call it after the booking has its new version. Returns the email's id, or None when this version was told before,
    or when nothing of the change concerns the customer's money or dates.
    """
    if not worth_telling(facts):
        return None
    letter = Letter(
        kind="booking_change",
        source_key=f"booking_change:{booking.id}:{booking.version}",
        payload=change_payload(facts),
    )
    return queue_email(operator, booking=booking, letter=letter)


def worth_telling(facts: ChangeFacts) -> bool:
    """Say whether a change is one the customer is written to about."""
    moved = sorted(facts.plan_before) != sorted(facts.plan_after)
    priced = facts.payable_before_minor != facts.payable_after_minor
    return moved or priced or facts.start_before != facts.start_after or facts.cancelled or facts.reinstated


def change_payload(facts: ChangeFacts) -> dict[str, object]:
    """Write the facts of a change as the outbox keeps them; a preview is drawn from the same."""
    plans = {
        name: [[kind, amount_minor, day.isoformat()] for kind, amount_minor, day in rows]
        for name, rows in (("plan_before", facts.plan_before), ("plan_after", facts.plan_after))
    }
    return {
        "payable_before_minor": facts.payable_before_minor,
        "payable_after_minor": facts.payable_after_minor,
        "start_before": facts.start_before.isoformat(),
        "start_after": facts.start_after.isoformat(),
        "cancelled": facts.cancelled,
        "reinstated": facts.reinstated,
        "outstanding_minor": facts.outstanding_minor,
        **plans,
    }


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
        payload={**about_booking(booking), **letter.payload},
        queued_at=now(),
    )
    EmailMessage.objects.bulk_create([row], ignore_conflicts=True)
    if not EmailMessage.objects.filter(operator_id=operator.id, id=email_id).exists():
        return None
    enqueue("send_email", operator_id=str(operator.id), email_id=str(email_id))
    return email_id


class Described(Protocol):
    """What an email tells of a booking, whatever else is known of it."""

    @property
    def reference(self) -> str:
        """The booking's reference."""

    @property
    def currency(self) -> str:
        """The currency of every amount."""

    @property
    def customer_locale(self) -> str:
        """The language the customer is written to in."""

    @property
    def customer_name(self) -> str:
        """Who is written to."""

    @property
    def package(self) -> str:
        """What the trip is called."""


def about_booking(booking: Described) -> dict[str, object]:
    """Return the facts about a booking that every email starts from."""
    return {
        "reference": booking.reference,
        "currency": booking.currency,
        "locale": booking.customer_locale,
        "customer_name": booking.customer_name,
        "package": booking.package,
    }
