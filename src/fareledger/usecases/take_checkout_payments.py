"""Money that a checkout took before its booking came in: closes rows of the plan and posts what was received.

The provider and its reference name such a payment. It counts once, however often the booking is sent, and one
provider payment cannot belong to two bookings. No receipt is sent: the checkout has sent its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError

from fareledger.domain.booking import BookingDetails, CheckoutPayment
from fareledger.domain.errors import Conflict
from fareledger.domain.ledger import Posting
from fareledger.persistence.models import Booking, Transaction
from fareledger.persistence.operators import Operator
from fareledger.usecases.booking_rows import Arrival
from fareledger.usecases.close_rows import Movement, close_oldest
from fareledger.usecases.event_wording import method_words, plain_amount
from fareledger.usecases.post_movement import Source, payment_posting, post_entry, tell
from fareledger.usecases.show_booking import OFFLINE

CHECKOUT = "checkout"


class PaymentRecordedOtherwise(Conflict):
    """A payment with this provider and reference is in the ledger with another amount or booking."""

    def __init__(self, *, field: str) -> None:
        super().__init__(
            code="payment_recorded_otherwise",
            message="A payment with this provider and reference is recorded with another amount or booking.",
            field=field,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A payment and its place in the description, by which a problem with it is named."""

    place: int
    payment: CheckoutPayment


def new_payments(details: BookingDetails, *, booking: Booking) -> tuple[Numbered, ...]:
    """Pick the payments of a description that are not in the ledger yet. Raises PaymentRecordedOtherwise."""
    if not details.payments:
        return ()
    known = _recorded(details, booking=booking)
    fresh = []
    for place, payment in enumerate(details.payments):
        amounts = known.get((payment.provider, payment.external_reference), {})
        if not amounts:
            fresh.append(Numbered(place=place, payment=payment))
        elif amounts != {booking.id: payment.amount_minor}:
            raise PaymentRecordedOtherwise(field=f"/payments/{place}/amount")
    return tuple(fresh)


def _recorded(details: BookingDetails, *, booking: Booking) -> dict[tuple[str, str], dict[UUID, int]]:
    """Sum what closed rows say of these payments, by provider and reference and then by booking.

    A cashier's reference counts within this booking only: another booking may have its own "receipt 1".
    """
    rows = Transaction.objects.filter(
        operator_id=booking.operator_id,
        source=CHECKOUT,
        status="closed",
        external_reference__in=[payment.external_reference for payment in details.payments],
    )
    amounts: dict[tuple[str, str], dict[UUID, int]] = {}
    for row in rows:
        if row.provider != OFFLINE or row.booking_id == booking.id:
            of_payment = amounts.setdefault((row.provider, row.external_reference), {})
            of_payment[row.booking_id] = of_payment.get(row.booking_id, 0) + row.amount_minor
    return amounts


def close_with(
    payments: Iterable[Numbered], *, rows: Sequence[Transaction], booking: Booking, arrival: Arrival
) -> tuple[list[Transaction], list[Transaction]]:
    """Close open rows in memory, oldest due first; return those that were there and the new ones."""
    all_rows = list(rows)
    closed: list[Transaction] = []
    added: list[Transaction] = []
    number = max((row.receipt_number or 0 for row in rows), default=0) + 1
    for numbered in payments:
        payment = numbered.payment
        movement = Movement(
            amount_minor=payment.amount_minor,
            method=payment.method,
            provider=payment.provider,
            channel=CHECKOUT,
            external_reference=payment.external_reference,
            closed_at=payment.received_at,
            closed_by=arrival.actor,
            value_date=payment.received_at.astimezone(arrival.operator.time_zone).date(),
            source=CHECKOUT,
        )
        done = close_oldest(all_rows, booking=booking, movement=movement, receipt_number=number)
        all_rows += done.added
        closed += done.closed
        added += done.added
        number = max(row.receipt_number or 0 for row in all_rows) + 1
    new_ids = {row.id for row in added}
    return [row for row in closed if row.id not in new_ids], added


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFact:
    """One payment as it is posted and told."""

    place: int
    source: Source
    posting: Posting | None
    payload: dict[str, object]


def payment_facts(
    payments: Iterable[Numbered], *, booking: Booking, arrival: Arrival
) -> Iterator[PaymentFact]:
    """Make entry and sentence of every payment."""
    for numbered in payments:
        payment = numbered.payment
        source = Source(
            name=CHECKOUT,
            id=_source_id(payment, booking=booking),
            provider=payment.provider,
            channel=CHECKOUT,
            occurred_at=payment.received_at,
            recorded_at=arrival.at,
            day=arrival.day,
        )
        amount = plain_amount(payment.amount_minor, currency=booking.currency)
        yield PaymentFact(
            place=numbered.place,
            source=source,
            posting=payment_posting(
                booking, operator=arrival.operator, amount_minor=payment.amount_minor, source=source
            ),
            payload={
                "text": f"{amount} received at checkout by {method_words(payment.method)}",
                "amount_minor": payment.amount_minor,
                "provider": payment.provider,
                "external_reference": payment.external_reference,
                "channel": CHECKOUT,
            },
        )


def post_payments(payments: Iterable[Numbered], *, booking: Booking, arrival: Arrival) -> None:
    """Post and tell every payment. Raises PaymentRecordedOtherwise: another booking was quicker."""
    for fact in payment_facts(payments, booking=booking, arrival=arrival):
        try:
            post_entry(fact.posting, booking=booking, source=fact.source)
        except IntegrityError as error:
            raise PaymentRecordedOtherwise(field=f"/payments/{fact.place}/external_reference") from error
        tell(booking, kind="payment_received", actor=arrival.actor, source=fact.source, payload=fact.payload)


def refuse_known_payments(described: Iterable[BookingDetails], *, operator: Operator) -> None:
    """Make sure that no provider payment of new bookings is in the ledger, or comes twice among them.

    Raises PaymentRecordedOtherwise.
    """
    named = [
        (payment.provider, payment.external_reference)
        for details in described
        for payment in details.payments
        if payment.provider != OFFLINE
    ]
    if not named:
        return
    known = Transaction.objects.filter(
        operator_id=operator.id,
        source=CHECKOUT,
        status="closed",
        external_reference__in=[reference for _, reference in named],
    ).values_list("provider", "external_reference")
    if len(set(named)) < len(named) or not set(named).isdisjoint(known):
        raise PaymentRecordedOtherwise(field="/payments")


def _source_id(payment: CheckoutPayment, *, booking: Booking) -> str:
    """Name the fact: a provider's reference is unique everywhere, a cashier's only within the booking."""
    if payment.provider == OFFLINE:
        return f"{booking.id}:{payment.provider}:{payment.external_reference}"
    return f"{payment.provider}:{payment.external_reference}"
