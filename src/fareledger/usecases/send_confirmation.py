"""Staff send the customer, or somebody else, the confirmation of a payment or refund that was recorded, again or for
the first time.

The facts are those of the first confirmation where there was one. Nothing moves; the worker sends the email.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from django.db.models import Q

from fareledger.domain.access import Actor, Permission
from fareledger.domain.errors import Refused
from fareledger.domain.receipts import receipt_name
from fareledger.domain.wording import is_email
from fareledger.persistence.models import Attempt, EmailMessage, Transaction
from fareledger.persistence.operators import Operator
from fareledger.persistence.retrying import retried_on_deadlock
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.confirm_movement import movement_facts
from fareledger.usecases.find_open_row import TransactionNotFound
from fareledger.usecases.lock_booking import LockedBooking, lock_booking
from fareledger.usecases.queue_email import Letter, ReceiptFacts, queue_email, queue_receipt
from fareledger.usecases.show_booking import billing_within
from fareledger.usecases.show_receipt import ReceiptNotFound, receipt_named

_KINDS: Final = ("receipt", "refund_confirmation")


class InvalidConfirmation(Refused):
    """There is nothing to confirm, or nobody to tell; `field` names what is wrong."""


@retried_on_deadlock
def send_confirmation(
    operator: Operator, *, booking_id: UUID, transaction_id: UUID, to_email: str, actor: Actor
) -> None:
    """Queue the confirmation of a closed row to an address; while one to it is on its way, another is not sent.

    Raises NotPermitted, BookingNotFound, TransactionNotFound and InvalidConfirmation.
    """
    actor.require(Permission.CONTACT_CUSTOMERS)
    if not is_email(to_email):
        message = "Give one email address, such as ana@example.com."
        raise InvalidConfirmation(code="invalid_email", message=message, field="/to_email")
    with operator_transaction(operator.id):
        locked = lock_booking(operator, booking_id=booking_id)
        row = next((row for row in locked.transactions if row.id == transaction_id), None)
        if row is None:
            raise TransactionNotFound(transaction_id)
        taken_back = any(other.reverses == row.id for other in locked.transactions)
        if row.status != "closed" or row.reverses is not None or taken_back:
            message = "Only money that has moved is confirmed."
            raise InvalidConfirmation(code="nothing_to_confirm", message=message)
        _queue(operator, locked=locked, row=row, to_email=to_email)


def _queue(operator: Operator, *, locked: LockedBooking, row: Transaction, to_email: str) -> None:
    """Queue under a key that is free again only once the email before has left."""
    about = f"receipt:{row.id}:{to_email.lower()}"
    before = EmailMessage.objects.filter(
        operator_id=operator.id, booking_id=row.booking_id, source_key__startswith=f"{about}:"
    ).exclude(status="queued")
    source_key = f"{about}:{before.count() + 1}"
    first = _first(row)
    if first is None:
        facts = _as_it_was(operator, locked=locked, facts=movement_facts(operator, locked=locked, row=row))
        queue_receipt(operator, booking=locked.booking, source_key=source_key, facts=facts, to_email=to_email)
        return
    number = receipt_name(locked.booking.reference, number=row.receipt_number or 0)
    payload = {"receipt": number, **first.payload}
    letter = Letter(
        kind="receipt" if row.kind == "payment" else "refund_confirmation",
        source_key=source_key,
        payload=payload,
        to_email=to_email,
    )
    queue_email(operator, booking=locked.booking, letter=letter)


def _as_it_was(operator: Operator, *, locked: LockedBooking, facts: ReceiptFacts) -> ReceiptFacts:
    """Tell the figures of the moment of the movement, as its receipt does, and no dates of a plan that has moved on."""
    name = receipt_name(locked.booking.reference, number=facts.receipt_number)
    try:
        then = receipt_named(billing_within(operator, booking_id=locked.booking.id), name=name)
    except ReceiptNotFound:
        return facts
    return replace(
        facts,
        payable_minor=then.payable_minor,
        paid_before_minor=then.paid_before_minor,
        left_minor=then.left_minor,
        next_due=facts.next_due if then.left_minor == facts.left_minor else (),
    )


def _first(row: Transaction) -> EmailMessage | None:
    """Find the first confirmation of the money that closed the row; card money may have closed several rows."""
    keys = Q(source_key=f"receipt:{row.id}")
    attempts = Attempt.objects.filter(
        operator_id=row.operator_id, provider=row.provider, provider_reference=row.external_reference or None
    )
    for attempt_id in attempts.values_list("id", flat=True):
        keys |= Q(source_key=f"receipt:attempt:{attempt_id}")
    mails = EmailMessage.objects.filter(
        operator_id=row.operator_id, booking_id=row.booking_id, kind__in=_KINDS
    )
    return mails.filter(keys).order_by("queued_at").first()
