"""Takes a customer's message from the portal: into the booking's timeline, and by email to the operator's people.

It asks for words only, since the booking says who writes; whoever answers replies to the email. A booking's customer
may write a few times an hour, and a form that is sent twice is one message.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings

from fareledger.domain.errors import Refused
from fareledger.domain.wording import is_text
from fareledger.persistence.ledger import Event, append_timeline
from fareledger.persistence.models import Booking, EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now
from fareledger.usecases.open_portal_session import Visit
from fareledger.usecases.queue_email import Letter, queue_email
from fareledger.usecases.visit_rights import require_customer

LONGEST_MESSAGE: Final = 1000
MESSAGES_AN_HOUR: Final = 5


class MessageRefused(Refused):
    """What was written cannot be sent: it is empty, too long, or holds characters that are none."""


class TooManyMessages(Refused):
    """The booking's customer has written as often as one hour allows."""

    def __init__(self) -> None:
        super().__init__(
            code="too_many_messages",
            message=f"You have sent {MESSAGES_AN_HOUR} messages within an hour. Please call.",
        )


def write_to_operator(operator: Operator, *, visit: Visit, message: str, form_key: str) -> None:
    """Keep a message of at most LONGEST_MESSAGE characters and email it to the operator's support address.

    A form key that was seen before does nothing. Raises OnlyLooking, MessageRefused and TooManyMessages.
    """
    require_customer(visit)
    text = "\n".join(line.rstrip() for line in message.strip().splitlines())
    if not text:
        raise MessageRefused(code="message_missing", message="Write what we can do for you", field="/message")
    if not is_text(text, longest=LONGEST_MESSAGE):
        raise MessageRefused(
            code="message_too_long",
            message=f"Write at most {LONGEST_MESSAGE} ordinary characters",
            field="/message",
        )
    source_key = f"staff_message:{visit.booking_id}:{form_key}"
    with operator_transaction(operator.id):
        booking = Booking.objects.select_for_update().get(operator_id=operator.id, id=visit.booking_id)
        ours = EmailMessage.objects.filter(
            operator_id=operator.id, booking_id=booking.id, kind="staff_message"
        )
        if ours.filter(source_key=source_key).exists():
            return
        if ours.filter(queued_at__gt=now() - timedelta(hours=1)).count() >= MESSAGES_AN_HOUR:
            raise TooManyMessages
        _keep(operator, booking=booking, text=text, source_key=source_key)


def _keep(operator: Operator, *, booking: Booking, text: str, source_key: str) -> None:
    address = f"{settings.ENVIRONMENT.base_url}/office/bookings/{booking.reference}/"
    letter = Letter(
        kind="staff_message",
        source_key=source_key,
        to_email=operator.support_email,
        payload={
            "locale": "en-GB",
            "to_name": operator.name,
            "from_name": booking.customer_name,
            "message": text,
            "office_address": address,
            "reply_to": booking.customer_email,
        },
    )
    queue_email(operator, booking=booking, letter=letter)
    append_timeline(
        Event(
            operator_id=operator.id,
            booking_id=booking.id,
            kind="customer_message",
            actor="Customer",
            occurred_at=now(),
            payload={"text": f"Message from the customer: “{' '.join(text.split())}”", "message": text},
            source_key=source_key,
        )
    )
