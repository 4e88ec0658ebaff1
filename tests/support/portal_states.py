"""Bookings in the states in which a customer can meet them, written straight into the tables where only another part
of the product would bring them about: tries to pay, stored cards, approvals, collections."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from fareledger.domain.booking import BookingDetails, CheckoutPayment, Component, Traveller
from fareledger.domain.identity import new_id
from fareledger.persistence.models import (
    Approval,
    ApprovalRequest,
    Attempt,
    AttemptCover,
    CardSetup,
    Collection,
    ConsentEvidence,
    Mandate,
    Transaction,
)
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.delete_transaction import delete_transaction
from fareledger.usecases.reverse_transaction import reverse_transaction
from fareledger.usecases.show_booking import Billing, RowView, billing_by_id
from tests.support.bookings import a_trip_in, paid_at_checkout, sell
from tests.support.people import MARTA

LIVE = ("intended", "awaiting_customer", "processing", "unknown")


def in_parts(
    operator: Operator,
    *due_in_days: int,
    details: BookingDetails | None = None,
    minor: int = 20_000,
) -> Billing:
    """Sell a trip and plan it as payments of one amount, due so many days from today; what is left has no date."""
    shown = sell(operator, details or a_trip_in(200))
    rows = shown.open_rows
    for row in rows[1:]:
        delete_transaction(operator, booking_id=shown.booking.id, transaction_id=row.id, actor=MARTA)
    with operator_transaction(operator.id):
        stored = Transaction.objects.get(operator_id=operator.id, id=rows[0].id)
        for days in due_in_days:
            stored.due_date = shown.today + timedelta(days=days)
            stored.amount_minor = stored.planned_minor = minor
            stored.rule_based = False
            stored.part = None
            stored.save()
            stored.id, stored._state.adding = new_id(), True
    if not due_in_days:
        delete_transaction(operator, booking_id=shown.booking.id, transaction_id=rows[0].id, actor=MARTA)
    return again(operator, shown)


def again(operator: Operator, shown: Billing, /) -> Billing:
    """Read a booking once more."""
    return billing_by_id(operator, booking_id=shown.booking.id)


def tried(operator: Operator, shown: Billing, /, *, state: str, **differences: object) -> UUID:
    """Store a try to pay the next payment by card, in a state; return its id."""
    row = shown.next_payment
    assert row is not None
    moment, attempt_id = datetime.now(UTC), new_id()
    fields: dict[str, object] = {
        "provider": "sandbox",
        "amount_minor": row.amount_minor,
        "currency": shown.booking.currency,
        "channel": "portal",
        "form_key": secrets.token_hex(16),
        "provider_key": f"attempt-{attempt_id}",
        "provider_reference": f"pay_{secrets.token_hex(8)}",
        "next_ask_at": moment + timedelta(days=1),
        "created_at": moment,
        "changed_at": moment,
        **differences,
    }
    with operator_transaction(operator.id):
        Attempt.objects.create(
            operator_id=operator.id, id=attempt_id, booking_id=shown.booking.id, state=state, **fields
        )
        AttemptCover.objects.create(
            operator_id=operator.id,
            id=new_id(),
            attempt_id=attempt_id,
            transaction_id=row.id,
            row_minor=row.amount_minor,
            live=state in LIVE,
        )
    return attempt_id


def approved(
    operator: Operator, shown: Billing, /, *rows: RowView, expires: str = "2039-12", last4: str = "4242"
) -> UUID:
    """Let the customer have approved these rows with a stored Visa that is good until the end of a month."""
    moment = datetime.now(UTC)
    ids = {name: new_id() for name in ("evidence", "request", "setup", "mandate")}
    base = {"operator_id": operator.id, "booking_id": shown.booking.id}
    text = "I agree that these payments are taken from my card."
    with operator_transaction(operator.id):
        ConsentEvidence.objects.create(
            **base, id=ids["evidence"], kind="approve", text_version="1", locale="en-GB", text=text,
            text_sha256=hashlib.sha256(text.encode()).hexdigest(), ip="203.0.113.7", user_agent="A browser",
            session_id=new_id(), given_at=moment,
        )  # fmt: skip
        ApprovalRequest.objects.create(
            **base, id=ids["request"], evidence_id=ids["evidence"], wanted=[], state="done",
            form_key=secrets.token_hex(16), created_at=moment, changed_at=moment,
        )  # fmt: skip
        CardSetup.objects.create(
            **base, id=ids["setup"], request_id=ids["request"], provider="sandbox", state="succeeded",
            provider_key=f"setup-{ids['setup']}", provider_method=f"card_{ids['setup']}", created_at=moment,
            changed_at=moment,
        )  # fmt: skip
        Mandate.objects.create(
            **base, id=ids["mandate"], provider="sandbox", provider_method=f"card_{ids['setup']}",
            card_brand="visa", card_funding="credit", card_last4=last4, card_expires=expires,
            setup_id=ids["setup"], set_up_at=moment,
        )  # fmt: skip
        for row in rows:
            Approval.objects.create(
                **base, id=new_id(), transaction_id=row.id, mandate_id=ids["mandate"],
                evidence_id=ids["evidence"], amount_minor=row.amount_minor, currency=shown.booking.currency,
                earliest_date=row.due_date, approved_at=moment,
            )  # fmt: skip
    return ids["mandate"]


def collecting(operator: Operator, shown: Billing, /, *, state: str, **differences: object) -> None:
    """Approve the next payment, and let its collection be this far."""
    row = shown.next_payment
    assert row is not None
    approved(operator, shown, row)
    with operator_transaction(operator.id):
        Collection.objects.create(
            operator_id=operator.id,
            id=new_id(),
            booking_id=shown.booking.id,
            transaction_id=row.id,
            state=state,
            changed_at=datetime.now(UTC),
            **differences,
        )


def month_from(day: date, /, *, months: int = 0) -> str:
    """Write the month of a day, or one so many later, as cards tell when they expire."""
    count = day.year * 12 + day.month - 1 + months
    return f"{count // 12:04}-{count % 12 + 1:02}"


def reversed_payment(operator: Operator) -> Billing:
    """A bank transfer that was recorded by mistake and taken back."""
    paid = paid_at_checkout(30_000, provider="offline", method="bank_transfer")
    shown = sell(operator, a_trip_in(200, payments=(paid,)))
    (row,) = shown.closed_rows
    reverse_transaction(
        operator,
        booking_id=shown.booking.id,
        transaction_id=row.id,
        reason="Booked on the wrong trip",
        actor=MARTA,
    )
    return again(operator, shown)


def a_long_trip(
    *, currency: str = "GBP", locale: str = "en-GB", payments: tuple[CheckoutPayment, ...] = ()
) -> BookingDetails:
    """Twelve components and nine travellers with long names; one component is cancelled, two have no supplier or
    dates."""
    trip = a_trip_in(200, lasting=21, currency=currency, payments=payments)
    first = trip.components[0]
    parts = [
        replace(
            first,
            id=f"part-{number}",
            kind=("flight", "hotel", "car", "meal")[number % 4],
            title=f"{number}. Donaudampfschifffahrtsgesellschaft, Übernachtung mit Frühstücksbuffet",
            supplier="Reiseversicherungsvermittlungsgesellschaft Österreich" if number % 6 else "",
            start_date=trip.start_date + timedelta(days=number) if number % 6 else None,
            end_date=trip.start_date + timedelta(days=number + number % 3) if number % 6 else None,
            price_minor=10_000 + number,
            cancellation_fee_minor=1_000,
            cancelled=number == 3,
        )
        for number in range(1, 13)
    ]
    names = ["Maximiliane-Wilhelmine Freifrau von Hohenzollern-Sigmaringen"]
    names += [f"Bartholomäus Oberwinterfeldschneider der {number}." for number in range(2, 10)]
    people = tuple(Traveller(name=name, lead=at == 0) for at, name in enumerate(names))
    return replace(
        trip,
        components=(*parts, Component(id="rabatt", kind="discount", title="Frühbucher", price_minor=-500)),
        travellers=people,
        package="Donaukreuzfahrt mit Weltkulturerbestättenbesichtigung",
        customer=replace(trip.customer, name=names[0], locale=locale),
    )
