"""A customer reads what changed, what it was before, and what is left to pay, without being blamed for anything."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from fareledger.faces.shared.emails import preview_email, render_email
from fareledger.persistence.models import Booking, EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.queue_email import (
    ChangeFacts,
    about_booking,
    change_payload,
    queue_change,
    worth_telling,
)
from fareledger.usecases.send_email import QueuedEmail, RenderedEmail
from fareledger.usecases.show_booking import billing_by_id
from tests.support.bookings import LISBON, a_trip, sell

DEARER = ChangeFacts(
    payable_before_minor=651600,
    payable_after_minor=701600,
    start_before=date(2027, 6, 12),
    start_after=date(2027, 6, 19),
    cancelled=False,
    reinstated=False,
    outstanding_minor=450000,
    plan_before=(("payment", 250000, date(2027, 4, 12)), ("payment", 150000, date(2027, 5, 13))),
    plan_after=(
        ("payment", 250000, date(2027, 4, 12)),
        ("payment", 150000, date(2027, 5, 20)),
        ("payment", 50000, date(2027, 5, 20)),
    ),
)
REFUND_DUE = replace(
    DEARER,
    payable_after_minor=20000,
    start_after=DEARER.start_before,
    cancelled=True,
    outstanding_minor=-231600,
    plan_after=(("refund", 231600, date(2027, 5, 13)),),
)
NOTHING = replace(
    DEARER,
    payable_after_minor=DEARER.payable_before_minor,
    start_after=DEARER.start_before,
    plan_after=tuple(reversed(DEARER.plan_before)),
)


def previewed(operator: Operator, *, facts: ChangeFacts) -> RenderedEmail:
    """Draw the email for the Lisbon trip."""
    about = {
        "reference": "TRV-48213",
        "currency": "GBP",
        "locale": "en-GB",
        "customer_name": LISBON.customer.name,
        "package": LISBON.package,
    }
    return preview_email(operator, kind="booking_change", about=about, facts=change_payload(facts))


def one_line(text: str) -> str:
    """The text as one line, so that a sentence is found however it wraps."""
    return " ".join(text.split())


@pytest.mark.parametrize("part", ["text", "html"])
def test_both_parts_tell_before_and_after(operator: Operator, part: str) -> None:
    email = previewed(operator, facts=DEARER)
    assert email.subject == "Acme Travel: your booking TRV-48213 has changed"
    for fact in (
        "£7,016.00",
        "£6,516.00",
        "19 June 2027",
        "12 June 2027",
        "To pay by 12 April 2027",
        "To pay by 20 May 2027",
        "Left to pay",
        "£4,500.00",
        "Before this change: £2,500.00 by 12 April 2027 and £1,500.00 by 13 May 2027.",
    ):
        assert fact in one_line(getattr(email, part))


@pytest.mark.parametrize("part", ["text", "html"])
def test_a_cancellation_names_the_money_that_comes_back(operator: Operator, part: str) -> None:
    email = previewed(operator, facts=REFUND_DUE)
    assert email.subject == "Acme Travel: your booking TRV-48213 is cancelled"
    body = one_line(getattr(email, part))
    for fact in ("We owe you £2,316.00 and will pay it back.", "Refund to you by 13 May 2027"):
        assert fact in body
    assert "Start of the trip" not in body


def test_what_goes_ahead_again_says_so(operator: Operator) -> None:
    email = previewed(operator, facts=replace(DEARER, reinstated=True))
    assert email.subject == "Acme Travel: your booking TRV-48213 goes ahead"
    assert "is no longer cancelled" in email.text


def test_nothing_is_left_when_nothing_is_owed(operator: Operator) -> None:
    email = previewed(operator, facts=replace(DEARER, outstanding_minor=0, plan_after=()))
    assert "There is nothing left to pay." in one_line(email.text)
    assert "Your payments from now on" not in email.text


def test_a_change_of_other_things_is_no_reason_to_write() -> None:
    assert worth_telling(DEARER)
    assert worth_telling(REFUND_DUE)
    assert not worth_telling(NOTHING)


def test_a_version_is_told_once_and_as_it_was_previewed(operator: Operator) -> None:
    booking_id = sell(operator, a_trip()).booking.id
    first, second = queued(operator, booking_id=booking_id), queued(operator, booking_id=booking_id)
    assert first is not None
    assert second is None
    with operator_transaction(operator.id):
        row = EmailMessage.objects.get(operator_id=operator.id, id=first)
    view = billing_by_id(operator, booking_id=booking_id).booking
    sent = render_email(
        QueuedEmail(
            id=row.id,
            kind=row.kind,
            operator=operator,
            booking_id=booking_id,
            to_email=row.to_email,
            queued_at=row.queued_at,
            payload=row.payload,
        )
    )
    assert sent == preview_email(
        operator, kind="booking_change", about=about_booking(view), facts=change_payload(DEARER)
    )


def queued(operator: Operator, *, booking_id: UUID) -> UUID | None:
    """Queue the change as the use case that made it does."""
    with operator_transaction(operator.id):
        booking = Booking.objects.get(operator_id=operator.id, id=booking_id)
        return queue_change(operator, booking=booking, facts=DEARER)
